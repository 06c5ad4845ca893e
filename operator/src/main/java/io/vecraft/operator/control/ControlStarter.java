package io.vecraft.operator.control;

import io.vecraft.control.ControlFigures;

/** Starts the control of a cluster. */
interface ControlStarter {
  /** Control that has been started. Safe for concurrent use. */
  interface Running extends AutoCloseable {
    boolean isAnswered();

    boolean leads();

    ControlFigures figures();

    @Override
    void close();
  }

  /**
   * Returns once it stands for election; may wait for the cluster for ever, until interrupted.
   *
   * @param files where the files of {@link HostedFiles} are
   */
  Running start(HostedCluster cluster, Hosting.Fixed fixed, HostedFiles files);
}
