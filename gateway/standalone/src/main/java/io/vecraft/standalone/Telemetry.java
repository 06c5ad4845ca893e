package io.vecraft.standalone;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Cluster;
import io.vecraft.journal.rpc.Tracing;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the spans of a process go: nowhere, unless the environment names a collector by the
 * variables that OpenTelemetry defines for all programs ({@code OTEL_EXPORTER_OTLP_ENDPOINT} and
 * its like), which then also choose the protocol, the headers and the sampler. Metrics and logs are
 * not sent: they have their own ways.
 */
public final class Telemetry implements AutoCloseable {
  private static final AttributeKey<String> INSTANCE =
      AttributeKey.stringKey("service.instance.id");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("service.version");

  /** One of these says that spans are wanted. */
  private static final List<String> WANTED =
      List.of(
          "otel.exporter.otlp.endpoint",
          "otel.exporter.otlp.traces.endpoint",
          "otel.traces.exporter");

  private final Optional<OpenTelemetrySdk> sdk;

  private Telemetry(Optional<OpenTelemetrySdk> sdk) {
    this.sdk = sdk;
  }

  /**
   * As the environment says.
   *
   * @param role of the process; with {@code vecraft-} before it the name of the service, where the
   *     environment has no other
   * @param instance name of the process
   * @throws VecraftException {@code invalid_argument} when a variable has no meaning
   */
  public static Telemetry ofEnvironment(String role, String instance) {
    if (WANTED.stream().allMatch(name -> setting(name) == null)) {
      return new Telemetry(Optional.empty());
    }
    Map<String, String> defaults =
        Map.of(
            "otel.service.name",
            "vecraft-" + role,
            "otel.exporter.otlp.protocol",
            "http/protobuf",
            "otel.metrics.exporter",
            "none",
            "otel.logs.exporter",
            "none");
    Attributes process = Attributes.of(INSTANCE, instance, VERSION, Cluster.version());
    try {
      return new Telemetry(
          Optional.of(
              AutoConfiguredOpenTelemetrySdk.builder()
                  .disableShutdownHook()
                  .addPropertiesSupplier(() -> defaults)
                  .addResourceCustomizer(
                      (resource, config) -> resource.toBuilder().putAll(process).build())
                  .build()
                  .getOpenTelemetrySdk()));
    } catch (ConfigurationException e) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "OpenTelemetry: " + e.getMessage());
    }
  }

  /** A system property, else the environment variable that goes with it. */
  private static @Nullable String setting(String property) {
    String value = System.getProperty(property);
    return value == null
        ? System.getenv(property.toUpperCase(Locale.ROOT).replace('.', '_'))
        : value;
  }

  /** For the parts of the process. */
  public Tracing tracing() {
    return sdk.map(Tracing::to).orElseGet(Tracing::none);
  }

  /** Sends what is left, for some seconds at most. */
  @Override
  public void close() {
    sdk.ifPresent(OpenTelemetrySdk::close);
  }
}
