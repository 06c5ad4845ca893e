package io.vecraft.operator.control;

import java.util.Optional;

/**
 * How it stands with the control of a cluster that runs here, in the words of a condition.
 *
 * @param ready whether it stands for election, and the cluster's etcd answers
 * @param reason one word
 * @param message a sentence
 */
public record HostState(boolean ready, String reason, String message) {
  /** From when it is wanted until the cluster is there. */
  public static final HostState STARTING =
      new HostState(
          false, "Starting", "control in the operator waits for the cluster's etcd and journal");

  static final HostState LEADS = new HostState(true, "Leads", "the operator controls the cluster");

  static final HostState STANDS_BY =
      new HostState(true, "StandsBy", "the operator would control the cluster, but another does");

  static final HostState NO_ANSWER =
      new HostState(
          false, "EtcdSilent", "control in the operator gets no answer from the cluster's etcd");

  static HostState failed(Throwable why) {
    return new HostState(
        false,
        "Failed",
        "control in the operator cannot start: "
            + Optional.ofNullable(why.getMessage()).orElse(why.toString()));
  }

  static HostState refused(int max) {
    return new HostState(
        false, "TooMany", "the operator controls %d clusters already, and no more".formatted(max));
  }
}
