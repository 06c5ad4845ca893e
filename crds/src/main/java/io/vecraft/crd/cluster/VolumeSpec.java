package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The volume that each process of a role has.
 *
 * @param size of one volume
 * @param storageClass absent: the default of the Kubernetes cluster
 */
@ValidationRule(
    value = "quantity(string(self.size)).isGreaterThan(quantity('0'))",
    message = "size must be more than nothing")
@ValidationRule(
    value =
        "has(self.storageClass) == has(oldSelf.storageClass) && (!has(self.storageClass) ||"
            + " self.storageClass == oldSelf.storageClass)",
    message = "storageClass cannot be changed: volumes are not moved")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VolumeSpec(
    @Default("10Gi")
        @JsonPropertyDescription("Size of each volume; can grow where the StorageClass allows it.")
        Quantity size,
    @Size(max = 253)
        @JsonPropertyDescription(
            "StorageClass of the volumes; the default one when absent; cannot be changed.")
        @Nullable String storageClass) {
  /** What a volume has when nothing is said. */
  public static final VolumeSpec DEFAULT = new VolumeSpec(new Quantity("10Gi"), null);

  // What a resource leaves out comes as null, here as in all records of this module.
  public VolumeSpec {
    if (size == null) {
      size = new Quantity("10Gi");
    }
  }

  /** The class, where one is named. */
  public Optional<String> className() {
    return Optional.ofNullable(storageClass);
  }
}
