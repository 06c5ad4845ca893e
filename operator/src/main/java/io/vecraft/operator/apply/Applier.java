package io.vecraft.operator.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies objects on the server's side, under one name, and only those that are not as they should
 * be: an annotation has the digest of what was applied last, which shows that something else is
 * wanted now, also where less is wanted; {@link Drift} shows what somebody else has changed.
 *
 * <p>Safe for concurrent use.
 */
public final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();
  private static final PatchContext SERVER_SIDE =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(Labels.OPERATOR)
          .withForce(true)
          .build();

  private final KubernetesClient client;

  public Applier(KubernetesClient client) {
    this.client = client;
  }

  /** Why an object has to be applied; empty when it is as it should be. */
  public static Optional<String> reason(HasMetadata desired, Optional<? extends HasMetadata> live) {
    if (live.isEmpty()) {
      return Optional.of("it is not there");
    }
    Map<String, String> annotations =
        Optional.ofNullable(live.get().getMetadata().getAnnotations()).orElse(Map.of());
    if (!digest(desired).equals(annotations.get(Labels.APPLIED))) {
      return Optional.of("something else is wanted");
    }
    return Drift.between(JSON.valueToTree(desired), JSON.valueToTree(live.get()))
        .map(path -> "somebody has changed " + path);
  }

  /**
   * Applies an object unless it is as it should be.
   *
   * @param live the object as it is, from a cache
   * @return whether it was applied
   */
  public boolean apply(HasMetadata desired, Optional<? extends HasMetadata> live) {
    Optional<String> reason = reason(desired, live);
    reason.ifPresent(why -> {
      LOG.info(
          "applying {} {}/{}: {}",
          desired.getKind(),
          desired.getMetadata().getNamespace(),
          desired.getMetadata().getName(),
          why);
      client.resource(stamped(desired)).patch(SERVER_SIDE);
    });
    return reason.isPresent();
  }

  /** The object with the digest of itself. */
  private HasMetadata stamped(HasMetadata desired) {
    String digest = digest(desired);
    HasMetadata copy = client.getKubernetesSerialization().clone(desired);
    var annotations =
        new TreeMap<>(Optional.ofNullable(copy.getMetadata().getAnnotations()).orElse(Map.of()));
    annotations.put(Labels.APPLIED, digest);
    copy.getMetadata().setAnnotations(annotations);
    return copy;
  }

  private static String digest(HasMetadata desired) {
    try {
      JsonNode tree = JSON.valueToTree(desired);
      if (tree instanceof ObjectNode object) {
        object.remove("status");
      }
      byte[] text =
          JSON.writeValueAsString(JSON.treeToValue(tree, Object.class))
              .getBytes(StandardCharsets.UTF_8);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException | JsonProcessingException e) {
      throw new IllegalStateException("an object cannot be digested", e);
    }
  }
}
