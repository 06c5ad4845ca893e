package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * The metadata store: one that the operator runs, or one that is there already.
 *
 * @param managed the operator runs it
 * @param external somebody else runs it
 */
@ValidationRule(
    value = "has(self.managed) != has(self.external)",
    message = "etcd needs exactly one of managed and external")
@ValidationRule(
    value = "has(self.managed) == has(oldSelf.managed)",
    message = "a cluster does not move between a managed and an external etcd")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EtcdSpec(
    @JsonPropertyDescription("An etcd that the operator runs for this cluster alone.")
        @Nullable ManagedEtcdSpec managed,
    @JsonPropertyDescription("An etcd that is there already.")
        @Nullable ExternalEtcdSpec external) {
  /** A managed one with its defaults. */
  public static final EtcdSpec DEFAULT = new EtcdSpec(ManagedEtcdSpec.DEFAULT, null);
}
