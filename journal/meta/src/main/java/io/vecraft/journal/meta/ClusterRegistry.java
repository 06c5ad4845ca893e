package io.vecraft.journal.meta;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.meta.MetaStore.Entry;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.NodeRegistration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who belongs to a cluster, in its {@link MetaStore}: what the cluster is ({@code cluster}), how
 * often a journal node has begun with nothing ({@code journal/started/NAME}), which control process
 * leads ({@code control/leader}), and the processes that are alive ({@code nodes/ROLE/NAME}, each
 * under a lease).
 *
 * <p>An entry that is gone says that a lease has run out, not that the process has died: the store
 * itself may have been away. Whoever watches keeps the connections that still answer.
 *
 * <p>Safe for concurrent use.
 */
public final class ClusterRegistry {
  static final String CLUSTER = "cluster";
  static final String NODES = "nodes/";
  static final String STARTED = "journal/started/";
  static final String CONTROL = "control/leader";
  private static final Logger LOG = LoggerFactory.getLogger(ClusterRegistry.class);

  /** How often everything is listed although nothing seems to have changed. */
  private static final Duration LIST_EVERY = Duration.ofSeconds(30);

  private final MetaStore store;

  public ClusterRegistry(MetaStore store) {
    this.store = store;
  }

  /** The cluster's record, if one was made. */
  public Optional<ClusterRecord> cluster() {
    return store.get(CLUSTER).map(ClusterRegistry::record);
  }

  /**
   * Makes the cluster's record unless there is one; of several that try the first wins.
   *
   * @return the record that stands
   */
  public ClusterRecord establish(ClusterRecord wanted) {
    store.transact(
        Transaction.builder().ifRevision(CLUSTER, 0).put(CLUSTER, wanted.toByteArray()).build());
    return cluster()
        .orElseThrow(() ->
            new VecraftException(
                ErrorCode.UNAVAILABLE, "the metadata store does not keep the cluster's record"));
  }

  /**
   * Writes the journal's newest nodes into the cluster's record, for processes that start; one that
   * has them or newer ones is left alone, and so is one that another writes meanwhile. Where there
   * is no record, because the store has lost its content, it is made again.
   *
   * @param known the record as it was once
   */
  public void updateJournal(ClusterRecord known, JournalGroup group) {
    Optional<Entry> found = store.get(CLUSTER);
    ClusterRecord before = found.map(ClusterRegistry::record).orElse(known);
    if (found.isPresent() && before.getClockEpoch() >= group.getEpoch()) {
      return;
    }
    byte[] changed =
        before.toBuilder()
            .setClockEpoch(group.getEpoch())
            .clearJournal()
            .addAllJournal(group.getMembersList())
            .build()
            .toByteArray();
    boolean written =
        store
            .transact(
                Transaction.builder()
                    .ifRevision(CLUSTER, found.map(Entry::revision).orElse(0L))
                    .put(CLUSTER, changed)
                    .build())
            .isPresent();
    LOG.info("epoch {} of the journal's nodes is in the record: {}", group.getEpoch(), written);
  }

  /**
   * The generation of a journal node that begins with nothing, from 1: each time it is somebody
   * else to the others, with an id of its own, and nobody gets a generation that another has had.
   *
   * @param token of the one that asks, kept by it before: asked again it gets the same answer
   * @throws VecraftException {@code unavailable} when another process asks at the same time
   */
  public int claimGeneration(String journalNode, String token) {
    Optional<Entry> found = store.get(STARTED + journalNode);
    List<String> words = found.map(ClusterRegistry::words).orElse(List.of("0"));
    int last = words.getFirst().matches("[0-9]{1,9}") ? Integer.parseInt(words.getFirst()) : 1;
    if (words.size() > 1 && words.get(1).equals(token)) {
      return last;
    }
    int next = last + 1;
    Transaction take =
        Transaction.builder()
            .ifRevision(STARTED + journalNode, found.map(Entry::revision).orElse(0L))
            .put(STARTED + journalNode, (next + " " + token).getBytes(StandardCharsets.UTF_8))
            .build();
    if (store.transact(take).isEmpty()) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "another process starts as journal node " + journalNode);
    }
    return next;
  }

  /** Before there were generations, a mark that is no number said that there was a first. */
  private static List<String> words(Entry entry) {
    return List.of(new String(entry.value(), StandardCharsets.UTF_8).split(" "));
  }

  /**
   * Registers a process until the registration is closed.
   *
   * @param timeToLive how long it stands after the process has died
   * @param time the process's machine clock, which is a part of the registration
   */
  public NodeLease register(NodeRegistration node, Duration timeToLive, MachineTime time) {
    return NodeLease.start(store, key(node.getRole(), node.getName()), node, timeToLive, time);
  }

  /**
   * Lets a control process stand for election until closed.
   *
   * @param timeToLive how long it takes until one that is gone can be followed
   */
  public LeaderElection electControl(String name, Duration timeToLive) {
    return LeaderElection.start(store, CONTROL, name, timeToLive);
  }

  /**
   * Follows the registrations of a role, or of all with an empty role.
   *
   * @param onChange told all of them after each change, on a thread of the mirror
   */
  public MetaMirror follow(String role, Consumer<List<NodeRegistration>> onChange) {
    String prefix = role.isEmpty() ? NODES : NODES + role + "/";
    return MetaMirror.start(
        store, prefix, LIST_EVERY, entries -> onChange.accept(registrations(entries)));
  }

  /** Who is registered now, with an empty role everybody, by role and name. */
  public List<NodeRegistration> nodes(String role) {
    String prefix = role.isEmpty() ? NODES : NODES + role + "/";
    return store.list(prefix).stream().flatMap(e -> registration(e).stream()).toList();
  }

  private static List<NodeRegistration> registrations(Map<String, Entry> entries) {
    var nodes = new ArrayList<NodeRegistration>(entries.size());
    entries.values().forEach(e -> registration(e).ifPresent(nodes::add));
    return nodes;
  }

  private static Optional<NodeRegistration> registration(Entry entry) {
    try {
      return Optional.of(NodeRegistration.parseFrom(entry.value()));
    } catch (InvalidProtocolBufferException e) {
      LOG.warn("the registration {} cannot be read and is passed over", entry.key());
      return Optional.empty();
    }
  }

  private static ClusterRecord record(Entry entry) {
    try {
      return ClusterRecord.parseFrom(entry.value());
    } catch (InvalidProtocolBufferException e) {
      throw new MetaStoreException("the cluster's record cannot be read", e);
    }
  }

  private static String key(String role, String name) {
    return NODES + role + "/" + name;
  }
}
