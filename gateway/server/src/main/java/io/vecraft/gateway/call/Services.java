package io.vecraft.gateway.call;

import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.catalog.Catalog;
import java.util.function.Supplier;

/** Everything that REST and gRPC share. */
public record Services(
    CallFactory calls,
    Traffic traffic,
    Checks checks,
    SessionTokens tokens,
    Searches searches,
    Writes writes,
    Reads reads,
    Collections collections,
    Journals journals,
    Cluster cluster,
    Nodes nodes,
    Health health,
    Metrics metrics,
    Supplier<Catalog> catalog) {}
