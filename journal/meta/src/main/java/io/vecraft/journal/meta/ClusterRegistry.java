package io.vecraft.journal.meta;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.meta.MetaStore.Entry;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.NodeRegistration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who belongs to a cluster, in its {@link MetaStore}: what the cluster is ({@code cluster}), which
 * journal nodes were ever started ({@code journal/started/NAME}), which control process leads
 * ({@code control/leader}), and the processes that are alive ({@code nodes/ROLE/NAME}, each under a
 * lease).
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

  /** Whether a journal node of that name has ever been started. */
  public boolean wasStarted(String journalNode) {
    return store.get(STARTED + journalNode).isPresent();
  }

  /** Remembers that a journal node was started, for as long as the cluster lives. */
  public void markStarted(String journalNode) {
    store.put(STARTED + journalNode, new byte[] {1});
  }

  /**
   * Registers a process until the registration is closed.
   *
   * @param timeToLive how long it stands after the process has died
   */
  public NodeLease register(NodeRegistration node, Duration timeToLive) {
    return NodeLease.start(store, key(node.getRole(), node.getName()), node, timeToLive);
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
