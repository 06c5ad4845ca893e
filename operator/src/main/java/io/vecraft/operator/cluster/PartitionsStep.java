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
 * Lets the journal have the partitions that it must have, and makes a resource for each that is
 * open. The gateways are asked as long as there are fewer; a cluster that does not answer has those
 * that it had.
 */
final class PartitionsStep {
  /** Partitions of every cluster beside those for data: transactions, and the cluster itself. */
  private static final int OTHERS = 2;

  /** The gateways let no more be added at a time. */
  private static final int STEP = 8;

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
   * @return what is waited for; empty when there are as many as wanted
   */
  Optional<String> run(VecraftCluster cluster, Map<String, JournalPartition> known) {
    int wanted = cluster.getSpec().journal().dataPartitions();
    if (known.size() >= wanted + OTHERS) {
      return Optional.empty();
    }
    JsonNode journal;
    try {
      Optional<Gateway> gateway =
          Gateways.of(client, cluster, "kubernetes/" + names.namespace() + "/" + names.cluster());
      if (gateway.isEmpty()) {
        return Optional.of("no gateway tells of the journal's partitions yet");
      }
      journal = gateway.get().journal();
      int next = Math.min(wanted, journal.path("data_partitions").asInt() + STEP);
      if (next > journal.path("data_partitions_wanted").asInt()) {
        gateway.get().grow(next);
      }
    } catch (GatewayException e) {
      LOG.debug("the partitions are not known: {}", e.getMessage());
      return Optional.of("the journal's partitions are not known: " + e.getMessage());
    }
    int open = journal.path("data_partitions").asInt();
    var applier = new Applier(client);
    for (JsonNode partition : journal.path("partitions")) {
      int number = partition.path("id").asInt();
      PartitionRole.of(partition.path("role").asText())
          .filter(role -> number <= open + OTHERS)
          .map(role -> resource(number, role))
          .ifPresent(desired ->
              applier.apply(
                  desired, Optional.ofNullable(known.get(desired.getMetadata().getName()))));
    }
    return open >= wanted
        ? Optional.empty()
        : Optional.of("%d of %d data partitions are open".formatted(open, wanted));
  }

  /** What the operator says of it; where it is to be is for others to say. */
  private JournalPartition resource(int number, PartitionRole role) {
    var resource = new JournalPartition();
    resource.setMetadata(names.metadata(names.partition(number)).build());
    resource.setSpec(new JournalPartitionSpec(names.cluster(), number, role, null, null));
    return resource;
  }
}
