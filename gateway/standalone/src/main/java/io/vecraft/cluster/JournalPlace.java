package io.vecraft.cluster;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.proto.journal.JournalGroup;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a journal node that runs has been replaced by another, by what SYSTEM says: its replicas
 * end one after the other then, for good, and it must not be taken for a spare or for somebody who
 * comes back. It takes its registration back, and can be ended. Safe for concurrent use.
 */
final class JournalPlace {
  private static final Logger LOG = LoggerFactory.getLogger(JournalPlace.class);

  private final String id;
  private Optional<AutoCloseable> registration = Optional.empty(); // guarded by this
  private boolean lost; // guarded by this

  /**
   * As far as nothing else is heard, it has its place.
   *
   * @param id of the node's replicas
   */
  JournalPlace(String id) {
    this.id = id;
  }

  /** A group that SYSTEM names. */
  synchronized void told(JournalGroup group) {
    boolean was =
        group.getBeforeList().stream().anyMatch(m -> JournalLayout.replicaId(m).equals(id));
    boolean is =
        group.getMembersList().stream().anyMatch(m -> JournalLayout.replicaId(m).equals(id));
    if (was && !is && !lost) {
      LOG.warn(
          "{} has been replaced in epoch {}: its replicas end, and this process can be ended",
          id,
          group.getEpoch());
      lost = true;
      withdraw();
    }
  }

  /** The node is registered, and stays so while it has its place. */
  synchronized void registered(AutoCloseable by) {
    registration = Optional.of(by);
    if (lost) {
      withdraw();
    }
  }

  private void withdraw() {
    registration.ifPresent(r ->
        Thread.ofVirtual()
            .name("withdraw-" + id)
            .start(() -> {
              try {
                r.close();
              } catch (Exception e) {
                LOG.warn("the registration of {} is not taken back by itself", id, e);
              }
            }));
  }
}
