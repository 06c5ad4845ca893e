package io.vecraft.operator.control;

import io.vecraft.control.Control;
import io.vecraft.control.ControlFigures;
import io.vecraft.control.HostedControl;
import io.vecraft.journal.meta.EtcdSettings;
import io.vecraft.journal.meta.placement.ReplicaPlan;
import io.vecraft.journal.rpc.InternalTls;
import io.vecraft.journal.tls.IdentityFiles;
import java.time.Duration;
import java.util.Optional;

/** The control that {@code vecraft control} runs as well. */
record EngineControl(String process) implements ControlStarter {
  /** As those of {@code vecraft control}, which the resource has no say in either. */
  private static final int REPAIRS = 1;

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  @Override
  public Running start(HostedCluster cluster, Hosting.Fixed fixed, HostedFiles files) {
    HostedFiles.Place internal = files.internal();
    var access =
        new HostedControl.Access(
            process,
            cluster.toString(),
            new EtcdSettings(
                fixed.endpoints(),
                fixed.keys(),
                fixed.user().map(u -> new EtcdSettings.Credentials(u.name(), u.password())),
                files.etcd().map(EngineControl::etcd),
                EtcdSettings.DEFAULT_TIMEOUT),
            new InternalTls.Files(
                internal.certificate(),
                internal.key(),
                internal.authority(),
                Optional.of(fixed.internalName())));
    var settings =
        new Control.Settings(
            new ReplicaPlan.Settings(fixed.shardReplicas(), REPAIRS),
            fixed.grace(),
            INTERVAL,
            fixed.maxClockOffset());
    return new Started(HostedControl.start(access, settings));
  }

  private static EtcdSettings.Tls etcd(HostedFiles.Place place) {
    return new EtcdSettings.Tls(
        place.authority(), Optional.of(new IdentityFiles(place.certificate(), place.key())));
  }

  private record Started(HostedControl control) implements Running {
    @Override
    public boolean isAnswered() {
      return control.isAnswered();
    }

    @Override
    public boolean leads() {
      return control.leads();
    }

    @Override
    public ControlFigures figures() {
      return control.figures();
    }

    @Override
    public void close() {
      control.close();
    }
  }
}
