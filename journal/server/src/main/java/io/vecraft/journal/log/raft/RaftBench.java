package io.vecraft.journal.log.raft;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.Stamp;
import io.vecraft.net.FreePorts;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Upsert;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * Measures durable appends of a replicated partition beside Ratis alone with a state machine that
 * does nothing, with the same settings and the same bytes in the same batches: three replicas each,
 * in this process, on this disk. The difference is what deciding, segments and checkpoints cost.
 */
public final class RaftBench {
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final int ROUNDS = 4;

  private RaftBench() {}

  /**
   * What both reached, in turns.
   *
   * @param journal acknowledged records a second of the partition
   * @param ratis the same of Ratis alone
   */
  public record Result(int recordBytes, int batch, int window, double journal, double ratis) {}

  /**
   * Runs both in turns, warmed up.
   *
   * @param directory on the disk to measure; what is written there is left to the caller to delete
   * @param recordBytes of one record's vector
   * @param batch records proposed together
   * @param window batches under way at a time
   * @param duration of each, in all
   * @param warmUps turns that do not count, at most
   */
  public static Result run(
      Path directory, int recordBytes, int batch, int window, Duration duration, int warmUps)
      throws IOException {
    List<RaftNode> nodes = new ArrayList<>();
    List<RaftServer> servers = new ArrayList<>();
    try {
      RaftLog log = journal(directory.resolve("journal"), nodes);
      Function<byte[], CompletableFuture<?>> ratis = ratis(directory.resolve("ratis"), servers);
      var source = new Source(recordBytes, batch);
      log.append(source.open()).join();
      Function<Proposal, CompletableFuture<?>> appends = log::append;
      Function<Proposal, CompletableFuture<?>> plain =
          p -> ratis.apply(new Command.Batch(p).encode());
      WarmUp.run(
          () -> {
            loop(source, appends, window, duration.dividedBy(2));
            loop(source, plain, window, duration.dividedBy(2));
          },
          warmUps);
      double journalBatches = 0;
      double ratisBatches = 0;
      for (int i = 0; i < ROUNDS; i++) {
        journalBatches += loop(source, appends, window, duration.dividedBy(ROUNDS));
        ratisBatches += loop(source, plain, window, duration.dividedBy(ROUNDS));
      }
      return new Result(
          recordBytes,
          batch,
          window,
          journalBatches / ROUNDS * batch,
          ratisBatches / ROUNDS * batch);
    } finally {
      nodes.forEach(RaftNode::close);
      for (RaftServer server : servers) {
        server.close();
      }
    }
  }

  /** Batches a second. */
  private static double loop(
      Source source,
      Function<Proposal, CompletableFuture<?>> write,
      int window,
      Duration duration) {
    var underWay = new ArrayDeque<CompletableFuture<?>>();
    long start = System.nanoTime();
    long done = 0;
    while (System.nanoTime() - start < duration.toNanos()) {
      underWay.add(write.apply(source.next()));
      if (underWay.size() == window) {
        underWay.remove().join();
        done++;
      }
    }
    for (CompletableFuture<?> last : underWay) {
      last.join();
      done++;
    }
    return done * 1e9 / (System.nanoTime() - start);
  }

  private static RaftLog journal(Path directory, List<RaftNode> nodes) throws IOException {
    var logs = new ArrayList<RaftLog>();
    var cluster = new UUID(1, 1);
    for (RaftConfig config : configs(directory, cluster)) {
      RaftNode node = RaftNode.open(config, new DiskFiles(), FatalError.HALT, MachineTime.SYSTEM);
      nodes.add(node);
      var segments =
          new SegmentSettings(
              config.directory().resolve("partition"),
              cluster,
              1,
              PARTITION,
              64L << 20,
              Duration.ofHours(1),
              false);
      var settings =
          PartitionSettings.of(PARTITION, new Partitions(1), Duration.ofMinutes(30), 64L << 20);
      logs.add(
          node.add(segments, settings, config.members(), EntryPosition.NONE, 16L << 20, () -> {}));
      node.start();
    }
    while (true) {
      for (RaftLog log : logs) {
        if (log.leads()) {
          return log;
        }
      }
      Thread.onSpinWait();
    }
  }

