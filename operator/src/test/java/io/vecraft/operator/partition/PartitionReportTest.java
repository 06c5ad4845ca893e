package io.vecraft.operator.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.partition.JournalPartition;
import io.vecraft.crd.partition.JournalPartitionSpec;
import io.vecraft.crd.partition.PartitionRole;
import io.vecraft.crd.partition.PartitionStorageSpec;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionReportTest {
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private static JournalPartition resource(@Nullable PartitionStorageSpec storage) {
    var resource = new JournalPartition();
    resource.getMetadata().setName("main-partition-3");
    resource.getMetadata().setGeneration(1L);
    resource.setSpec(new JournalPartitionSpec("main", 3, PartitionRole.DATA, null, storage));
    return resource;
  }

  private static ConditionState placed(
      JournalPartition resource, String told, Optional<String> refused) throws IOException {
    JsonNode partitions =
        new ObjectMapper()
            .readTree(
                "[{\"id\":2},{\"id\":3,\"leader\":\"b\",\"replicas\":[\"b\",\"a\"]%s}]"
                    .formatted(told));
    return PartitionReport.of(resource, partitions, refused, CLOCK)
        .condition("Placed")
        .orElseThrow();
  }

  @Test
  void itIsPlacedWhereTheEngineHasItAndNowhereElse() throws IOException {
    JournalPartition own = resource(new PartitionStorageSpec(null, null));
    String there = ",\"pool\":\"partition-3\",\"replicas_wanted\":3,\"moving\":false";
    assertThat(placed(own, there, Optional.empty()).holds()).isTrue();
    assertThat(placed(own, there, Optional.empty()).message()).isEqualTo("it is on a, b");
    assertThat(placed(own, there.replace("false", "true"), Optional.empty()).reason())
        .isEqualTo("Moving");
    String elsewhere = ",\"pool\":\"shared\",\"replicas_wanted\":0,\"moving\":false";
    assertThat(placed(own, elsewhere, Optional.empty()).message())
        .isEqualTo("it is to be on 3 of the pool partition-3, and is on a, b");
    assertThat(placed(resource(null), elsewhere, Optional.empty()).holds()).isTrue();
    assertThat(placed(resource(null), there, Optional.empty()).message())
        .isEqualTo("it is to be on all of the pool shared, and is on a, b");
    assertThat(placed(own, elsewhere, Optional.of("no control process has begun")).message())
        .isEqualTo("no control process has begun");
  }

  @Test
  void anImageThatIsTooOldIsTold() throws IOException {
    assertThat(placed(resource(null), "", Optional.empty()).holds()).isTrue();
    assertThat(
            placed(resource(new PartitionStorageSpec(null, null)), "", Optional.empty()).reason())
        .isEqualTo("Unsupported");
  }
}
