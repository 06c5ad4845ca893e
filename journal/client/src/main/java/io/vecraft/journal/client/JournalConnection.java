package io.vecraft.journal.client;

import com.google.common.collect.Iterables;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal and the clock of a cluster, as every process but the journal's own uses them. Which
 * nodes they are is followed in the SYSTEM log. Safe for concurrent use.
 */
public final class JournalConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalConnection.class);

  /** One try at one node; a hung node costs a caller this much before the next is tried. */
  private static final Duration TRY = Duration.ofSeconds(2);

  /**
   * A round waits no longer for a member. It ends with the first majority, so that this is felt
   * only when a majority is slow.
   */
  private static final Duration CLOCK_CALL = Duration.ofSeconds(3);

  private final InternalChannels channels;
  private final Partitions made;
  private volatile Partitions partitions;
  private final AtomicReference<Nodes> nodes;
  private final RoutedJournal journal;
  private final QuorumClock clock;
  private final JournalGroups groups;

  private record Nodes(JournalGroup group, Map<String, JournalApi> calls) {}

  private JournalConnection(
      ClusterRecord cluster, InternalChannels channels, Duration maxClockOffset) {
    this.channels = channels;
    this.made = new Partitions(cluster.getDataPartitions());
    this.partitions = made;
    this.nodes = new AtomicReference<>(nodes(groupOf(cluster)));
    this.journal =
        new RoutedJournal(() -> nodes.get().calls, () -> partitions, RetryPolicy.DEFAULT);
    this.clock =
        new QuorumClock(
            clockGroup(groupOf(cluster), channels), maxClockOffset, JournalConnection::alarm);
    this.groups = JournalGroups.follow(journal, new Changes());
  }

  /**
   * Connections to the nodes that the record names, and those that follow them.
   *
   * @param maxClockOffset machine clocks of the clock group that are further apart are warned of
   */
  public static JournalConnection open(
      ClusterRecord cluster, InternalChannels channels, Duration maxClockOffset) {
    return new JournalConnection(cluster, channels, maxClockOffset);
  }

  /** The journal's nodes as a cluster's record names them. */
  public static JournalGroup groupOf(ClusterRecord cluster) {
    return JournalGroup.newBuilder()
        .setEpoch(cluster.getClockEpoch())
        .addAllMembers(cluster.getJournalList())
        .build();
  }

  /** Id of a member's replicas and of its part of the clock. */
  public static String replicaId(JournalMember member) {
    return member.getReplica().isEmpty() ? member.getName() : member.getReplica();
  }

  private Nodes nodes(JournalGroup group) {
    Map<String, JournalApi> calls = new LinkedHashMap<>();
    // Those before may lead until their replicas have been replaced.
    for (JournalMember member : Iterables.concat(group.getBeforeList(), group.getMembersList())) {
      var channel = channels.to(HostAndPort.of(member.getAddress()));
      calls.put(member.getName(), new GrpcJournalApi(channel, TRY));
    }
    return new Nodes(group, Map.copyOf(calls));
  }

  /** What SYSTEM says of the journal. */
  private final class Changes implements JournalGroups.Listener {
    @Override
    public void group(JournalGroup newer) {
      if (newer.getEpoch() > nodes.get().group.getEpoch()) {
        LOG.info("the journal's nodes are now those of epoch {}", newer.getEpoch());
        nodes.set(nodes(newer));
        clock.expect(clockGroup(newer, channels));
      }
    }

    @Override
    public void open(int dataPartitions) {
      partitions = new Partitions(dataPartitions);
    }
  }

  /** The clock group, each member behind its channel. */
  public static ClockGroup clockGroup(JournalGroup group, InternalChannels channels) {
    List<ClockMember> members =
        group.getMembersList().stream()
            .<ClockMember>map(m ->
                new GrpcClockMember(
                    replicaId(m), channels.to(HostAndPort.of(m.getAddress())), CLOCK_CALL))
            .toList();
    return new ClockGroup(group.getEpoch(), members);
  }

  private static void alarm(long millis) {
    LOG.warn("the machine clocks of the clock group are {} ms apart", millis);
  }

  /** All partitions, wherever they are led. */
  public RoutedJournal journal() {
    return journal;
  }

  /** Rounds over the clock group. */
  public QuorumClock clock() {
    return clock;
  }

  /** The partitions that the cluster was made with. */
  public Partitions made() {
    return made;
  }

  @Override
  public void close() {
    groups.close();
    journal.close();
  }
}
