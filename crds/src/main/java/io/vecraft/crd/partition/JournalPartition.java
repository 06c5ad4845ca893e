package io.vecraft.crd.partition;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
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

/** A partition of a cluster's journal. The operator makes one for each that a cluster has. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Kind("JournalPartition")
@Plural("journalpartitions")
@Singular("journalpartition")
@ShortNames("vjp")
@AdditionalPrinterColumn(
    name = "Cluster",
    jsonPath = ".spec.cluster",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Partition",
    jsonPath = ".spec.partition",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Role",
    jsonPath = ".spec.role",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Leader",
    jsonPath = ".status.leader",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Placed",
    jsonPath = ".status.conditions[?(@.type=='Placed')].status",
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
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class JournalPartition
    extends CustomResource<JournalPartitionSpec, JournalPartitionStatus> implements Namespaced {

  // Records have no state of their own to begin with.
  @Override
  protected @Nullable JournalPartitionSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable JournalPartitionStatus initStatus() {
    return null;
  }

  @Override
  @Required
  public JournalPartitionSpec getSpec() {
    return super.getSpec();
  }
}
