package io.vecraft.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.control.Observation;
import io.vecraft.gateway.call.Nodes;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.journal.meta.placement.ObservedNode;
import io.vecraft.journal.meta.placement.ReplicaChange;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardPlacement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Where the replicas are, as a control process last saw it, in JSON. */
final class PlacementText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PlacementText() {}

  static String of(Optional<Observation> observed) {
    ObjectNode answer = JSON.createObjectNode().put("leads", observed.isPresent());
    if (observed.isPresent()) {
      nodes(answer, observed.get());
      leaving(answer, observed.get());
      shards(answer, observed.get());
      ArrayNode planned = answer.putArray("planned");
      observed.get().planned().stream().map(ReplicaChange::toString).forEach(planned::add);
    }
    return answer.toString();
  }

  private static void nodes(ObjectNode answer, Observation observed) {
    ArrayNode nodes = answer.putArray("nodes");
    for (ObservedNode node : observed.nodes()) {
      nodes
          .addObject()
          .put("name", node.name())
          .put("zone", node.zone())
          .put("pool", node.pool().orElse(""))
          .put("presence", node.presence().name().toLowerCase(Locale.ROOT))
          .put("replicas", node.replicas().size());
    }
  }

  private static void leaving(ObjectNode answer, Observation observed) {
    ArrayNode leaving = answer.putArray("leaving");
    for (Nodes.Leaving node : Nodes.leaving(observed.catalog(), List.of())) {
      leaving
          .addObject()
          .put("node", node.node())
          .put("forced", node.forced())
          .put("replicas_left", node.replicasLeft());
    }
  }

  private static void shards(ObjectNode answer, Observation observed) {
    ArrayNode shards = answer.putArray("shards");
    for (CollectionState collection : observed.catalog().collections()) {
      for (ShardPlacement placement : collection.getPlacementsList()) {
        ObjectNode shard =
            shards
                .addObject()
                .put("collection", collection.getDefinition().getName())
                .put("pool", NodePool.of(collection.getDefinition()))
                .put("shard", placement.getShard())
                .put("partition", placement.getPartition())
                .put("map_version", placement.getMapVersion());
        if (ShardHomes.isMoving(placement)) {
          shard.put("moving_to", placement.getMovingTo());
        }
        ObjectNode replicas = shard.putObject("replicas");
        placement
            .getReplicasList()
            .forEach(r -> replicas.put(r.getNode(), r.getStage().name().toLowerCase(Locale.ROOT)));
      }
    }
  }
}
