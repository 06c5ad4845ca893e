package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * The vectors of a collection.
 *
 * @param dimension numbers in each
 * @param metric how near two are
 * @param encoding how they are kept in memory
 */
@ValidationRule(
    value = "self == oldSelf",
    message =
        "dimension, metric and encoding cannot be changed: make another collection and write the"
            + " records into it")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VectorSpec(
    @Required @Min(1) @Max(65536) @JsonPropertyDescription("Numbers in each vector.") int dimension,
    @Default("cosine") @JsonPropertyDescription("How near two vectors are: cosine, dot or l2.")
        Metric metric,
    @Default("float32") @JsonPropertyDescription("How vectors are kept in memory: float32 or lvq8.")
        Encoding encoding) {

  public VectorSpec {
    metric = metric == null ? Metric.COSINE : metric;
    encoding = encoding == null ? Encoding.FLOAT32 : encoding;
  }
}
