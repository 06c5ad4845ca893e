package io.vecraft.cluster;

import io.grpc.StatusRuntimeException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import io.vecraft.journal.meta.placement.JournalPlan;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.proto.journal.DescribeReplicasRequest;
import io.vecraft.proto.journal.DescribeReplicasResponse;
import io.vecraft.proto.journal.JournalAdminServiceGrpc;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.PartitionReplicas;
import io.vecraft.proto.journal.ReplaceReplicaRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the replicas of each partition to the nodes of the journal's group: one replica is put in
 * the place of another at a time, by the node that leads the partition, once it has caught up. For
 * one thread.
 */
final class JournalReplicas {
  private static final Logger LOG = LoggerFactory.getLogger(JournalReplicas.class);
  private static final long ANSWER_SECONDS = 2;

  /**
   * What comes has to get all segments; one that takes longer is found under way by the next pass.
   */
  private static final long REPLACE_SECONDS = 60;

  private final InternalChannels channels;

  JournalReplicas(InternalChannels channels) {
    this.channels = channels;
  }

  /** A node that leads a partition, and the ids of the partition's replicas by its word. */
  private record Led(HostAndPort leader, Set<String> ids) {}

  /**
   * Makes what changes can be made.
   *
   * @return ids of the replicas whose nodes have answered
   * @throws VecraftException when a partition is not as it should be yet
   */
  Set<String> follow(JournalGroup group, List<NodeRegistration> registered)
      throws InterruptedException {
    Map<HostAndPort, DescribeReplicasResponse> told = ask(addresses(group, registered));
    Set<String> present = new HashSet<>();
    told.values().forEach(t -> present.add(t.getReplica()));
    Map<Integer, Led> led = led(told);
    Map<String, JournalMember> wanted = new TreeMap<>();
    group.getMembersList().forEach(m -> wanted.put(JournalPlan.replicaId(m), m));
    var open = new ArrayList<String>();
    for (Map.Entry<Integer, Led> partition : led.entrySet()) {
      var extra = new TreeSet<>(partition.getValue().ids);
      extra.removeAll(wanted.keySet());
      var lacking = new TreeSet<>(wanted.keySet());
      lacking.removeAll(partition.getValue().ids);
      // One that is not there to catch up is waited for elsewhere: its place may be another's yet.
      lacking.retainAll(present);
      if (!lacking.isEmpty()) {
        JournalMember by = Objects.requireNonNull(wanted.get(lacking.first()));
        replace(partition.getKey(), partition.getValue(), extra, by).ifPresent(open::add);
      }
    }
    if (!open.isEmpty()) {
      LOG.info("the journal's replicas are not all in their places yet: {}", open);
    }
    return present;
  }

  private static Set<HostAndPort> addresses(JournalGroup group, List<NodeRegistration> registered) {
    Set<HostAndPort> addresses = new HashSet<>();
    group.getMembersList().forEach(m -> addresses.add(HostAndPort.of(m.getAddress())));
    group.getBeforeList().forEach(m -> addresses.add(HostAndPort.of(m.getAddress())));
    registered.forEach(n -> addresses.add(HostAndPort.of(n.getAddress())));
    return addresses;
  }

  private Map<HostAndPort, DescribeReplicasResponse> ask(Set<HostAndPort> addresses)
      throws InterruptedException {
    Map<HostAndPort, FutureTask<DescribeReplicasResponse>> asked = new HashMap<>();
    for (HostAndPort address : addresses) {
      var task = new FutureTask<>(() -> describe(address));
      asked.put(address, task);
      Thread.ofVirtual().name("describe-" + address).start(task);
    }
    Map<HostAndPort, DescribeReplicasResponse> told = new HashMap<>();
    for (Map.Entry<HostAndPort, FutureTask<DescribeReplicasResponse>> one : asked.entrySet()) {
      try {
        told.put(one.getKey(), one.getValue().get());
      } catch (ExecutionException e) {
        LOG.debug("{} does not answer: {}", one.getKey(), String.valueOf(e.getCause()));
      }
    }
    return told;
  }

  private DescribeReplicasResponse describe(HostAndPort address) {
    return stub(address, ANSWER_SECONDS).describe(DescribeReplicasRequest.getDefaultInstance());
  }

  private JournalAdminServiceGrpc.JournalAdminServiceBlockingStub stub(
      HostAndPort address, long seconds) {
    return JournalAdminServiceGrpc.newBlockingStub(channels.to(address))
        .withDeadlineAfter(seconds, TimeUnit.SECONDS);
  }

  private static Map<Integer, Led> led(Map<HostAndPort, DescribeReplicasResponse> told) {
    Map<Integer, Led> led = new TreeMap<>();
    told.forEach((address, response) -> {
      for (PartitionReplicas partition : response.getPartitionsList()) {
        if (partition.getLeads()) {
          led.put(
              partition.getPartition(), new Led(address, Set.copyOf(partition.getReplicasList())));
        }
      }
    });
    return led;
  }

  /** What keeps it from being done; empty when it was. */
  private Optional<String> replace(
      int partition, Led led, TreeSet<String> extra, JournalMember by) {
    String out = extra.isEmpty() ? "" : extra.first();
    String in = JournalPlan.replicaId(by);
    LOG.info("partition {}: {} gets the place of '{}'", partition, in, out);
    try {
      var done =
          stub(led.leader, REPLACE_SECONDS)
              .replace(
                  ReplaceReplicaRequest.newBuilder()
                      .setPartition(partition)
                      .setId(out)
                      .setBy(in)
                      .setByAddress(by.getRaftAddress())
                      .build());
      LOG.info("partition {}: {} has the place of '{}' {}", partition, in, out, done);
      return Optional.empty();
    } catch (StatusRuntimeException e) {
      String why =
          WireErrors.fromGrpc(e)
              .filter(known -> known.code() != ErrorCode.NOT_LEADER)
              .map(VecraftException::reason)
              .orElseGet(() -> String.valueOf(e.getStatus()));
      return Optional.of("partition %d: %s".formatted(partition, why));
    }
  }
}
