package io.vecraft.crd.cluster;

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
import io.vecraft.crd.common.Api;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of Vecraft: journal, storage, query, gateways, and the etcd that they find each other
 * by.
 */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Kind("VecraftCluster")
@Plural("vecraftclusters")
@Singular("vecraftcluster")
@ShortNames({"vc", "vcc"})
@ValidationRule(
    value =
        "self.metadata.name.size() <= 35 &&"
            + " self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    message =
        "the name of a VecraftCluster starts with a letter and has at most 35 lower case letters,"
            + " digits and '-': Pods, Services and certificates are named after it")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type=='Ready')].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type=='Ready')].reason",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Journal",
    jsonPath = ".spec.journal.replicas",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Storage",
    jsonPath = ".spec.storage.replicas",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Query",
    jsonPath = ".spec.query.replicas",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Gateway",
    jsonPath = ".spec.gateway.replicas",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Image",
    jsonPath = ".spec.image",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class VecraftCluster extends CustomResource<ClusterSpec, ClusterStatus>
    implements Namespaced {

  // Records have no state of their own to begin with.
  @Override
  protected @Nullable ClusterSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable ClusterStatus initStatus() {
    return null;
  }

  @Override
  @Required
  public ClusterSpec getSpec() {
    return super.getSpec();
  }
}
