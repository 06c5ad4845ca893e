package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import org.jspecify.annotations.Nullable;

/**
 * An etcd that the operator runs.
 *
 * @param image of etcd 3.6
 * @param replicas 1, 3 or 5
 * @param volume of each member
 * @param resources of each member
 */
@ValidationRule(
    value = "self.replicas in [1, 3, 5]",
    message = "etcd has 1, 3 or 5 replicas",
    fieldPath = ".replicas")
@ValidationRule(
    value = "self.replicas == oldSelf.replicas",
    message = "the number of etcd replicas cannot be changed yet",
    fieldPath = ".replicas")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ManagedEtcdSpec(
    @Default(ManagedEtcdSpec.IMAGE) @JsonPropertyDescription("Image of etcd 3.6.") String image,
    @Default("3") @JsonPropertyDescription("Members: 1, 3 or 5; cannot be changed.") int replicas,
    @Default("{}") @JsonPropertyDescription("Volume of each member.") VolumeSpec volume,
    @JsonPropertyDescription("Requests and limits of each member.")
        @Nullable ResourceRequirements resources) {
  static final String IMAGE = "quay.io/coreos/etcd:v3.6.8";
  private static final int REPLICAS = 3;

  /** Three members. */
  public static final ManagedEtcdSpec DEFAULT =
      new ManagedEtcdSpec(IMAGE, REPLICAS, VolumeSpec.DEFAULT, null);

  public ManagedEtcdSpec {
    image = image == null ? IMAGE : image;
    replicas = replicas == 0 ? REPLICAS : replicas;
    volume = volume == null ? VolumeSpec.DEFAULT : volume;
  }
}
