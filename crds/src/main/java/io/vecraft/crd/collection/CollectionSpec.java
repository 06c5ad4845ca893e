package io.vecraft.crd.collection;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.vecraft.crd.cluster.StorageSpec;
import io.vecraft.crd.common.DeletionPolicy;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A collection as it is wanted.
 *
 * @param cluster name of the VecraftCluster, in the same namespace
 * @param name of the collection; absent: that of the resource
 * @param vector what its vectors are
 * @param embedding who makes vectors of texts; absent: nobody, records come with their vectors
 * @param schema declared fields of the metadata and their types
 * @param shards how many; cannot be changed
 * @param replicas storage nodes that have each shard; absent: as the cluster's control says
 * @param storage nodes of its own that have its shards, and nothing else; absent: the cluster's
 * @param index the graph over the vectors
 * @param timeTravelWindowSeconds how long old versions can be read
 * @param deletionPolicy what becomes of the records when the resource is deleted
 */
@ValidationRule(
    value = "self.cluster == oldSelf.cluster",
    message = "a collection does not move to another cluster",
    fieldPath = ".cluster")
@ValidationRule(
    value = "has(self.name) == has(oldSelf.name) && (!has(self.name) || self.name == oldSelf.name)",
    message = "the name of a collection cannot be changed")
@ValidationRule(
    value = "!has(self.name) || self.name.matches('^[a-z0-9][a-z0-9_-]{0,62}$')",
    message =
        "a collection's name has 1 to 63 lower case letters, digits, '_' and '-', beginning with a"
            + " letter or a digit")
@ValidationRule(
    value = "self.shards == oldSelf.shards",
    message = "the number of shards cannot be changed after the collection was made",
    fieldPath = ".shards")
@ValidationRule(
    value =
        "has(self.embedding) == has(oldSelf.embedding) && (!has(self.embedding) ||"
            + " self.embedding == oldSelf.embedding)",
    message =
        "embedding cannot be added, changed or removed after the collection was made: make another"
            + " collection and write the records into it")
@ValidationRule(
    value = "!has(self.schema) || self.schema.size() <= 256",
    message = "a collection declares at most 256 fields")
@ValidationRule(
    value =
        "!has(oldSelf.schema) || (has(self.schema) && oldSelf.schema.all(f, f in self.schema &&"
            + " self.schema[f] == oldSelf.schema[f]))",
    message = "declared fields stay, with their types; new ones can be added")
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CollectionSpec(
    @Required @JsonPropertyDescription("Name of the VecraftCluster, in the same namespace.")
        String cluster,
    @JsonPropertyDescription("Name of the collection; that of the resource when absent.")
        @Nullable String name,
    @Required @JsonPropertyDescription("What the vectors are.") VectorSpec vector,
    @JsonPropertyDescription(
            "Who makes vectors of texts; records come with their vectors when absent. Cannot be"
                + " changed.")
        @Nullable EmbeddingSpec embedding,
    @JsonPropertyDescription("Declared fields of the metadata, with their types.")
        Map<String, FieldType> schema,
    @Default("1") @Min(1) @Max(256) @JsonPropertyDescription("Shards; cannot be changed.")
        int shards,
    @Min(1)
        @Max(100)
        @JsonPropertyDescription(
            "Storage nodes that have each shard; as the cluster's control says when absent. Where"
                + " there are fewer, all of them.")
        @Nullable Integer replicas,
    @JsonPropertyDescription(
            "Storage nodes of its own, a StatefulSet that has its shards and nothing else; those of"
                + " the cluster when absent. Shards move, while they serve, when this changes.")
        @Nullable StorageSpec storage,
    @Default("{}") @JsonPropertyDescription("The graph over the vectors.") IndexSpec index,
    @Default("3600")
        @Min(1)
        @Max(315360000)
        @JsonPropertyDescription("Seconds that old versions of records can be read.")
        long timeTravelWindowSeconds,
    @Default("Retain")
        @JsonPropertyDescription(
            "What becomes of the records when this resource is deleted: Retain or Delete.")
        DeletionPolicy deletionPolicy) {
  private static final long WINDOW_S = 3_600;

  public CollectionSpec(
      String cluster,
      @Nullable String name,
      VectorSpec vector,
      @Nullable EmbeddingSpec embedding,
      @Nullable Map<String, FieldType> schema,
      int shards,
      @Nullable Integer replicas,
      @Nullable StorageSpec storage,
      @Nullable IndexSpec index,
      long timeTravelWindowSeconds,
      @Nullable DeletionPolicy deletionPolicy) {
    this.cluster = cluster;
    this.name = name;
    this.vector = vector;
    this.embedding = embedding;
    this.schema = schema == null ? Map.of() : Map.copyOf(schema);
    this.shards = shards == 0 ? 1 : shards;
    this.replicas = replicas;
    this.storage = storage;
    this.index = index == null ? IndexSpec.DEFAULT : index;
    this.timeTravelWindowSeconds =
        timeTravelWindowSeconds == 0 ? WINDOW_S : timeTravelWindowSeconds;
    this.deletionPolicy = deletionPolicy == null ? DeletionPolicy.RETAIN : deletionPolicy;
  }

  /** Who makes vectors of texts, where somebody does. */
  public Optional<EmbeddingSpec> texts() {
    return Optional.ofNullable(embedding);
  }
}
