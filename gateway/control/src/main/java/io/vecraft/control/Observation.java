package io.vecraft.control;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.meta.placement.ObservedNode;
import io.vecraft.journal.meta.placement.ReplicaChange;
import java.util.List;

/**
 * What control has last observed.
 *
 * @param catalog with the map of replicas
 * @param nodes the storage nodes
 * @param planned what was to be changed then
 */
public record Observation(Catalog catalog, List<ObservedNode> nodes, List<ReplicaChange> planned) {}
