package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * The graph over the vectors.
 *
 * @param m neighbours of a vector
 * @param efConstruction effort at insertion
 */
@ValidationRule(
    value = "self.m == oldSelf.m",
    message = "m cannot be changed after the collection was made",
    fieldPath = ".m")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IndexSpec(
    @Default("16")
        @Min(2)
        @Max(128)
        @JsonPropertyDescription("Neighbours of a vector in the graph; cannot be changed.")
        int m,
    @Default("100")
        @Min(1)
        @Max(10000)
        @JsonPropertyDescription("Effort when a vector is put into the graph.")
        int efConstruction) {
  private static final int NEIGHBOURS = 16;
  private static final int EFFORT = 100;

  /** What is right for most. */
  public static final IndexSpec DEFAULT = new IndexSpec(NEIGHBOURS, EFFORT);

  public IndexSpec {
    m = m == 0 ? NEIGHBOURS : m;
    efConstruction = efConstruction == 0 ? EFFORT : efConstruction;
  }
}
