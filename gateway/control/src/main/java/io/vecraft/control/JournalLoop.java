package io.vecraft.control;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.meta.MetaStoreException;
import io.vecraft.journal.meta.placement.JournalPlan;
import io.vecraft.journal.meta.placement.PartitionPlan;
import io.vecraft.journal.time.ClockAnswer;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockGroupChange;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.LeavingNode;
import io.vecraft.proto.journal.NodeRegistration;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the journal's nodes as many as there are to be, while this process is in control. Each pass
 * brings everything one step nearer to the group that the SYSTEM log names:
 *
 * <ol>
 *   <li>The clock: members of the group that do not answer in its epoch yet are installed, after
 *       the group before was sealed ({@link ClockGroupChange}).
 *   <li>The cluster's record, for processes that start.
 *   <li>The replicas of each partition and who leads it, one at a time ({@link JournalReplicas}).
 *   <li>When the clock is settled and no replica is on its way, {@link JournalPlan} may name the
 *       next group: clients know the nodes of a group and of the one before, and none earlier. Else
 *       {@link PartitionPlan} may name the next nodes of a partition that is not where the others
 *       are.
 *   <li>Partitions that are wanted and have a leader are opened for new collections.
 * </ol>
 *
 * <p>Whoever takes over goes on from what the log says; each step may be done twice. One thread of
 * its own does it all.
 */
