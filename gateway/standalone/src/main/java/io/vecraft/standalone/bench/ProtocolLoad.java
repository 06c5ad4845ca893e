package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.proto.api.SearchRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Closed-loop searches through REST and gRPC. */
final class ProtocolLoad {
  private static final List<Integer> CONNECTIONS = List.of(1, 4, 16);

  /** CPU milliseconds of a query on 59,000 x 384 of the fastest server that was measured. */
  private static final Map<Double, Double> BAR = Map.of(0.95, 0.15, 0.99, 0.25);

  private static final int BAR_DIMENSION = 384;

  /** A load that is not this much faster than the best before has not become faster. */
  private static final double FASTER = 1.05;

  private static final int WARM_UPS_STEADY = 2;
  private static final int WARM_UPS_MAX = 8;

  private final BenchPlan plan;
  private final Report.Table table;

  ProtocolLoad(BenchPlan plan, Report report) {
    this.plan = plan;
    this.table =
        report.part("protocol", "Search through a server on one core, the driver on the others");
  }

  void show() {
    table.show();
  }

  private record Point(int ef, double recall, double perSecond) implements Efs.Point {}

  /** What is measured on one server. */
  private record Target(ServerProcess server, DataSet set, String codes) {}

  void measure(ServerProcess server, DataSet set, String codes) {
    Target target = new Target(server, set, codes);
    server.pinToOneCore();
    ServerProcess.pinDriver(true);
    try {
      List<Point> points = sweep(target);
      for (double recall : plan.size().quick() ? Efs.RECALLS.subList(0, 1) : Efs.RECALLS) {
        Efs.first(points, recall).ifPresent(point -> load(target, recall, point));
      }
    } finally {
      ServerProcess.pinDriver(false);
    }
  }

  private List<Point> sweep(Target target) {
    List<Point> points = new ArrayList<>();
    for (int ef : Efs.tried()) {
      Point point = new Point(ef, restRecall(target, ef), 0);
      points.add(point);
      if (point.recall() >= Efs.ENOUGH) {
        break;
      }
    }
    return points;
  }

  private double restRecall(Target target, int ef) {
    DataSet set = target.set();
    long right = 0;
    try (RestConnection connection =
        new RestConnection(target.server().port(), 0, restRequests(set, ef))) {
      for (int q = 0; q < set.queries().length; q++) {
        connection.ask(q);
        JsonNode results = Report.JSON.readTree(connection.lastBody()).path("results");
        int[] found = new int[results.size()];
        for (int i = 0; i < found.length; i++) {
          found[i] = Integer.parseInt(results.get(i).path("id").asText());
        }
        right += set.right(q, found, found.length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a search of the measurement failed", e);
    }
    return (double) right / (set.queries().length * DataSet.K);
  }

  private double grpcRecall(Target target, int ef) {
    DataSet set = target.set();
    long right = 0;
    try (GrpcConnection connection =
        new GrpcConnection(target.server().port(), 0, grpcRequests(set, ef))) {
      for (int q = 0; q < set.queries().length; q++) {
        connection.ask(q);
        int[] found =
            connection.lastAnswer().getResultsList().stream()
                .mapToInt(hit -> Integer.parseInt(hit.getId()))
                .toArray();
        right += set.right(q, found, found.length);
      }
    }
    return (double) right / (set.queries().length * DataSet.K);
  }

  private void load(Target target, double wanted, Point point) {
    byte[][] rest = restRequests(target.set(), point.ef());
    byte[][] grpc = grpcRequests(target.set(), point.ef());
    int port = target.server().port();
    IntFunction<ClosedLoop.Connection> overRest = n -> new RestConnection(port, n, rest);
    IntFunction<ClosedLoop.Connection> overGrpc = n -> new GrpcConnection(port, n, grpc);
    // Both before either is measured: the server's core is the compiler's as well.
    warmUp(target, overRest);
    warmUp(target, overGrpc);
    drive(new Way(target, "REST", wanted, point), overRest);
    drive(
        new Way(target, "gRPC", wanted, new Point(point.ef(), grpcRecall(target, point.ef()), 0)),
        overGrpc);
  }

  /** Keeps a load up until it has not become faster for a while: then the code is compiled. */
  private void warmUp(Target target, IntFunction<ClosedLoop.Connection> connect) {
    int queries = target.set().queries().length;
    double best = 0;
    int steady = 0;
    for (int i = 0; i < WARM_UPS_MAX && steady < WARM_UPS_STEADY; i++) {
      double rate =
          ClosedLoop.run(connect, CONNECTIONS.getLast(), queries, plan.size().load()).perSecond();
      steady = rate > best * FASTER ? 0 : steady + 1;
      best = Math.max(best, rate);
    }
  }

  private record Way(Target target, String protocol, double wanted, Point point) {}

  private void drive(Way way, IntFunction<ClosedLoop.Connection> connect) {
    DataSet set = way.target().set();
    int queries = set.queries().length;
    for (int connections : plan.size().quick() ? CONNECTIONS.subList(1, 2) : CONNECTIONS) {
      double cpu = way.target().server().cpu().toNanos() / 1e6;
      ClosedLoop.Result result = ClosedLoop.run(connect, connections, queries, plan.size().load());
      double cpuMs = way.target().server().cpu().toNanos() / 1e6 - cpu;
      Report.Row row =
          table
              .row()
              .put("set", set.name())
              .put("codes", way.target().codes())
              .put("protocol", way.protocol())
              .put("recall wanted", way.wanted())
              .put("recall", way.point().recall())
              .put("ef", way.point().ef())
              .put("connections", connections)
              .put("qps", result.perSecond())
              .put("P50 ms", result.percentileMs(50))
              .put("P95 ms", result.percentileMs(95))
              .put("P99 ms", result.percentileMs(99))
              .put("cpu ms", cpuMs / result.requests());
      if (set.dimension() == BAR_DIMENSION) {
        row.put("bar cpu ms", BAR.getOrDefault(way.wanted(), 0.0));
      }
      row.put("one core", way.target().server().pinned() ? "yes" : "no");
    }
  }

  private static byte[][] restRequests(DataSet set, int ef) {
    return Arrays.stream(set.queries())
        .map(q -> RestConnection.post("/v1/collections/bench/search", JsonVectors.search(q, ef)))
        .toArray(byte[][]::new);
  }

  private static byte[][] grpcRequests(DataSet set, int ef) {
    return Arrays.stream(set.queries())
        .map(q -> {
          var request = SearchRequest.newBuilder().setCollection("bench").setK(DataSet.K).setEf(ef);
          for (float x : q) {
            request.addVector(x);
          }
          return request.build().toByteArray();
        })
        .toArray(byte[][]::new);
  }
}
