package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.write.CollectionAdmin;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.LeavingNode;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.ReplicaPlacement;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.storage.read.StorageNodeView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Nodes that are to leave the cluster. What is refused here is refused early, for whoever asks;
 * that a shard keeps its replicas is seen to by control, which moves them. Calls block. Safe for
 * concurrent use.
 */
public final class Nodes {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  private final CollectionAdmin admin;
  private final Supplier<Catalog> catalog;
  private final Supplier<? extends List<? extends StorageNodeView>> storage;
  private final Lineage lineage;

  public Nodes(
      CollectionAdmin admin,
      Supplier<Catalog> catalog,
      Supplier<? extends List<? extends StorageNodeView>> storage,
      Lineage lineage) {
    this.admin = admin;
    this.catalog = catalog;
    this.storage = storage;
    this.lineage = lineage;
  }

  /**
   * A node that leaves.
   *
   * @param node its name
   * @param forced whether fewer replicas than wanted may remain
   * @param since stamp of the record that says so
   * @param replicasLeft replicas of shards that it still has by the map, and of partitions of the
   *     journal by the word of the nodes that lead them
   */
  public record Leaving(String node, boolean forced, long since, int replicasLeft) {}

  /**
   * The nodes that leave, by name.
   *
   * @param journal the partitions of the journal, where their replicas count as well
   */
  public static List<Leaving> leaving(Catalog catalog, List<PartitionStatus> journal) {
    return catalog.cluster().getLeavingList().stream()
        .map(l ->
            new Leaving(
                l.getNode(),
                l.getForced(),
                l.getSinceStamp(),
                replicas(catalog, l.getNode()) + replicas(journal, l.getNode())))
        .toList();
  }

  private static int replicas(List<PartitionStatus> journal, String node) {
    return (int) journal.stream().filter(p -> p.getReplicasList().contains(node)).count();
  }

  /** Replicas on a node; one of a shard that is not placed yet counts, as it is everywhere. */
  private static int replicas(Catalog catalog, String node) {
    int count = 0;
    for (CollectionState collection : catalog.collections()) {
      for (ShardPlacement shard : collection.getPlacementsList()) {
        boolean has =
            shard.getReplicasCount() == 0
                || shard.getReplicasList().stream().anyMatch(r -> r.getNode().equals(node));
        count += has ? 1 : 0;
      }
    }
    return count;
  }

  /**
   * Lets a node leave: control makes what it has elsewhere, then takes it away from it. Returns the
   * stamp.
   *
   * @throws VecraftException {@code not_found} for a node that nobody knows, {@code conflict} when
   *     two nodes have the name, or too few would remain and it is not forced
   */
  public long leave(Call call, String node, boolean forced) {
    call.principal().require(Action.ADMIN);
    name(node);
    Catalog known = catalog.get();
    boolean stores = storesIn(known, node);
    boolean keeps = replicas(lineage.status().getPartitionsList(), node) > 0;
    if (!stores && !keeps) {
      throw new VecraftException(ErrorCode.NOT_FOUND, "no node " + node + " is known", "node");
    }
    if (stores && keeps) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "a storage node and a journal node are called %s: give one of them another name"
              .formatted(node),
          "node");
    }
    if (stores && !forced) {
      refuseTooFew(known, node);
    }
    return admin.setNodeLeaving(call.writeContext(), node, true, forced);
  }

  /** Lets a node stay after all; one that does not leave is no error. Returns the stamp. */
  public long stay(Call call, String node) {
    call.principal().require(Action.ADMIN);
    return admin.setNodeLeaving(call.writeContext(), name(node), false, false);
  }

  private static String name(String node) {
    if (!NAME.matcher(node).matches()) {
      throw Checks.invalid(
          "a node's name is 1 to 63 letters, digits, '.', '_' or '-', the first a letter or a digit",
          "node");
    }
    return node;
  }

  private boolean storesIn(Catalog known, String node) {
    return storage.get().stream().anyMatch(view -> view.name().equals(node))
        || known.collections().stream()
            .flatMap(c -> c.getPlacementsList().stream())
            .flatMap(p -> p.getReplicasList().stream())
            .anyMatch(r -> r.getNode().equals(node));
  }

  private void refuseTooFew(Catalog known, String node) {
    Set<String> leaving = new HashSet<>();
    known.cluster().getLeavingList().stream().map(LeavingNode::getNode).forEach(leaving::add);
    Map<String, String> pools = new HashMap<>();
    storage.get().forEach(view -> pools.put(view.name(), view.pool()));
    String pool = pools.getOrDefault(node, NodePool.SHARED);
    pools.keySet().removeIf(name -> name.equals(node) || leaving.contains(name));
    long stay = pools.values().stream().filter(pool::equals).count();
    for (CollectionState collection : known.collections()) {
      int asked = collection.getDefinition().getReplicas();
      int wanted = Math.max(1, asked > 0 ? asked : mostReplicas(collection, leaving));
      if (stay < wanted && NodePool.of(collection.getDefinition()).equals(pool)) {
        throw new VecraftException(
            ErrorCode.CONFLICT,
            "collection %s has %d replicas of each shard, and %d storage nodes of its pool would stay: add one first, or force it"
                .formatted(collection.getDefinition().getName(), wanted, stay),
            "node");
      }
    }
    if (pools.isEmpty()) {
      throw new VecraftException(ErrorCode.CONFLICT, node + " is the only storage node", "node");
    }
  }

  /** Replicas of a shard that serve on nodes that stay, of the shard with most. */
  private static int mostReplicas(CollectionState collection, Set<String> leaving) {
    int most = 0;
    for (ShardPlacement shard : collection.getPlacementsList()) {
      int count = 0;
      for (ReplicaPlacement replica : shard.getReplicasList()) {
        // While one is moved there is one more, which joins.
        boolean stays =
            replica.getStage() == ReplicaStage.SERVING && !leaving.contains(replica.getNode());
        count += stays ? 1 : 0;
      }
      most = Math.max(most, count);
    }
    return most;
  }
}
