package io.vecraft.journal.meta;

import io.vecraft.journal.meta.MetaStore.Lease;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.NodeRegistration;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registration of a process, kept alive and made again whenever its lease has run out. It is
 * written again from time to time, so that the machine time in it can be compared. While the store
 * is away it goes on trying; the process itself does not care.
 */
public final class NodeLease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLease.class);
  private static final int BEATS_PER_LIFE = 3;

  private final MetaStore store;
  private final String key;
  private final NodeRegistration node;
  private final Duration timeToLive;
  private final MachineTime time;
  private final Thread thread;
  private Optional<Lease> lease = Optional.empty(); // of the thread, then of close
  private int beats; // of the thread

  private NodeLease(
      MetaStore store, String key, NodeRegistration node, Duration timeToLive, MachineTime time) {
    this.store = store;
    this.key = key;
    this.node = node;
    this.timeToLive = timeToLive;
    this.time = time;
    this.thread = Thread.ofVirtual().name("registration").unstarted(this::run);
  }

  /** Registers once on the caller's thread if the store answers, then keeps it up. */
  static NodeLease start(
      MetaStore store, String key, NodeRegistration node, Duration timeToLive, MachineTime time) {
    var registration = new NodeLease(store, key, node, timeToLive, time);
    registration.beat();
    registration.thread.start();
    return registration;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(timeToLive.dividedBy(BEATS_PER_LIFE));
        beat();
      }
    } catch (InterruptedException e) {
      LOG.debug("the registration {} ends", key);
    }
  }

  private void beat() {
    try {
      boolean kept = lease.isPresent() && lease.get().keepAlive();
      if (kept && ++beats % BEATS_PER_LIFE != 0) {
        return;
      }
      Lease fresh = kept ? lease.get() : store.grant(timeToLive);
      NodeRegistration now = node.toBuilder().setMachineMs(time.millis()).build();
      store.transact(Transaction.builder().put(key, now.toByteArray(), fresh).build());
      lease = Optional.of(fresh);
    } catch (MetaStoreException | IllegalStateException e) {
      LOG.info("{} is not registered for now: {}", key, e.getMessage());
    }
  }

  /** Takes the registration back. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(timeToLive);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      lease.ifPresent(Lease::close);
    } catch (MetaStoreException e) {
      LOG.info("{} stays registered until its lease runs out: {}", key, e.getMessage());
    }
  }
}
