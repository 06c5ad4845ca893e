package io.vecraft.control;

import io.grpc.StatusRuntimeException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.meta.placement.LeadershipPlan;
import io.vecraft.journal.meta.placement.ReplicaPlace;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.proto.journal.DescribeReplicasRequest;
import io.vecraft.proto.journal.DescribeReplicasResponse;
import io.vecraft.proto.journal.JournalAdminServiceGrpc;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.PartitionReplicas;
import io.vecraft.proto.journal.ReplaceReplicaRequest;
import io.vecraft.proto.journal.TransferLeadershipRequest;
import io.vecraft.proto.journal.TransferLeadershipResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the replicas of each partition to the nodes that are to have it: one replica is put in the
 * place of another at a time, by the node that leads the partition, once it has caught up. And
 * brings the leadership of partitions to where {@link LeadershipPlan} wants it. For one thread.
 */
final class JournalReplicas {
  private static final Logger LOG = LoggerFactory.getLogger(JournalReplicas.class);
  private static final long ANSWER_SECONDS = 2;

  /**
   * What comes has to get all segments; one that takes longer is found under way by the next pass.
   */
  private static final long REPLACE_SECONDS = 60;

  /**
   * Leaders that stay as they are for this long are moved only to be spread: nodes that are
   * restarted one after the other would have it done again each time.
   */
  private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long TRANSFER_SECONDS = 10;

  private final InternalChannels channels;
  private final Duration maxClockOffset;
  private Map<Integer, String> leaders = Map.of();
  private long leadingSince;

  /**
   * Replicas behind their nodes.
   *
   * @param maxClockOffset above which a node is to lead nothing
   */
  JournalReplicas(InternalChannels channels, Duration maxClockOffset) {
    this.channels = channels;
    this.maxClockOffset = maxClockOffset;
  }

  /**
   * A node that leads a partition.
   *
   * @param replica its id
   * @param ids of the partition's replicas by its word
   * @param agreed whether the replicas have committed that it is they
   */
  private record Led(HostAndPort leader, String replica, Set<String> ids, boolean agreed) {}

  /**
   * What was found.
   *
   * @param present ids of the replicas whose nodes have answered
   * @param settled whether no partition has a replica to be put in a place by a node that is there
   * @param led the partitions that have a leader
   * @param agreed ids of the replicas of those whose replicas have committed that it is they, and
   *     all answer: what others have is deleted then
   */
  record Found(
      Set<String> present, boolean settled, Set<Integer> led, Map<Integer, Set<String>> agreed) {}

  /**
   * Makes what changes can be made, as long as this process is in control; what cannot be made yet
   * is told in the log.
   *
   * @param offsets milliseconds of the nodes' machine clocks, by name of the node
   * @param inControl whether this process still is
   */
  Found follow(
      JournalLayout layout,
      List<NodeRegistration> registered,
      Map<String, Long> offsets,
      BooleanSupplier inControl)
      throws InterruptedException {
    Map<HostAndPort, DescribeReplicasResponse> told = ask(addresses(layout, registered));
    Set<String> present = new HashSet<>();
    told.values().forEach(t -> present.add(t.getReplica()));
    Map<Integer, Led> led = led(told, layout);
    Map<Integer, Map<String, JournalMember>> wanted = new TreeMap<>();
    led.keySet().forEach(partition -> wanted.put(partition, byId(layout.members(partition))));
    var open = new ArrayList<String>();
    boolean settled = true;
    for (Map.Entry<Integer, Led> partition : led.entrySet()) {
      Optional<ReplicaPlace> place =
          ReplicaPlace.of(
              partition.getValue().ids,
              Objects.requireNonNull(wanted.get(partition.getKey())),
              present);
      if (place.isPresent() && inControl.getAsBoolean()) {
        settled = false;
        boolean opened = isReady(told, place.get().in(), layout.of(partition.getKey()));
        (opened
                ? replace(partition.getKey(), partition.getValue(), place.get())
                : Optional.of(
                    "partition %d is not there yet at %s"
                        .formatted(partition.getKey(), JournalLayout.replicaId(place.get().in()))))
            .ifPresent(open::add);
      }
    }
    if (!open.isEmpty()) {
      LOG.info("the journal's replicas are not all in their places yet: {}", open);
    }
    if (inControl.getAsBoolean()) {
      lead(led, wanted, present, settled, offsets);
    }
    Map<Integer, Set<String>> agreed = new TreeMap<>();
    led.forEach((partition, one) -> {
      if (one.agreed && present.containsAll(one.ids)) {
        agreed.put(partition, one.ids);
      }
    });
    return new Found(present, settled, led.keySet(), agreed);
  }

