package io.vecraft.crd.collection;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import io.vecraft.crd.cluster.StorageSpec;
import io.vecraft.crd.common.Api;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A collection of a cluster. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Kind("Collection")
@Plural("collections")
@Singular("collection")
@ShortNames("vcol")
@ValidationRule(
    value =
        "!has(self.spec.storage) || (self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')"
            + " && self.metadata.name != 'shared' && self.metadata.name.size() +"
            + " self.spec.cluster.size() <= 43)",
    message =
        "with storage of its own the resource's name has lower case letters, digits and '-' alone,"
            + " is not 'shared', and together with that of the cluster at most 43 characters")
@ValidationRule(
    value = "has(self.spec.name) || self.metadata.name.matches('^[a-z0-9][a-z0-9-]{0,62}$')",
    message =
        "spec.name is needed: the name of this resource cannot be that of a collection (1 to 63"
            + " lower case letters, digits and '-')")
@AdditionalPrinterColumn(
    name = "Cluster",
    jsonPath = ".spec.cluster",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type=='Ready')].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type=='Ready')].reason",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Dimension",
    jsonPath = ".spec.vector.dimension",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Metric",
    jsonPath = ".spec.vector.metric",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Shards",
    jsonPath = ".spec.shards",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class Collection extends CustomResource<CollectionSpec, CollectionStatus>
    implements Namespaced {

  // Records have no state of their own to begin with.
  @Override
  protected @Nullable CollectionSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable CollectionStatus initStatus() {
    return null;
  }

  @Override
  @Required
  public CollectionSpec getSpec() {
    return super.getSpec();
  }

  /** Storage nodes of its own, where it is to have some. */
  public Optional<StorageSpec> ownStorage() {
    return Optional.ofNullable(getSpec().storage());
  }

  /** The name of the collection in the cluster. */
  public String collectionName() {
    return Optional.ofNullable(getSpec().name()).orElse(getMetadata().getName());
  }
}
