package io.vecraft.operator.control;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the control of a cluster is to run here.
 *
 * @param fixed what it has to begin anew for when it changes
 * @param internal for the cluster's processes; may change while it runs
 * @param etcd for etcd, where that speaks TLS; may change while it runs
 */
public record Hosting(Fixed fixed, Identity internal, Optional<Identity> etcd) {

  /**
   * What stays as it is while it runs.
   *
   * @param endpoints client URLs of etcd
   * @param keys what the cluster's keys in etcd begin with
   * @param user of etcd, where it wants one
   * @param internalName that the certificates of all processes are good for
   * @param shardReplicas storage nodes that have each shard, where a collection says nothing
   * @param grace how long a storage node may be away before its replicas are made elsewhere
   * @param maxClockOffset machine clocks further apart are warned of
   */
  public record Fixed(
      List<URI> endpoints,
      String keys,
      Optional<User> user,
      String internalName,
      int shardReplicas,
      Duration grace,
      Duration maxClockOffset) {
    public Fixed {
      endpoints = List.copyOf(endpoints);
    }
  }

  /** A user of etcd. The password is not part of the text form. */
  public record User(String name, String password) {
    @Override
    public String toString() {
      return "User[" + name + "]";
    }
  }

  /** Whether what runs for this can go on for another. */
  boolean goesOnFor(Hosting other) {
    return fixed.equals(other.fixed) && etcd.isPresent() == other.etcd.isPresent();
  }
}
