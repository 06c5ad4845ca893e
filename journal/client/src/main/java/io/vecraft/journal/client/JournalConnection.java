package io.vecraft.journal.client;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalMember;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal and the clock of a cluster, as every process but the journal's own uses them.
 *
 * @param journal all partitions, wherever they are led
 * @param clock rounds over the clock group
 * @param partitions those of the cluster
 */
public record JournalConnection(RoutedJournal journal, QuorumClock clock, Partitions partitions)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalConnection.class);

  /** One try at one node; a hung node costs a caller this much before the next is tried. */
  private static final Duration TRY = Duration.ofSeconds(2);

  /**
   * A round waits no longer for a member. It ends with the first majority, so that this is felt
   * only when a majority is slow.
   */
  private static final Duration CLOCK_CALL = Duration.ofSeconds(3);

  /** Connections to the members that the record names. */
  public static JournalConnection open(ClusterRecord cluster, InternalChannels channels) {
    Map<String, JournalApi> nodes = new LinkedHashMap<>();
    for (JournalMember member : cluster.getJournalList()) {
      var channel = channels.to(HostAndPort.of(member.getAddress()));
      nodes.put(member.getName(), new GrpcJournalApi(channel, TRY));
    }
    Map<String, JournalApi> known = Map.copyOf(nodes);
    var partitions = new Partitions(cluster.getDataPartitions());
    return new JournalConnection(
        new RoutedJournal(() -> known, partitions, RetryPolicy.DEFAULT),
        new QuorumClock(clockGroup(cluster, channels), JournalConnection::alarm),
        partitions);
  }

  /** The clock group of the record, each member behind its channel. */
  public static ClockGroup clockGroup(ClusterRecord cluster, InternalChannels channels) {
    List<ClockMember> members =
        cluster.getJournalList().stream()
            .<ClockMember>map(m ->
                new GrpcClockMember(
                    m.getName(), channels.to(HostAndPort.of(m.getAddress())), CLOCK_CALL))
            .toList();
    return new ClockGroup(cluster.getClockEpoch(), members);
  }

  private static void alarm(long millis) {
    LOG.warn("the machine clocks of the clock group are {} ms apart", millis);
  }

  @Override
  public void close() {
    journal.close();
  }
}
