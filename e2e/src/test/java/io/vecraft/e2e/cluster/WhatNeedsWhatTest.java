package io.vecraft.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalCluster.Signal;
import io.vecraft.e2e.cluster.EachOperation.Kind;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The table "What needs what" of docs/cluster.md, row by row, on one cluster of real processes:
 * what an operation does not need is killed, and it succeeds; what it needs is killed, and its
 * error says so.
 */
class WhatNeedsWhatTest {
  /** Of the codes that tell a client to ask again. */
  private static final Set<String> CLEAR =
      Set.of(
          "unavailable", "not_ready", "staleness_exceeded", "outcome_unknown", "deadline_exceeded");

  private static final Set<Kind> BLIND_WRITES = EnumSet.of(Kind.WRITE, Kind.TRANSACTION);

  private static final Set<Kind> WRITES_THAT_READ =
      EnumSet.of(Kind.CONDITIONAL_WRITE, Kind.PATCH, Kind.DELETE_BY_FILTER);

  private static final Set<Kind> DEFINITIONS =
      EnumSet.of(Kind.CREATE_COLLECTION, Kind.CHANGE_COLLECTION, Kind.CREATE_KEY);

  private static final Set<Kind> READS_OF_WHAT_IS_THERE =
      EnumSet.of(
          Kind.READ_EVENTUAL,
          Kind.SEARCH_EVENTUAL,
          Kind.READ_OLD_ENOUGH,
          Kind.READ_SESSION,
          Kind.READ_AS_OF);

  private static final Set<Kind> READS_THAT_SYNC = EnumSet.of(Kind.READ_FRESH, Kind.READ_STRONG);

  @TempDir Path directory;
  private BreakableCluster cluster;
  private EachOperation operations;

  @BeforeEach
  void start() throws IOException {
    var shape = new ClusterShape(3, 2, 1, 1, 1, 1, 300, 2, 0, "160m", 1_000, false);
    cluster = BreakableCluster.start(directory, shape, EnumSet.noneOf(Fault.class));
    operations = new EachOperation(URI.create(processes().endpoints().getFirst()));
  }