  private static Function<byte[], CompletableFuture<?>> ratis(
      Path directory, List<RaftServer> servers) throws IOException {
    List<RaftConfig> configs = configs(directory, new UUID(1, 2));
    RaftGroup group =
        RaftGroup.valueOf(
            RaftGroupId.valueOf(new UUID(1, 2)),
            configs.stream().map(c -> RaftNode.peer(c.self())).toList());
    for (RaftConfig config : configs) {
      RaftProperties properties = RatisSettings.of(config);
      RatisSettings.storeIn(properties, config.directory());
      RaftServer server =
          RaftServer.newBuilder()
              .setServerId(RaftPeerId.valueOf(config.self().id()))
              .setGroup(group)
              .setStateMachine(new BaseStateMachine())
              .setProperties(properties)
              .build();
      servers.add(server);
      server.start();
    }
    while (true) {
      for (RaftServer server : servers) {
        RaftServer.Division division = server.getDivision(group.getGroupId());
        if (division.getInfo().isLeaderReady()
            && division instanceof RaftClientAsynchronousProtocol entrance) {
          return entrance(division, entrance);
        }
      }
      Thread.onSpinWait();
    }
  }

  private static Function<byte[], CompletableFuture<?>> entrance(
      RaftServer.Division division, RaftClientAsynchronousProtocol entrance) {
    ClientId client = ClientId.randomId();
    long[] calls = {0};
    return bytes -> {
      try {
        return entrance.submitClientRequestAsync(
            RaftClientRequest.newBuilder()
                .setClientId(client)
                .setServerId(division.getId())
                .setGroupId(division.getMemberId().getGroupId())
                .setCallId(++calls[0])
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(bytes)))
                .setType(RaftClientRequest.writeRequestType())
                .build());
      } catch (IOException e) {
        return CompletableFuture.failedFuture(e);
      }
    };
  }

  private static List<RaftConfig> configs(Path directory, UUID cluster) {
    var members = new ArrayList<RaftMember>();
    for (String name : List.of("a", "b", "c")) {
      members.add(new RaftMember(name, "127.0.0.1", FreePorts.next()));
    }
    return members.stream()
        .map(m -> RaftConfig.defaults(m, members, cluster, directory.resolve(m.id())))
        .toList();
  }

  /** Batches of records that were not there before. */
  private static final class Source {
    private final ByteString vector;
    private final int batch;
    private long next;

    Source(int recordBytes, int batch) {
      byte[] bytes = new byte[recordBytes];
      new Random(1).nextBytes(bytes);
      this.vector = ByteString.copyFrom(bytes);
      this.batch = batch;
    }

    Proposal open() {
      Operation open =
          Operation.newBuilder()
              .setCollectionId(1)
              .setOpenShard(OpenShard.newBuilder().setEpoch(1))
              .build();
      return new Proposal(
          Stamp.of(1, 0, 0),
          List.of(Append.newBuilder().setRequestId("open").addOperations(open).build()));
    }

    Proposal next() {
      var appends = new ArrayList<Append>(batch);
      for (int i = 0; i < batch; i++) {
        String id = "bench-" + next++;
        Operation upsert =
            Operation.newBuilder()
                .setCollectionId(1)
                .setShardEpoch(1)
                .setUpsert(Upsert.newBuilder().setId(id).setVector(vector))
                .build();
        appends.add(
            Append.newBuilder()
                .setRequestId(id)
                .setPrincipal("bench")
                .addOperations(upsert)
                .build());
      }
      return new Proposal(Stamp.of(1_000 + next, 0, 0), appends);
    }
  }
}
