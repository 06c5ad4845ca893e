package io.vecraft.gateway.grpc;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.call.Services;
import io.vecraft.gateway.limits.Limit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Puts the gRPC services together. */
public final class GrpcInterface {
  private GrpcInterface() {}

  /**
   * The service of all methods, with reflection and health, which need no key.
   *
   * @param blocking a thread for each call that may block
   * @param closing whether the server wants to stop, so that streams end
   */
  public static GrpcService build(Services services, Executor blocking, BooleanSupplier closing) {
    var limits = services.checks().limits();
    var runner = new GrpcRunner(blocking, services.traffic(), closing, limits);
    var convert = new Convert(services.checks(), services.tokens());
    var interceptor = new CallInterceptor(services);
    List<BindableService> guarded =
        List.of(
            new SearchGrpc(runner, convert, services.searches()),
            new RecordGrpc(runner, convert, services.writes(), services.reads()),
            new TransactionGrpc(runner, convert, services.writes()),
            new CollectionGrpc(runner, convert, services.collections(), services.reads()),
            new LineageGrpc(
                runner, convert, services.journals(), services.reads(), services.catalog()),
            new MetaGrpc(
                runner,
                convert,
                services.collections(),
                services.cluster(),
                services.catalog(),
                services.traffic().inFlight().subscriptions()));
    var builder =
        GrpcService.builder()
            .maxRequestMessageLength(limits.getInt(Limit.BODY_BYTES))
            // JSON over gRPC would load a second JSON library at every start.
            .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
            .exceptionHandler((context, status, cause, trailers) ->
                told(services.calls(), context, status, cause, trailers))
            .addService(ProtoReflectionServiceV1.newInstance())
            .addService(new HealthService(services.health()));
    guarded.forEach(
        service -> builder.addService(ServerInterceptors.intercept(service, interceptor)));
    return builder.build();
  }

  /** As the services tell their errors: with code and request id in the details. */
  private static @Nullable Status told(
      CallFactory calls,
      RequestContext context,
      Status status,
      Throwable cause,
      Metadata trailers) {
    Optional<VecraftException> error = GrpcErrors.of(status, cause);
    if (error.isEmpty()) {
      return null;
    }
    StatusRuntimeException told = GrpcErrors.of(error.get(), requestId(calls, context));
    if (told.getTrailers() != null) {
      trailers.merge(told.getTrailers());
    }
    return told.getStatus();
  }

  private static String requestId(CallFactory calls, RequestContext context) {
    HttpRequest request = context.request();
    try {
      return (request == null ? Optional.<String>empty() : calls.requestId(request.headers()))
          .orElseGet(calls::newRequestId);
    } catch (VecraftException e) {
      return calls.newRequestId();
    }
  }

  /** {@code grpc.health.v1}: the process as a whole, by the checks of {@code /readyz}. */
  private static final class HealthService extends HealthGrpc.HealthImplBase {
    private final Health health;

    HealthService(Health health) {
      this.health = health;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> out) {
      out.onNext(
          HealthCheckResponse.newBuilder()
              .setStatus(
                  health.failures().isEmpty()
                      ? HealthCheckResponse.ServingStatus.SERVING
                      : HealthCheckResponse.ServingStatus.NOT_SERVING)
              .build());
      out.onCompleted();
    }
  }
}
