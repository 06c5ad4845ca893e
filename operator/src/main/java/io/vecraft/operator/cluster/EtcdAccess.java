package io.vecraft.operator.cluster;

import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.ExternalEtcdSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the processes of a cluster reach etcd.
 *
 * @param endpoints client URLs
 * @param namespace what the cluster's keys begin with
 * @param arguments that say so
 * @param secrets Secrets to mount, beside the process's own certificate
 */
record EtcdAccess(
    List<String> endpoints, String namespace, List<String> arguments, List<Mounted> secrets) {
  private static final String TLS = "/etc/vecraft/etcd";
  private static final String USER = "/etc/vecraft/etcd-user";

  /** A Secret as files of a directory. */
  record Mounted(String volume, String secret, String directory) {}

  static EtcdAccess of(ClusterSpec spec, ClusterNames names) {
    return Optional.ofNullable(spec.etcd().external())
        .map(external -> external(external, names))
        .orElseGet(() -> managed(names));
  }

  private static EtcdAccess managed(ClusterNames names) {
    List<String> endpoints =
        List.of("https://" + names.dns(names.etcdClient()) + ":" + Ports.ETCD_CLIENT);
    List<String> arguments = arguments(endpoints, names);
    arguments.add("--etcd-ca=" + PodParts.TLS + "/ca.crt");
    arguments.add("--etcd-cert=" + PodParts.TLS + "/tls.crt");
    arguments.add("--etcd-key=" + PodParts.TLS + "/tls.key");
    return new EtcdAccess(endpoints, namespace(names), List.copyOf(arguments), List.of());
  }

  private static EtcdAccess external(ExternalEtcdSpec external, ClusterNames names) {
    List<String> arguments = arguments(external.endpoints(), names);
    var secrets = new ArrayList<Mounted>();
    if (external.tlsSecret() != null) {
      arguments.add("--etcd-ca=" + TLS + "/ca.crt");
      arguments.add("--etcd-cert=" + TLS + "/tls.crt");
      arguments.add("--etcd-key=" + TLS + "/tls.key");
      secrets.add(new Mounted("etcd-tls", external.tlsSecret(), TLS));
    }
    if (external.userSecret() != null) {
      arguments.add("--etcd-user=$(ETCD_USER)");
      arguments.add("--etcd-password-file=" + USER + "/password");
      secrets.add(new Mounted("etcd-user", external.userSecret(), USER));
    }
    return new EtcdAccess(
        external.endpoints(), namespace(names), List.copyOf(arguments), List.copyOf(secrets));
  }

  private static List<String> arguments(List<String> endpoints, ClusterNames names) {
    var arguments = new ArrayList<String>();
    arguments.add("--etcd=" + String.join(",", endpoints));
    arguments.add("--etcd-namespace=" + namespace(names));
    return arguments;
  }

  private static String namespace(ClusterNames names) {
    return "/vecraft/" + names.namespace() + "/" + names.cluster() + "/";
  }
}
