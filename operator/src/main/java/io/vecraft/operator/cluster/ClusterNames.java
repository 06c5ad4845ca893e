package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.engine.Gateways;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What the objects of a cluster are called, and where its processes find each other. Names are for
 * good: Kubernetes keeps data under some of them.
 *
 * @param namespace of the cluster
 * @param cluster name of the resource
 * @param uid of the resource
 * @param domain of the Kubernetes cluster's DNS
 */
record ClusterNames(String namespace, String cluster, String uid, String domain) {

  static ClusterNames of(VecraftCluster resource, String domain) {
    return new ClusterNames(
        resource.getMetadata().getNamespace(),
        resource.getMetadata().getName(),
        resource.getMetadata().getUid(),
        domain);
  }

  /** Of the StatefulSet or Deployment, its Service, its PodDisruptionBudget, its NetworkPolicy. */
  String of(Part part) {
    return cluster + "-" + part.text();
  }

  String etcdClient() {
    return cluster + "-etcd-client";
  }

  /** Secret of the certificate of what runs there. */
  String certificate(Part part) {
    return of(part.component()) + "-certificate";
  }

  /** Secret of the certificate that clients see. */
  String publicCertificate() {
    return Gateways.publicCertificate(cluster);
  }

  /** Resource of a partition of the journal. */
  String partition(int number) {
    return cluster + "-partition-" + number;
  }

  /** Service over all Pods, for Prometheus. */
  String metrics() {
    return cluster + "-metrics";
  }

  String authority() {
    return cluster + "-authority";
  }

  String bootstrapKey() {
    return cluster + "-bootstrap-key";
  }

  /**
   * The name that every certificate of the cluster is good for: Pods without a name of their own
   * are reached by address.
   */
  String internal() {
    return "internal." + cluster + "." + namespace + ".vecraft";
  }

  /** A name in the namespace, as all of the Kubernetes cluster finds it. */
  String dns(String service) {
    return service + "." + namespace + ".svc." + domain;
  }

  /** Names of the Pods of a StatefulSet. */
  List<String> pods(Part part, int replicas) {
    return IntStream.range(0, replicas).mapToObj(n -> of(part) + "-" + n).toList();
  }

  /** Where a Pod of a StatefulSet is found. */
  String podDns(Part part, String pod) {
    return pod + "." + dns(of(part));
  }

  /** What selects the Pods; never changes. */
  Map<String, String> selector(Part part) {
    var labels = new TreeMap<>(Labels.ofInstance(cluster));
    labels.put(Labels.COMPONENT, part.text());
    return labels;
  }

  /** Labels of a component's objects. */
  Map<String, String> labels(Part part) {
    var labels = new TreeMap<>(selector(part));
    labels.put(Labels.MANAGED_BY, Labels.OPERATOR);
    return labels;
  }

  private OwnerReference owner() {
    return new OwnerReferenceBuilder()
        .withApiVersion("vecraft.io/v1alpha1")
        .withKind("VecraftCluster")
        .withName(cluster)
        .withUid(uid)
        .withController(true)
        .withBlockOwnerDeletion(true)
        .build();
  }

  /** Name, labels and owner of a component's object. */
  ObjectMetaBuilder metadata(Part part, String name) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(namespace)
        .withLabels(labels(part))
        .withOwnerReferences(owner());
  }

  /** Name, labels and owner of an object of the cluster as a whole. */
  ObjectMetaBuilder metadata(String name) {
    var labels = new TreeMap<>(Labels.ofInstance(cluster));
    labels.put(Labels.MANAGED_BY, Labels.OPERATOR);
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(namespace)
        .withLabels(labels)
        .withOwnerReferences(owner());
  }
}
