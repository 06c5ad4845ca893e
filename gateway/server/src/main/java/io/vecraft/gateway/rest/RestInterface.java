package io.vecraft.gateway.rest;

import io.vecraft.gateway.body.Bodies;
import io.vecraft.gateway.body.CollectionBody;
import io.vecraft.gateway.body.DeleteBody;
import io.vecraft.gateway.body.DrainBody;
import io.vecraft.gateway.body.JournalBody;
import io.vecraft.gateway.body.KeyBody;
import io.vecraft.gateway.body.PartitionBody;
import io.vecraft.gateway.body.QueryBody;
import io.vecraft.gateway.body.RecordBody;
import io.vecraft.gateway.body.SearchBody;
import io.vecraft.gateway.body.ShardBody;
import io.vecraft.gateway.body.TransactionBody;
import io.vecraft.gateway.call.Services;
import io.vecraft.gateway.limits.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/** Puts the REST interface together. */
public final class RestInterface {
  private RestInterface() {}

  /**
   * The service of all routes.
   *
   * @param blocking a thread for each call that may block
   * @param closing whether the server wants to stop, so that streams end
   */
  public static RestService build(Services services, Executor blocking, BooleanSupplier closing) {
    var bodies = new Bodies(services.checks());
    var records = new RecordBody(bodies);
    var writers = new Writers(services.tokens());
    var tails =
        new TailStream(blocking, closing, services.checks().limits().get(Limit.TAIL_STALL_MS));
    var routes = new ArrayList<Route>();
    routes.addAll(
        new SearchRoutes(new SearchBody(bodies), services.searches(), services.checks(), writers)
            .routes());
    routes.addAll(
        new RecordRoutes(
                new RecordRoutes.Bodies(
                    records,
                    new QueryBody(bodies),
                    new DeleteBody(bodies),
                    new TransactionBody(bodies, records)),
                services.writes(),
                services.reads(),
                services.checks(),
                writers)
            .routes());
    routes.addAll(
        new CollectionRoutes(
                new CollectionBody(bodies),
                new ShardBody(bodies),
                new KeyBody(bodies),
                services.collections(),
                services.reads(),
                writers,
                services.checks())
            .routes());
    routes.addAll(
        new LineageRoutes(
                services.journals(),
                new JournalBody(bodies),
                new PartitionBody(bodies),
                services.catalog(),
                tails,
                writers,
                services.checks())
            .routes());
    routes.addAll(
        new SystemRoutes(
                services.cluster(),
                services.nodes(),
                new DrainBody(bodies),
                services.health(),
                services.metrics(),
                services.catalog(),
                writers)
            .routes());
    return new RestService(
        List.copyOf(routes),
        services.calls(),
        services.traffic(),
        services.checks().limits(),
        blocking);
  }
}
