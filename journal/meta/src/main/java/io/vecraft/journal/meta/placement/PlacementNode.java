package io.vecraft.journal.meta.placement;

/**
 * A storage node that replicas can be on.
 *
 * @param name unique in the cluster
 * @param zone what fails together with it; empty is a zone like any other
 */
public record PlacementNode(String name, String zone) {}
