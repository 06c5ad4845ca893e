package io.vecraft.journal.client;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.PartitionGroup;
import java.time.Duration;
import java.util.HashMap;
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

  /** What can be called, made anew with each change of the layout. */
  private record Nodes(
      JournalLayout layout,
      Map<String, JournalApi> all,
      Map<String, JournalApi> shared,
      Map<Integer, Map<String, JournalApi>> own)
      implements JournalNodes {
    @Override
    public Map<String, JournalApi> of(int partition) {
      return own.getOrDefault(partition, shared);
    }
  }

  private JournalConnection(
      ClusterRecord cluster, InternalChannels channels, Duration maxClockOffset) {
    this.channels = channels;
    this.made = new Partitions(cluster.getDataPartitions());
    this.partitions = made;
    this.nodes = new AtomicReference<>(nodes(JournalLayout.of(cluster)));
    this.journal = new RoutedJournal(new Current(), () -> partitions, RetryPolicy.DEFAULT);
    this.clock =
        new QuorumClock(
            clockGroup(JournalLayout.of(cluster).shared(), channels),
            maxClockOffset,
            JournalConnection::alarm);
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

  private Nodes nodes(JournalLayout layout) {
    Map<Integer, Map<String, JournalApi>> own = new HashMap<>();
    for (int partition : layout.own().keySet()) {
      own.put(partition, calls(layout.mayLead(partition)));
    }
    return new Nodes(
        layout, calls(layout.all()), calls(layout.mayLead(Partitions.SYSTEM)), Map.copyOf(own));
  }

  private Map<String, JournalApi> calls(List<JournalMember> members) {
    Map<String, JournalApi> calls = new LinkedHashMap<>();
    for (JournalMember member : members) {
      var channel = channels.to(HostAndPort.of(member.getAddress()));
      calls.putIfAbsent(member.getName(), new GrpcJournalApi(channel, TRY));
    }
    return Map.copyOf(calls);
  }

  /** The nodes as they are when they are asked for. */
  private final class Current implements JournalNodes {
    @Override
    public Map<String, JournalApi> of(int partition) {
      return nodes.get().of(partition);
    }

    @Override
    public Map<String, JournalApi> all() {
      return nodes.get().all;
    }
  }

  /** What SYSTEM says of the journal. */
  private final class Changes implements JournalGroups.Listener {
    @Override
    public void group(JournalGroup newer) {
      JournalLayout now = nodes.get().layout;
      if (newer.getEpoch() > now.shared().getEpoch()) {
        LOG.info("the journal's nodes are now those of epoch {}", newer.getEpoch());
        nodes.set(nodes(now.with(newer)));
        clock.expect(clockGroup(newer, channels));
      }
    }

    @Override
    public void group(PartitionGroup newer) {
      JournalLayout now = nodes.get().layout;
      if (newer.getEpoch() > now.of(newer.getPartition()).getEpoch()) {
        LOG.info(
            "the nodes of partition {} are now those of its epoch {}",
            newer.getPartition(),
            newer.getEpoch());
        nodes.set(nodes(now.with(newer)));
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
                    JournalLayout.replicaId(m),
                    channels.to(HostAndPort.of(m.getAddress())),
                    CLOCK_CALL))
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