final class JournalLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalLoop.class);
  private static final long CLOCK_SECONDS = 10;
  private static final long CLOSE_MS = 10_000;

  private final Surroundings around;
  private final ClusterRecord cluster;
  private final CatalogSource catalogs;
  private final Supplier<OptionalLong> control;
  private final ReplicaMapWriter writer;
  private final JournalReplicas replicas;
  private final ClockOffsets offsets;
  private final Control.Settings settings;
  private final AutoCloseable mirror;
  private final Thread thread;
  private final Map<String, Long> missedNanos = new HashMap<>(); // of the thread
  private String trouble = ""; // of the thread
  private volatile List<NodeRegistration> registered = List.of();

  private JournalLoop(
      Surroundings around,
      ClusterRecord cluster,
      CatalogSource catalogs,
      Supplier<OptionalLong> control,
      ReplicaMapWriter writer,
      ClockOffsets offsets,
      Control.Settings settings) {
    this.around = around;
    this.cluster = cluster;
    this.catalogs = catalogs;
    this.control = control;
    this.writer = writer;
    this.offsets = offsets;
    this.settings = settings;
    this.replicas = new JournalReplicas(around.channels(), settings.maxClockOffset());
    this.mirror = around.registry().follow("journal", nodes -> registered = List.copyOf(nodes));
    this.thread = around.thread("control-journal", this::run);
  }

  /**
   * Starts it.
   *
   * @param cluster its record, whose group is in force until SYSTEM names another
   * @param control the epoch while this process is in control
   */
  static JournalLoop start(
      Surroundings around,
      ClusterRecord cluster,
      CatalogSource catalogs,
      Supplier<OptionalLong> control,
      ReplicaMapWriter writer,
      ClockOffsets offsets,
      Control.Settings settings) {
    var loop = new JournalLoop(around, cluster, catalogs, control, writer, offsets, settings);
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(settings.interval());
        pass();
      }
    } catch (InterruptedException e) {
      LOG.debug("the journal's nodes are not looked after any more");
    }
  }

  private void pass() throws InterruptedException {
    OptionalLong epoch = control.get();
    if (epoch.isEmpty()) {
      missedNanos.clear();
      return;
    }
    try {
      Catalog catalog = catalogs.refresh();
      JournalLayout layout = JournalLayout.of(catalog.cluster(), cluster);
      JournalGroup group = layout.shared();
      boolean settled = settleClock(group);
      // In every pass: a metadata store may have lost its content.
      around.registry().updateJournal(cluster, group);
      JournalReplicas.Found found =
          replicas.follow(
              layout, registered, offsets.ofJournal(), () -> control.get().equals(epoch));
      Set<String> gone = gone(layout.all(), found.present());
      Set<String> leaving = new HashSet<>();
      catalog.cluster().getLeavingList().stream().map(LeavingNode::getNode).forEach(leaving::add);
      if (settled && found.settled()) {
        change(catalog, layout, found, gone, leaving, epoch.getAsLong());
      }
      Partitions wanted = catalog.partitionsWanted();
      if (!wanted.equals(catalog.partitions()) && found.led().containsAll(wanted.all())) {
        writer.openPartitions(wanted, epoch.getAsLong());
        LOG.info("{} data partitions are open", wanted.dataPartitions());
      }
      trouble = "";
    } catch (VecraftException e) {
      tell(e.reason());
    } catch (MetaStoreException e) {
      tell(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("a pass over the journal's nodes failed", e);
    }
  }

  /** One change, of the journal's nodes or of a partition's. */
  private void change(
      Catalog catalog,
      JournalLayout layout,
      JournalReplicas.Found found,
      Set<String> gone,
      Set<String> leaving,
      long epoch)
      throws InterruptedException {
    Optional<JournalPlan.Change> journal =
        JournalPlan.of(layout.shared(), registered, gone, leaving);
    if (journal.isPresent()) {
      writer.setJournal(journal.get().next(), epoch);
      LOG.info("the journal's nodes change: {}", journal.get().reason());
      return;
    }
    Optional<PartitionPlan.Change> partition =
        PartitionPlan.of(catalog.cluster(), layout, registered, gone, leaving, found.agreed());
    if (partition.isPresent()) {
      writer.setPartition(partition.get().next(), epoch);
      LOG.info("{}", partition.get().reason());
    }
  }

  private void tell(String now) {
    if (!trouble.equals(now)) {
      LOG.info("the journal's nodes are not as they should be yet: {}", now);
    }
    trouble = now;
  }

  /** Whether a majority answers in the group's epoch, after all was done for it that can be. */
  private boolean settleClock(JournalGroup group) throws InterruptedException {
    ClockGroup clock = JournalConnection.clockGroup(group, around.channels());
    List<CompletableFuture<Standing>> asked =
        clock.members().stream().map(member -> standing(member, clock.epoch())).toList();
    int answering = 0;
    boolean refusing = false;
    for (CompletableFuture<Standing> one : asked) {
      answering += one.join() == Standing.ANSWERS ? 1 : 0;
      refusing |= one.join() == Standing.REFUSES;
    }
    boolean settled = answering >= clock.majority();
    if ((settled && !refusing) || group.getBeforeCount() == 0) {
      return settled;
    }
    JournalGroup before =
        JournalGroup.newBuilder()
            .setEpoch(group.getEpoch() - 1)
            .addAllMembers(group.getBeforeList())
            .build();
    try {
      ClockGroupChange.carryThrough(JournalConnection.clockGroup(before, around.channels()), clock)
          .get(CLOCK_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE,
          "the clock group of epoch %d is not installed: %s".formatted(group.getEpoch(), e));
    }
    if (!settled) {
      LOG.info("the clock group of epoch {} answers", group.getEpoch());
    }
    return true;
  }

  /** Where a member stands to an epoch. */
  private enum Standing {
    ANSWERS,
    REFUSES,
    SILENT
  }

  private static CompletableFuture<Standing> standing(ClockMember member, long epoch) {
    return member
        .ask(epoch)
        .handle((ClockAnswer answer, Throwable e) ->
            e != null ? Standing.SILENT : answer.refused() ? Standing.REFUSES : Standing.ANSWERS);
  }

  /** Members that have neither answered nor been registered for the grace period. */
  private Set<String> gone(List<JournalMember> members, Set<String> present) {
    long now = System.nanoTime();
    Set<String> gone = new HashSet<>();
    Set<String> ids = new HashSet<>();
    for (JournalMember member : members) {
      String id = JournalLayout.replicaId(member);
      ids.add(id);
      boolean here =
          present.contains(id) || registered.stream().anyMatch(n -> n.getReplica().equals(id));
      if (here) {
        missedNanos.remove(id);
      } else if (now - missedNanos.computeIfAbsent(id, unused -> now)
          >= settings.grace().toNanos()) {
        gone.add(id);
      }
    }
    missedNanos.keySet().retainAll(ids);
    return gone;
  }

  @Override
  public void close() throws Exception {
    thread.interrupt();
    thread.join(Duration.ofMillis(CLOSE_MS));
    mirror.close();
  }
}
