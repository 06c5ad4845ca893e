package io.vecraft.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionSpec;
import io.vecraft.crd.partition.PartitionRole;
import io.vecraft.operator.apply.Applier;
import io.vecraft.operator.engine.Gateway;
import io.vecraft.operator.engine.GatewayException;
import io.vecraft.operator.engine.Gateways;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a resource for each partition of the journal that the gateways tell of. They are asked as
 * long as there are fewer than the cluster must have; a cluster that does not answer has those that
 * it had.
 */
final class PartitionsStep {
  /** Partitions of every cluster beside those for data: transactions, and the cluster itself. */
  private static final int OTHERS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(PartitionsStep.class);

  private final KubernetesClient client;
  private final ClusterNames names;

  PartitionsStep(KubernetesClient client, ClusterNames names) {
    this.client = client;
    this.names = names;
  }

  /**
   * Takes the step.
   *
   * @param known from a cache, by name
   */
  void run(VecraftCluster cluster, Map<String, JournalPartition> known) {
    if (known.size() >= cluster.getSpec().journal().dataPartitions() + OTHERS) {
      return;
    }
    JsonNode partitions;
    try {
      Optional<Gateway> gateway =
          Gateways.of(client, cluster, "kubernetes/" + names.namespace() + "/" + names.cluster());
      if (gateway.isEmpty()) {
        return;
      }
      partitions = gateway.get().partitions();
    } catch (GatewayException e) {
      LOG.debug("the partitions are not known: {}", e.getMessage());
      return;
    }
    var applier = new Applier(client);
    for (JsonNode partition : partitions) {
      int number = partition.path("id").asInt();
      PartitionRole.of(partition.path("role").asText())
          .map(role -> resource(number, role))
          .ifPresent(wanted ->
              applier.apply(
                  wanted, Optional.ofNullable(known.get(wanted.getMetadata().getName()))));
    }
  }

  private JournalPartition resource(int number, PartitionRole role) {
    var resource = new JournalPartition();
    resource.setMetadata(names.metadata(names.partition(number)).build());
    resource.setSpec(new JournalPartitionSpec(names.cluster(), number, role));
    return resource;
  }
}
