package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.vecraft.crd.common.DeletionPolicy;

/**
 * A cluster as it is wanted. Everything but the image has a default.
 *
 * @param image of Vecraft, for all roles
 * @param imagePullPolicy of that image
 * @param etcd the metadata store
 * @param journal the journal nodes
 * @param storage the storage nodes
 * @param query the query processors
 * @param gateway the gateways
 * @param control who places the replicas of shards
 * @param clock of the machines
 * @param certificates of the processes
 * @param authentication of clients
 * @param deletionPolicy what becomes of the volumes when the resource is deleted
 * @param paused whether the operator leaves everything as it is, but for certificates
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterSpec(
    @Required @Size(min = 1, max = 512) @JsonPropertyDescription("Image of Vecraft, for all roles.")
        String image,
    @Default("IfNotPresent") @JsonPropertyDescription("When nodes pull the image.")
        PullPolicy imagePullPolicy,
    @Default("{\"managed\": {}}") @JsonPropertyDescription("The metadata store.") EtcdSpec etcd,
    @Default("{}") @JsonPropertyDescription("The journal nodes.") JournalSpec journal,
    @Default("{}") @JsonPropertyDescription("The storage nodes.") StorageSpec storage,
    @Default("{}") @JsonPropertyDescription("The query processors.") QuerySpec query,
    @Default("{}") @JsonPropertyDescription("The gateways.") GatewaySpec gateway,
    @Default("{}") @JsonPropertyDescription("Who places the replicas of shards.")
        ControlSpec control,
    @Default("{}") @JsonPropertyDescription("The clocks of the machines.") ClockSpec clock,
    @Default("{}")
        @JsonPropertyDescription("Certificates with which the processes know each other.")
        CertificatesSpec certificates,
    @Default("{}") @JsonPropertyDescription("Who may call the gateways.")
        AuthenticationSpec authentication,
    @Default("Retain")
        @JsonPropertyDescription(
            "What becomes of the volumes when this resource is deleted: Retain or Delete.")
        DeletionPolicy deletionPolicy,
    @Default("false")
        @JsonPropertyDescription(
            "Leave everything as it is; certificates are renewed all the same.")
        boolean paused) {

  public ClusterSpec {
    imagePullPolicy = imagePullPolicy == null ? PullPolicy.IF_NOT_PRESENT : imagePullPolicy;
    etcd = etcd == null ? EtcdSpec.DEFAULT : etcd;
    journal = journal == null ? JournalSpec.DEFAULT : journal;
    storage = storage == null ? StorageSpec.DEFAULT : storage;
    query = query == null ? QuerySpec.DEFAULT : query;
    gateway = gateway == null ? GatewaySpec.DEFAULT : gateway;
    control = control == null ? ControlSpec.DEFAULT : control;
    clock = clock == null ? ClockSpec.DEFAULT : clock;
    certificates = certificates == null ? CertificatesSpec.DEFAULT : certificates;
    authentication = authentication == null ? AuthenticationSpec.DEFAULT : authentication;
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.RETAIN : deletionPolicy;
  }
}
