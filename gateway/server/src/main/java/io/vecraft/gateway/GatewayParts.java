package io.vecraft.gateway;

import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.embedding.EmbeddingProviders;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.gateway.write.CollectionAdmin;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.gateway.write.WritePath;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.rpc.Tracing;
import io.vecraft.journal.time.StampClock;
import io.vecraft.query.QueryProcessor;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the edge stands in front of.
 *
 * @param query reads
 * @param writes writes of records
 * @param collections collections and keys
 * @param lineage the journal, as it can be asked about
 * @param embeddings providers that turn text into vectors
 * @param catalog the newest catalog that this process knows
 * @param clock the quorum clock
 * @param clusterId of the cluster; its session tokens are of no use in another
 * @param incarnation of the cluster; tokens from another one are refused
 * @param nodes the storage nodes that are known, for the description of the cluster
 * @param readiness what must hold for {@code /readyz} to answer 200, each by name
 * @param metrics of the process
 * @param tracing spans of requests
 */
public record GatewayParts(
    QueryProcessor query,
    WritePath writes,
    CollectionAdmin collections,
    Lineage lineage,
    EmbeddingProviders embeddings,
    Supplier<Catalog> catalog,
    StampClock clock,
    String clusterId,
    long incarnation,
    Supplier<? extends List<? extends StorageNodeView>> nodes,
    List<Health.Check> readiness,
    Metrics metrics,
    Tracing tracing) {}
