package io.vecraft.journal.server;

import io.vecraft.journal.catalog.Partitions;

/**
 * What a journal directory belongs to.
 *
 * @param clusterId a UUID, made with the journal
 * @param incarnation positive; another one after a restore, so that what was given out before it is
 *     recognised
 * @param partitions fixed when the journal is made
 */
public record ClusterIdentity(String clusterId, long incarnation, Partitions partitions) {}
