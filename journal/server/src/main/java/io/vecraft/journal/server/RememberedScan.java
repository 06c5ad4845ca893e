package io.vecraft.journal.server;

import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.partition.HandedOver;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RememberedRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds what a partition remembers of the requests to one shard, by reading its records. */
final class RememberedScan {
  /** Read for one answer. */
  private static final int RECORDS_MAX = 50_000;

  /** Fit into one append many times over. */
  private static final int REQUESTS_MAX = 10_000;

  private RememberedScan() {}

  /**
   * The requests of some records; whoever goes on from {@code next_offset} until that is above a
   * record has those of all up to it that are within the window.
   *
   * @param other leaves out what it remembers: a request that comes back to where it was written,
   *     or that is told again, is in its log already
   * @param window how long requests are remembered
   * @param bytesMax read for one answer
   */
  static FindRememberedResponse of(
      Partition partition,
      Optional<Partition> other,
      FindRememberedRequest request,
      Duration window,
      long bytesMax) {
    CommittedLog committed = partition.log().committed();
    long last = committed.position().offset();
    long next =
        request.getFromOffset() == 0
            ? firstRemembered(partition, window)
            : Math.max(committed.firstOffset(), request.getFromOffset());
    var found = new ArrayList<RememberedRequest>();
    List<Record> records =
        next > last
            ? List.of()
            : committed.read(next, (int) Math.min(RECORDS_MAX, last - next + 1), bytesMax);
    for (Record record : records) {
      found.addAll(
          HandedOver.requests(
              partition.number(), record, request.getCollectionId(), request.getShard()));
      next = record.getOffset() + 1;
      if (found.size() >= REQUESTS_MAX) {
        break;
      }
    }
    return FindRememberedResponse.newBuilder()
        .addAllRequests(other.map(o -> o.log().unknown(found)).orElse(found))
        .setNextOffset(next)
        .setLastOffset(last)
        .build();
  }

  private static long firstRemembered(Partition partition, Duration window) {
    SegmentStore store = partition.store();
    long from = partition.log().lastStamp() - window.toMillis() * Stamp.of(1, 0, 0);
    var first = new long[] {store.firstOffset()};
    store.scan(
        Math.max(0, from),
        record -> {
          first[0] = record.getOffset();
          return record.getStamp() < from;
        });
    return first[0];
  }
}