  /**
   * Whether a node waits to be added. It must have done all that SYSTEM says of the partition's
   * nodes so far: what it has may be of a time before, and it would delete it when it hears so.
   */
  private static boolean isReady(
      Map<HostAndPort, DescribeReplicasResponse> told, JournalMember member, PartitionGroup group) {
    return told.values().stream()
        .filter(node -> node.getReplica().equals(JournalLayout.replicaId(member)))
        .flatMap(node -> node.getPartitionsList().stream())
        .anyMatch(held ->
            held.getPartition() == group.getPartition() && held.getEpoch() >= group.getEpoch());
  }

  private static Map<String, JournalMember> byId(List<JournalMember> members) {
    Map<String, JournalMember> byId = new TreeMap<>();
    members.forEach(member -> byId.put(JournalLayout.replicaId(member), member));
    return byId;
  }

  /**
   * Makes at most one node lead in the place of another, among those that have the same partitions.
   *
   * @param wanted the members of each partition, by the ids of their replicas
   * @param present ids of the replicas whose nodes answer
   * @param settled whether all are in their places
   */
  private void lead(
      Map<Integer, Led> led,
      Map<Integer, Map<String, JournalMember>> wanted,
      Set<String> present,
      boolean settled,
      Map<String, Long> offsets) {
    Map<Integer, String> now = new TreeMap<>();
    Map<Map<String, JournalMember>, Map<Integer, String>> byMembers = new LinkedHashMap<>();
    led.forEach((partition, one) -> {
      Map<String, JournalMember> members = Objects.requireNonNull(wanted.get(partition));
      JournalMember member = members.get(one.replica);
      if (member != null && present.contains(one.replica)) {
        now.put(partition, member.getName());
        byMembers
            .computeIfAbsent(members, unused -> new TreeMap<>())
            .put(partition, member.getName());
      }
    });
    if (!now.equals(leaders)) {
      leaders = Map.copyOf(now);
      leadingSince = System.nanoTime();
    }
    boolean calm = settled && System.nanoTime() - leadingSince >= CALM_NANOS;
    byMembers.forEach((members, leading) -> {
      Set<String> nodes = new HashSet<>();
      members.forEach((id, member) -> {
        if (present.contains(id)) {
          nodes.add(member.getName());
        }
      });
      boolean whole = nodes.size() == members.size();
      LeadershipPlan.of(leading, nodes, offsets, maxClockOffset, calm && whole)
          .ifPresent(move -> transfer(Objects.requireNonNull(led.get(move.partition())), move));
    });
  }

  private void transfer(Led led, LeadershipPlan.Move move) {
    LOG.info(
        "partition {}: {} is to lead in the place of {}: {}",
        move.partition(),
        move.to(),
        move.from(),
        move.reason());
    try {
      TransferLeadershipResponse done =
          stub(led.leader, TRANSFER_SECONDS)
              .transferLeadership(
                  TransferLeadershipRequest.newBuilder()
                      .setPartition(move.partition())
                      .setTo(move.to())
                      .build());
      LOG.debug("partition {}: {} leads {}", move.partition(), move.to(), done);
    } catch (StatusRuntimeException e) {
      LOG.info(
          "partition {}: {} does not lead yet: {}", move.partition(), move.to(), e.getStatus());
    }
  }

  private static Set<HostAndPort> addresses(
      JournalLayout layout, List<NodeRegistration> registered) {
    Set<HostAndPort> addresses = new HashSet<>();
    layout.all().forEach(m -> addresses.add(HostAndPort.of(m.getAddress())));
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

  /**
   * Who leads. A node that was away may believe to lead a partition as of a time when others had
   * it: what it says to be agreed counts only where it has done all that SYSTEM says of the
   * partition's nodes, and so has deleted what it had before.
   */
  private static Map<Integer, Led> led(
      Map<HostAndPort, DescribeReplicasResponse> told, JournalLayout layout) {
    Map<Integer, Led> led = new TreeMap<>();
    told.forEach((address, response) -> {
      for (PartitionReplicas partition : response.getPartitionsList()) {
        boolean newest = partition.getEpoch() >= layout.of(partition.getPartition()).getEpoch();
        Led one =
            new Led(
                address,
                response.getReplica(),
                Set.copyOf(partition.getReplicasList()),
                partition.getAgreed() && newest);
        if (partition.getLeads()) {
          led.merge(partition.getPartition(), one, (known, also) -> known.agreed ? known : also);
        }
      }
    });
    return led;
  }

  /** What keeps it from being done; empty when it was. */
  private Optional<String> replace(int partition, Led led, ReplicaPlace place) {
    String in = JournalLayout.replicaId(place.in());
    LOG.info("partition {}: {} gets the place of '{}'", partition, in, place.out());
    try {
      var done =
          stub(led.leader, REPLACE_SECONDS)
              .replace(
                  ReplaceReplicaRequest.newBuilder()
                      .setPartition(partition)
                      .setId(place.out())
                      .setBy(in)
                      .setByAddress(place.in().getRaftAddress())
                      .build());
      LOG.info("partition {}: {} has the place of '{}' {}", partition, in, place.out(), done);
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
