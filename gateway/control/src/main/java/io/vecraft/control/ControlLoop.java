package io.vecraft.control;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.meta.LeaderElection;
import io.vecraft.journal.meta.placement.ObservedNode;
import io.vecraft.journal.meta.placement.ReplicaChange;
import io.vecraft.journal.meta.placement.ReplicaPlan;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes, plans, applies and reports, again and again while this process leads.
 *
 * <ol>
 *   <li>Whoever is elected takes over in SYSTEM with the next control epoch: what an earlier leader
 *       still sends is refused there.
 *   <li>Observe: the catalog after all that is in SYSTEM, then every storage node's own word.
 *   <li>Plan: {@link ReplicaPlan}.
 *   <li>Apply, while what was observed is fresh; a change that is refused or fails ends the pass,
 *       and the next begins with looking again.
 * </ol>
 *
 * <p>Safe for concurrent use; one thread of its own does it all.
 */
final class ControlLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);

  /** A plan is not carried out any further after that long. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LeaderElection election;
  private final CatalogSource catalogs;
  private final StorageObserver observer;
  private final ReplicaMapWriter writer;
  private final Control.Settings settings;
  private final AtomicLong changes = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Thread thread;
  private volatile long epoch; // set by the thread; 0 when this process has not taken over
  private String trouble = ""; // of the thread
  private volatile Optional<Observation> observed = Optional.empty();
  private volatile boolean closed;

  private ControlLoop(
      Surroundings around,
      LeaderElection election,
      CatalogSource catalogs,
      StorageObserver observer,
      ReplicaMapWriter writer,
      Control.Settings settings) {
    this.election = election;
    this.catalogs = catalogs;
    this.observer = observer;
    this.writer = writer;
    this.settings = settings;
    this.thread = around.thread("control", this::run);
  }

  static ControlLoop start(
      Surroundings around,
      LeaderElection election,
      CatalogSource catalogs,
      StorageObserver observer,
      ReplicaMapWriter writer,
      Control.Settings settings) {
    var loop = new ControlLoop(around, election, catalogs, observer, writer, settings);
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      while (!closed) {
        pass();
        Thread.sleep(settings.interval());
      }
    } catch (InterruptedException e) {
      LOG.debug("the control loop ends");
    }
  }

  private void pass() throws InterruptedException {
    if (!election.leads()) {
      epoch = 0;
      observed = Optional.empty();
      return;
    }
    try {
      Catalog catalog = catalogs.refresh();
      if (epoch == 0 || epoch != catalog.controlEpoch()) {
        takeOver(catalog.controlEpoch() + 1);
        catalog = catalogs.refresh();
      }
      long began = System.nanoTime();
      List<ObservedNode> nodes = observer.observe(catalog);
      List<ReplicaChange> planned = ReplicaPlan.of(catalog, nodes, settings.plan());
      observed = Optional.of(new Observation(catalog, nodes, planned));
      for (ReplicaChange change : planned) {
        if (closed || !election.leads() || System.nanoTime() - began > FRESH_NANOS) {
          return;
        }
        apply(change);
      }
      trouble = "";
    } catch (VecraftException e) {
      failures.incrementAndGet();
      if (!trouble.equals(e.reason())) {
        LOG.info("nothing is controlled for now: {}", e.reason());
      }
      trouble = e.reason();
    } catch (RuntimeException e) {
      failures.incrementAndGet();
      LOG.error("a pass of control failed", e);
    }
  }

  private void takeOver(long next) throws InterruptedException {
    epoch = 0;
    observer.reset();
    writer.begin(next);
    epoch = next;
    LOG.info("in control, epoch {}", next);
  }

  private void apply(ReplicaChange change) throws InterruptedException {
    try {
      writer.apply(change, epoch);
      changes.incrementAndGet();
      LOG.info("replicas of shard {}", change);
    } catch (VecraftException e) {
      if (e.code() == ErrorCode.COLLECTION_NOT_FOUND) {
        LOG.debug("dropped meanwhile: {}", change);
        return;
      }
      throw e;
    }
  }

  /** What was last observed; empty while this process does not lead. */
  Optional<Observation> observed() {
    return observed;
  }

  /** The control epoch while this process has taken over and leads. */
  OptionalLong epoch() {
    long now = epoch;
    return now > 0 && election.leads() ? OptionalLong.of(now) : OptionalLong.empty();
  }

  /** Changes made since the start. */
  long changes() {
    return changes.get();
  }

  /** Passes that failed since the start. */
  long failures() {
    return failures.get();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(TimeUnit.NANOSECONDS.toMillis(FRESH_NANOS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
