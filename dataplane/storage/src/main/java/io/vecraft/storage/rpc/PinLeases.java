package io.vecraft.storage.rpc;

import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pins of other processes. Each lasts for the lease since it was made or last renewed, so that a
 * process that is gone pins nothing for long. How many there may be is the replica's limit. Safe
 * for concurrent use.
 */
final class PinLeases implements AutoCloseable {
  private final long leaseNanos;
  private final Map<Long, Lease> leases = new HashMap<>(); // guarded by this

  private static final class Lease {
    private final ShardReader.Pin pin;
    private long expiresNanos;

    Lease(ShardReader.Pin pin, long expiresNanos) {
      this.pin = pin;
      this.expiresNanos = expiresNanos;
    }
  }

  PinLeases(long leaseNanos) {
    this.leaseNanos = leaseNanos;
  }

  /** Pins; an id that is pinned already is renewed, as its owner has asked twice. */
  void pin(long id, ShardReader reader, long stamp) {
    if (renew(id)) {
      return;
    }
    ShardReader.Pin pin = reader.pin(stamp);
    Optional<Lease> before;
    synchronized (this) {
      before = Optional.ofNullable(leases.put(id, new Lease(pin, expiry())));
    }
    before.ifPresent(lease -> lease.pin.close());
  }

  private long expiry() {
    return System.nanoTime() + leaseNanos;
  }

  /** Whether the pin is there; then it lasts for another lease. */
  synchronized boolean renew(long id) {
    Lease lease = leases.get(id);
    if (lease == null) {
      return false;
    }
    lease.expiresNanos = expiry();
    return true;
  }

  void unpin(long id) {
    Optional<Lease> lease;
    synchronized (this) {
      lease = Optional.ofNullable(leases.remove(id));
    }
    lease.ifPresent(l -> l.pin.close());
  }

  synchronized int size() {
    return leases.size();
  }

  /** Ends the pins whose lease has run out. */
  void expire() {
    List<Lease> expired = new ArrayList<>();
    synchronized (this) {
      long now = System.nanoTime();
      for (Iterator<Lease> all = leases.values().iterator(); all.hasNext(); ) {
        Lease lease = all.next();
        if (now - lease.expiresNanos > 0) {
          all.remove();
          expired.add(lease);
        }
      }
    }
    expired.forEach(lease -> lease.pin.close());
  }

  @Override
  public void close() {
    List<Lease> all;
    synchronized (this) {
      all = List.copyOf(leases.values());
      leases.clear();
    }
    all.forEach(lease -> lease.pin.close());
  }
}
