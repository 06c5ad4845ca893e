package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/**
 * The clocks of the machines. What the cluster answers does not depend on them.
 *
 * @param maxOffsetMilliseconds how far apart they may be before they are warned of
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClockSpec(
    @Default("500")
        @Min(10)
        @Max(60_000)
        @JsonPropertyDescription(
            "Machine clocks further apart than this are warned of, and a journal node with such a"
                + " clock leads nothing. Answers are right all the same.")
        int maxOffsetMilliseconds) {
  private static final int MAX_OFFSET_MILLISECONDS = 500;

  /** Half a second. */
  public static final ClockSpec DEFAULT = new ClockSpec(MAX_OFFSET_MILLISECONDS);

  public ClockSpec {
    maxOffsetMilliseconds =
        maxOffsetMilliseconds == 0 ? MAX_OFFSET_MILLISECONDS : maxOffsetMilliseconds;
  }
}
