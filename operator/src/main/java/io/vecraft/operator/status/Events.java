package io.vecraft.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vecraft.crd.common.ConditionState;
import io.vecraft.operator.apply.Labels;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people what has happened to a resource, as Events of Kubernetes: once when it happens, not
 * at each pass that finds it so. An Event that cannot be written fails nothing. Safe for concurrent
 * use.
 */
public final class Events {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** The reason of a condition that an action has failed. */
  private static final String FAILED = "Failed";

  private final KubernetesClient client;
  private final Clock clock;

  public Events(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * Tells when a condition is another one than before, or for another reason.
   *
   * @param type of the condition
   * @param before what was told last; empty when nothing was
   * @param now what is told now
   */
  public void changed(
      HasMetadata about, String type, List<ConditionState> before, List<ConditionState> now) {
    Optional<ConditionState> is = of(type, now);
    if (is.isEmpty()) {
      return;
    }
    Optional<ConditionState> was = of(type, before);
    // That a new resource is not ready yet is no news.
    boolean news = was.map(w -> !same(w, is.get())).orElseGet(() -> is.get().holds());
    if (news) {
      ConditionState state = is.get();
      if (state.reason().equals(FAILED)) {
        failed(about, state.reason(), type, state.message());
      } else {
        done(about, state.reason(), type, state.message());
      }
    }
  }

  private static Optional<ConditionState> of(String type, List<ConditionState> conditions) {
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
  }

  private static boolean same(ConditionState a, ConditionState b) {
    return a.status() == b.status() && a.reason().equals(b.reason());
  }

  /**
   * Something was done, or is so now.
   *
   * @param reason one word for programs
   * @param action one word for what the operator is about
   * @param note a sentence for people
   */
  public void done(HasMetadata about, String reason, String action, String note) {
    write(about, "Normal", reason, action, note);
  }

  /** Something went wrong; as {@link #done}. */
  public void failed(HasMetadata about, String reason, String action, String note) {
    write(about, "Warning", reason, action, note);
  }

  private void write(HasMetadata about, String type, String reason, String action, String note) {
    Instant now = clock.instant();
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withGenerateName(about.getMetadata().getName() + "-")
            .withNamespace(about.getMetadata().getNamespace())
            .endMetadata()
            .withEventTime(new MicroTime(MICROS.format(now)))
            .withReportingController("vecraft.io/operator")
            .withReportingInstance(Labels.OPERATOR)
            .withType(type)
            .withReason(reason)
            .withAction(action)
            .withNote(EventNote.fitting(note))
            .withRegarding(reference(about))
            .build();
    try {
      client.resource(event).create();
    } catch (KubernetesClientException e) {
      LOG.info("an Event was not written: {}: {}", note, e.getMessage());
    }
  }

  private static ObjectReference reference(HasMetadata about) {
    return new ObjectReferenceBuilder()
        .withApiVersion(about.getApiVersion())
        .withKind(about.getKind())
        .withNamespace(about.getMetadata().getNamespace())
        .withName(about.getMetadata().getName())
        .withUid(about.getMetadata().getUid())
        .withResourceVersion(about.getMetadata().getResourceVersion())
        .build();
  }
}
