package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionSpec;
import io.vecraft.crd.partition.PartitionRole;
import io.vecraft.crd.partition.PartitionStorageSpec;
import io.vecraft.operator.apply.Labels;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JournalPoolsTest {
  private static final ClusterNames NAMES = new ClusterNames("data", "main", "u", "cluster.local");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JournalPartition partition(
      int number, @Nullable Integer replicas, boolean ownNodes) {
    var resource = new JournalPartition();
    resource.getMetadata().setName("main-partition-" + number);
    resource.setSpec(
        new JournalPartitionSpec(
            "main",
            number,
            PartitionRole.DATA,
            replicas,
            ownNodes ? new PartitionStorageSpec(null, null) : null));
    return resource;
  }

  private static StatefulSet set(String text, int replicas) {
    return new StatefulSetBuilder()
        .withNewMetadata()
        .withName("main-" + text)
        .addToLabels(Labels.COMPONENT, text)
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .endSpec()
        .build();
  }

  private static Map<String, StatefulSet> sets(StatefulSet... sets) {
    return Stream.of(sets).collect(Collectors.toMap(s -> s.getMetadata().getName(), s -> s));
  }

  @Test
  void thereAreAsManyNodesAsReplicasAndNeverFewerThanThereWere() {
    JournalPools pools =
        JournalPools.of(
            Stream.of(partition(5, 5, true), partition(3, null, true), partition(4, 2, false)),
            sets(set("journal", 3), set("journal-p5", 3), set("journal-p3", 4)),
            NAMES);
    assertThat(pools.wanted())
        .extracting(wanted -> wanted.part().text() + " " + wanted.nodes())
        .containsExactly("journal-p3 4", "journal-p5 5");
    assertThat(pools.left()).isEmpty();
  }

  @Test
  void whatNoResourceWantsIsLeft() {
    JournalPools pools =
        JournalPools.of(
            Stream.of(partition(3, null, true), partition(4, null, false)),
            sets(set("journal", 3), set("storage", 2), set("journal-p4", 3)),
            NAMES);
    assertThat(pools.left()).containsExactly(new JournalPool(4));
    assertThat(pools.parts()).containsExactly(new JournalPool(3), new JournalPool(4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"id":4,"pool":"shared","moving":false,"replicas":["main-journal-0"]} | false
          {"id":4,"pool":"shared","moving":true,"replicas":["main-journal-0"]} | true
          {"id":4,"pool":"shared","moving":false,"replicas":["main-journal-p4-1"]} | true
          {"id":4,"pool":"shared","moving":false,"replicas":["main-journal-p41-1"]} | false
          {"id":4,"pool":"partition-4","moving":false,"replicas":["main-journal-0"]} | true
          {"id":4,"replicas":["main-journal-0"]} | true
          {"id":3,"pool":"shared","moving":false,"replicas":["main-journal-0"]} | true
          """)
  void nodesGoOnlyWhereNothingCanBeAnyMore(String partition, boolean mayHave) throws IOException {
    JsonNode partitions = JSON.readTree("[" + partition + "]");
    assertThat(LeftJournalPool.mayHaveReplicas(partitions, new JournalPool(4), "main-journal-p4"))
        .isEqualTo(mayHave);
  }
}