  @AfterEach
  void stop() throws IOException {
    if (operations != null) {
      operations.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private LocalCluster processes() {
    return cluster.processes();
  }

  @Test
  void everyRowHolds() throws IOException {
    try {
      operations.prepare();
      succeed(EnumSet.allOf(Kind.class));
      withoutEtcdAndControl();
      withoutQueryProcessors();
      withoutStorageNodes();
      withoutOneJournalNode();
      withoutMajority();
      placement();
      withoutGateways();
    } catch (IOException | RuntimeException | Error e) {
      cluster.printLogs();
      throw e;
    }
  }

  /** Going on needs neither; a process that starts needs etcd. */
  private void withoutEtcdAndControl() throws IOException {
    kill("control-1", "etcd");
    succeed(EnumSet.allOf(Kind.class));
    kill("query-1");
    processes().start("query-1");
    Path log = processes().process("query-1").log();
    await()
        .atMost(BreakableCluster.PATIENCE)
        .until(() -> Files.readString(log).contains("waiting for the cluster's record"));
    assertThat(processes().isReady("query-1")).isFalse();
    fail(EnumSet.of(Kind.READ_EVENTUAL));
    restart("etcd", "query-1", "control-1");
    succeed(EnumSet.of(Kind.READ_EVENTUAL));
  }

  private void withoutQueryProcessors() throws IOException {
    kill("query-1");
    succeed(BLIND_WRITES);
    succeed(WRITES_THAT_READ);
    succeed(DEFINITIONS);
    fail(READS_OF_WHAT_IS_THERE);
    fail(READS_THAT_SYNC);
    restart("query-1");
  }

  private void withoutStorageNodes() throws IOException {
    kill("storage-1", "storage-2");
    succeed(BLIND_WRITES);
    fail(WRITES_THAT_READ);
    fail(READS_OF_WHAT_IS_THERE);
    fail(READS_THAT_SYNC);
    restart("storage-1", "storage-2");
  }

  private void withoutOneJournalNode() throws IOException {
    kill("journal-2");
    succeed(EnumSet.allOf(Kind.class));
  }

  /** One of three is dead already. */
  private void withoutMajority() throws IOException {
    kill("journal-3");
    fail(BLIND_WRITES);
    fail(WRITES_THAT_READ);
    fail(DEFINITIONS);
    fail(READS_THAT_SYNC);
    succeed(READS_OF_WHAT_IS_THERE);
    restart("journal-2", "journal-3");
    succeed(EnumSet.allOf(Kind.class));
  }

  /** A shard is on both storage nodes until control has placed it on as many as are wanted. */
  private void placement() throws IOException {
    kill("control-1");
    try (Rest rest = cluster.rest(0)) {
      await()
          .atMost(BreakableCluster.PATIENCE)
          .until(() ->
              rest.send("PUT", "/v1/collections/placed", "", "{\"dimension\":2}").status() / 100
                  == 2);
      await().atMost(BreakableCluster.PATIENCE).until(() -> replicas(rest) == 2);
      kill("etcd");
      Path log = processes().process("control-1").log();
      long waits = waits(log);
      processes().start("control-1");
      // Without etcd it does not get as far as placing.
      await().atMost(BreakableCluster.PATIENCE).until(() -> waits(log) > waits);
      assertThat(replicas(rest)).isEqualTo(2);
      restart("etcd", "control-1");
      await().atMost(BreakableCluster.PATIENCE).until(() -> replicas(rest) == 1);
    }
  }

  private static long waits(Path log) throws IOException {
    return Files.readAllLines(log).stream()
        .filter(line -> line.contains("waiting for the cluster's record"))
        .count();
  }

  private static int replicas(Rest rest) throws IOException {
    Rest.Reply told = rest.get("/v1/collections/placed/checksums");
    int most = 0;
    for (JsonNode shard : told.body().path("shards")) {
      most = Math.max(most, shard.path("replicas").size());
    }
    return most;
  }

  private void withoutGateways() throws IOException {
    kill("gateway-1");
    for (Kind kind : Kind.values()) {
      try {
        throw new AssertionError(kind + " was answered: " + operations.ask(kind));
      } catch (HttpTimeoutException e) {
        throw new AssertionError(kind + " is waited for", e);
      } catch (IOException e) {
        // Nobody is there, on a new connection or on one that was kept.
        assertThat(e).isNotNull();
      }
    }
    restart("gateway-1");
    succeed(EnumSet.allOf(Kind.class));
  }

  private void kill(String... names) throws IOException {
    for (String name : names) {
      processes().signal(name, Signal.KILL);
    }
  }

  private void restart(String... names) throws IOException {
    for (String name : names) {
      processes().start(name);
    }
    for (String name : names) {
      processes().awaitReady(name, BreakableCluster.PATIENCE);
    }
  }

  /** Each succeeds, perhaps after some that say clearly that it is to be tried again. */
  private void succeed(Set<Kind> kinds) throws IOException {
    for (Kind kind : kinds) {
      await(kind + " succeeds")
          .atMost(BreakableCluster.PATIENCE)
          .until(
              () -> operations.ask(kind),
              reply -> {
                if (reply.status() / 100 != 2) {
                  assertThat(reply.code()).as("%s: %s", kind, reply).isIn(CLEAR);
                }
                return reply.status() / 100 == 2;
              });
    }
  }

  /** Each comes to fail, and says clearly that it is to be tried again; all are asked at once. */
  private void fail(Set<Kind> kinds) {
    try (var asking = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Rest.Reply>> failed =
          kinds.stream().map(kind -> asking.submit(() -> failed(kind))).toList();
      for (Future<Rest.Reply> one : failed) {
        assertThat(one.get().code()).as("%s", one.get()).isIn(CLEAR);
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private Rest.Reply failed(Kind kind) {
    return await(kind + " fails")
        .atMost(BreakableCluster.PATIENCE)
        .until(() -> operations.ask(kind), reply -> reply.status() / 100 != 2);
  }
}
