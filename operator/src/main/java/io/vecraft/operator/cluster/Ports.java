package io.vecraft.operator.cluster;

/** Ports of the processes. */
final class Ports {
  /** Services between processes. */
  static final int INTERNAL = 9000;

  /** Replication between journal nodes. */
  static final int REPLICATION = 9001;

  /** Health and metrics. */
  static final int OPS = 9002;

  /** What clients call. */
  static final int PUBLIC = 8750;

  static final int ETCD_CLIENT = 2379;
  static final int ETCD_PEER = 2380;

  /** Health and metrics of etcd. */
  static final int ETCD_OPS = 2381;

  private Ports() {}
}
