package io.vecraft.operator.control;

import io.vecraft.control.ControlFigures;
import io.vecraft.operator.control.ControlStarter.Running;
import io.vecraft.operator.control.HostedControls.Resources;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the control of one cluster, on a thread of its own:
 *
 * <ol>
 *   <li>Certificates and keys are written to files that are its own.
 *   <li>Control is started on another thread, because that may wait for the cluster for ever.
 *   <li>Again and again: files are written anew where others are wanted, and the state is told
 *       where it is another one.
 *   <li>It begins anew when what it was started with is not wanted any more, and after a while when
 *       it could not be started. It ends when asked to, or when the resource is gone.
 * </ol>
 *
 * Safe for concurrent use.
 */
final class Host {
  private static final Logger LOG = LoggerFactory.getLogger(Host.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration RETRY = Duration.ofSeconds(5);

  /** What is given up is left to itself after this: closing it waits for others. */
  private static final Duration GIVE_UP = Duration.ofSeconds(10);

  private final ControlStarter starter;
  private final HostedCluster cluster;
  private final Resources resources;
  private final Thread thread;
  private volatile Hosting wanted;
  private volatile HostState state = HostState.STARTING;
  private volatile Optional<Running> running = Optional.empty();
  private volatile boolean ended;

  private Host(ControlStarter starter, HostedCluster cluster, Hosting wanted, Resources resources) {
    this.starter = starter;
    this.cluster = cluster;
    this.wanted = wanted;
    this.resources = resources;
    this.thread = Thread.ofVirtual().name("host-" + cluster).unstarted(this::run);
  }

  static Host start(
      ControlStarter starter, HostedCluster cluster, Hosting wanted, Resources resources) {
    var host = new Host(starter, cluster, wanted, resources);
    host.thread.start();
    return host;
  }

  /** Something else may be wanted now. */
  void want(Hosting hosting) {
    wanted = hosting;
  }

  HostState state() {
    return state;
  }

  /** What control counts, while it runs. */
  Optional<ControlFigures> figures() {
    return running.map(Running::figures);
  }

  /** Asks it to end. */
  void end() {
    ended = true;
    thread.interrupt();
  }

  /** Whether it has ended, or will do so. */
  boolean isOver() {
    return ended || !thread.isAlive();
  }

  void awaitEnd(Duration atMost) {
    try {
      if (!thread.join(atMost)) {
        LOG.warn("{}: control has not ended yet", cluster);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean goesOn() {
    return !ended && resources.isThere(cluster);
  }

  private void run() {
    LOG.info("{}: control runs in the operator", cluster);
    try {
      while (goesOn()) {
        try {
          once();
        } catch (IOException | RuntimeException e) {
          LOG.warn("{}: control cannot run", cluster, e);
          tell(HostState.failed(e));
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("{}: asked to end", cluster);
    } finally {
      ended = true;
      LOG.info("{}: control runs in the operator no more", cluster);
    }
  }

  /** From one start until it has to begin anew or to end. */
  private void once() throws IOException, InterruptedException {
    try (PrivateFiles files = PrivateFiles.make()) {
      Hosting begun = wanted;
      HostedFiles written = HostedFiles.write(files, begun);
      var started = new CompletableFuture<Running>();
      Thread starting =
          Thread.ofVirtual()
              .name("start-" + cluster)
              .start(() -> {
                try {
                  started.complete(starter.start(cluster, begun.fixed(), written));
                } catch (RuntimeException | Error e) {
                  started.completeExceptionally(e);
                }
              });
      try {
        follow(files, begun, started);
      } finally {
        running = Optional.empty();
        stop(starting, started);
      }
    }
  }

  private void follow(PrivateFiles files, Hosting begun, CompletableFuture<Running> started)
      throws IOException, InterruptedException {
    while (goesOn()) {
      Hosting now = wanted;
      if (!begun.goesOnFor(now)) {
        LOG.info("{}: control begins anew, because something else is wanted", cluster);
        tell(HostState.STARTING);
        return;
      }
      var unused = HostedFiles.write(files, now);
      if (started.isCompletedExceptionally()) {
        tell(HostState.failed(started.exceptionNow()));
        Thread.sleep(RETRY);
        return;
      }
      running = started.isDone() ? Optional.of(started.resultNow()) : Optional.empty();
      tell(started.isDone() ? of(started.resultNow()) : HostState.STARTING);
      Thread.sleep(LOOK);
    }
  }

  private static HostState of(Running running) {
    if (!running.isAnswered()) {
      return HostState.NO_ANSWER;
    }
    return running.leads() ? HostState.LEADS : HostState.STANDS_BY;
  }

  /** Ends what was started, or is being started. */
  private void stop(Thread starting, CompletableFuture<Running> started) {
    starting.interrupt();
    // Not on this thread, which may have been interrupted: then nothing could be said to others.
    Thread closing =
        Thread.ofVirtual()
            .name("stop-" + cluster)
            .start(() ->
                started.whenComplete((running, e) -> {
                  if (running != null) {
                    running.close();
                  }
                }));
    boolean interrupted = Thread.interrupted();
    try {
      if (!(starting.join(GIVE_UP) && closing.join(GIVE_UP))) {
        LOG.warn("{}: control takes long to end, and is left to itself", cluster);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(HostState now) {
    if (now.equals(state)) {
      return;
    }
    state = now;
    LOG.info("{}: {}: {}", cluster, now.reason(), now.message());
    try {
      resources.changed(cluster);
    } catch (RuntimeException e) {
      // Who asks for the state gets it all the same.
      LOG.warn("{}: the change could not be told", cluster, e);
    }
  }
}
