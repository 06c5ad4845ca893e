package io.vecraft.operator.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.vecraft.control.ControlFigures;
import io.vecraft.operator.control.ControlStarter.Running;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With control that is a fake: the real one runs in the tests on Kubernetes. */
class HostedControlsTest {
  private static final HostedCluster MAIN = new HostedCluster("data", "main", "u1");

  private final List<Fake> started = new CopyOnWriteArrayList<>();
  private final Set<HostedCluster> there = ConcurrentHashMap.newKeySet();
  private final List<HostedCluster> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch clusterIsThere = new CountDownLatch(1);
  private volatile boolean refuses;
  private final HostedControls controls = new HostedControls(this::start);

  private final HostedControls.Resources resources =
      new HostedControls.Resources() {
        @Override
        public boolean isThere(HostedCluster cluster) {
          return there.contains(cluster);
        }

        @Override
        public void changed(HostedCluster cluster) {
          told.add(cluster);
        }
      };

  private static final class Fake implements Running {
    final Hosting.Fixed fixed;
    final HostedFiles files;
    volatile boolean answered = true;
    volatile boolean leads = true;
    volatile boolean closed;

    Fake(Hosting.Fixed fixed, HostedFiles files) {
      this.fixed = fixed;
      this.files = files;
    }

    @Override
    public boolean isAnswered() {
      return answered;
    }

    @Override
    public boolean leads() {
      return leads;
    }

    @Override
    public ControlFigures figures() {
      return new ControlFigures(
          leads, 7, 0, 1, Map.of("serving", 6.0), Map.of("here", 3.0), Map.of("journal-0", 0.25));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private Running start(HostedCluster cluster, Hosting.Fixed fixed, HostedFiles files) {
    try {
      clusterIsThere.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
    if (refuses) {
      throw new IllegalStateException("no certificate");
    }
    var fake = new Fake(fixed, files);
    started.add(fake);
    return fake;
  }

  @AfterEach
  void close() {
    controls.close();
  }

  private HostState host(Hosting hosting) {
    there.add(MAIN);
    return controls.host(MAIN, hosting, resources);
  }

  private static Hosting hosting(int replicas, String certificate) {
    return new Hosting(
        new Hosting.Fixed(
            List.of(URI.create("https://etcd:2379")),
            "/vecraft/data/main/",
            Optional.empty(),
            "internal.main.data.vecraft",
            replicas,
            Duration.ofSeconds(300),
            Duration.ofMillis(500)),
        new Identity(certificate, "key", "ca"),
        Optional.of(new Identity(certificate, "key", "ca")));
  }

  private void awaitState(HostState wanted) {
    await().until(() -> host(hosting(2, "one")), wanted::equals);
  }

  @Test
  void aClusterThatIsNotThereYetHoldsNobodyUp() {
    assertThat(host(hosting(2, "one"))).isEqualTo(HostState.STARTING);
    assertThat(controls.hosts(MAIN)).isTrue();
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    assertThat(started).hasSize(1);
    assertThat(told).contains(MAIN);
  }

  @Test
  void itsStateIsThatOfWhatRuns() {
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    started.getFirst().leads = false;
    awaitState(HostState.STANDS_BY);
    started.getFirst().answered = false;
    awaitState(HostState.NO_ANSWER);
    assertThat(host(hosting(2, "one")).ready()).isFalse();
  }

  @Test
  void anotherCertificateIsReadWithoutANewStart() {
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    Path certificate = started.getFirst().files.internal().certificate();
    assertThat(certificate).hasContent("one");
    host(hosting(2, "two"));
    await().untilAsserted(() -> assertThat(certificate).hasContent("two"));
    assertThat(started).hasSize(1);
    assertThat(started.getFirst().closed).isFalse();
  }

  @Test
  void otherSettingsBeginAnew() {
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    host(hosting(3, "one"));
    await().until(() -> started.size() == 2);
    assertThat(started.getFirst().closed).isTrue();
    assertThat(started.getLast().fixed.shardReplicas()).isEqualTo(3);
  }

  @Test
  void aResourceThatIsGoneIsNotControlledAnyMore() {
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    there.clear();
    Path certificate = started.getFirst().files.internal().certificate();
    await().until(() -> started.getFirst().closed);
    await().untilAsserted(() -> assertThat(certificate.getParent()).doesNotExist());
    // One of the same name is another cluster, in the place of the one before.
    var again = new HostedCluster("data", "main", "u2");
    there.add(again);
    await()
        .until(() -> controls.host(again, hosting(2, "one"), resources), HostState.LEADS::equals);
    assertThat(controls.hosts(MAIN)).isFalse();
  }

  @Test
  void itEndsWhileItWaitsForTheCluster() {
    host(hosting(2, "one"));
    controls.end(MAIN);
    assertThat(controls.hosts(MAIN)).isFalse();
    controls.close();
    assertThat(started).isEmpty();
  }

  @Test
  void whatCannotStartSaysWhy() {
    refuses = true;
    clusterIsThere.countDown();
    await().until(() -> host(hosting(2, "one")).message().contains("no certificate"));
    assertThat(host(hosting(2, "one")).ready()).isFalse();
  }

  @Test
  void thereAreNoMoreThanTheOperatorCanBear() {
    for (int n = 0; n < HostedControls.CLUSTERS_MAX; n++) {
      var cluster = new HostedCluster("data", "c" + n, "u" + n);
      there.add(cluster);
      assertThat(controls.host(cluster, hosting(2, "one"), resources))
          .isEqualTo(HostState.STARTING);
    }
    assertThat(host(hosting(2, "one")).reason()).isEqualTo("TooMany");
    controls.end(new HostedCluster("data", "c0", "u0"));
    assertThat(host(hosting(2, "one"))).isEqualTo(HostState.STARTING);
  }

  @Test
  void allEndWithTheOperator() {
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    controls.close();
    assertThat(started.getFirst().closed).isTrue();
    assertThat(host(hosting(2, "one")).ready()).isFalse();
  }

  @Test
  void noKeyIsInAText() {
    assertThat(hosting(2, "one").toString()).doesNotContain("key=");
    assertThat(new Hosting.User("root", "secret").toString()).doesNotContain("secret");
  }

  @Test
  void whatItCountsIsToldUnderTheNameOfItsCluster() throws Exception {
    var registry = new CollectorRegistry();
    new HostedMetrics(controls).register(registry);
    assertThat(text(registry)).doesNotContain("data");
    clusterIsThere.countDown();
    awaitState(HostState.LEADS);
    assertThat(text(registry))
        .contains(
            "vecraft_control_leads{namespace=\"data\",app_kubernetes_io_instance=\"main\",} 1.0")
        .contains(
            "vecraft_control_changes_total{namespace=\"data\",app_kubernetes_io_instance=\"main\",} 7.0")
        .contains(
            "vecraft_control_clock_offset_seconds{namespace=\"data\",app_kubernetes_io_instance=\"main\",node=\"journal-0\",} 0.25");
    controls.end(MAIN);
    assertThat(text(registry)).doesNotContain("data");
  }

  private static String text(CollectorRegistry registry) throws IOException {
    var out = new StringWriter();
    TextFormat.write004(out, registry.metricFamilySamples());
    return out.toString();
  }
}
