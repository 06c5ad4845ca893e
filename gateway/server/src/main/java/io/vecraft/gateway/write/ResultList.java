package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.ItemResult.Outcome;
import io.vecraft.storage.read.OperationOutcome.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The results of a request's items as they become known. For one thread. */
final class ResultList {
  private final List<? extends WriteItem> items;
  private final List<Optional<ItemResult>> results = new ArrayList<>();
  private Optional<VecraftException> failure = Optional.empty();
  private boolean unknown;
  private long stamp;

  ResultList(List<? extends WriteItem> items) {
    this.items = items;
    items.forEach(item -> results.add(Optional.empty()));
  }

  /** Whether nothing is known of any item. */
  boolean untouched() {
    return results.stream().allMatch(Optional::isEmpty);
  }

  /** Items that are in the log; their outcome is final when they are unconditional. */
  void written(List<Integer> positions, long at) {
    stamp = Math.max(stamp, at);
    for (int position : positions) {
      Outcome outcome =
          items.get(position) instanceof WriteItem.Delete ? Outcome.DELETED : Outcome.WRITTEN;
      set(position, ItemResult.of(items.get(position).id(), at, outcome));
    }
  }

  /** What became of a conditional item that is in the log; nothing when no replica knows it. */
  void decided(int position, long at, Optional<Kind> kind) {
    Outcome outcome =
        kind.map(k ->
                switch (k) {
                  case CREATED -> Outcome.CREATED;
                  case UPDATED -> Outcome.UPDATED;
                  case DELETED -> Outcome.DELETED;
                  case NOT_FOUND -> Outcome.NOT_FOUND;
                  case CONFLICT, ABORTED -> Outcome.CONFLICT;
                })
            .orElse(Outcome.OUTCOME_UNKNOWN);
    set(position, ItemResult.of(items.get(position).id(), at, outcome));
  }

  /** An item that is in the log, but what became of it could not be learned. */
  void unknown(int position, long at, VecraftException error) {
    failure = Optional.of(error);
    set(
        position,
        new ItemResult(items.get(position).id(), at, Outcome.OUTCOME_UNKNOWN, error.reason()));
  }

  /** Items that are not in the log, or perhaps not. */
  void fail(List<Integer> positions, VecraftException error) {
    boolean perhaps = error.code() == ErrorCode.OUTCOME_UNKNOWN;
    if (failure.isEmpty() || (perhaps && !unknown)) {
      failure = Optional.of(error);
    }
    unknown |= perhaps;
    for (int position : positions) {
      set(
          position,
          new ItemResult(
              items.get(position).id(),
              0,
              perhaps ? Outcome.OUTCOME_UNKNOWN : Outcome.UNAVAILABLE,
              error.code().code() + ": " + error.reason()));
    }
  }

  private void set(int position, ItemResult result) {
    results.set(position, Optional.of(result));
  }

  /** The answer; where every item has failed or is unknown, that is the request's error. */
  WriteAnswer answer(long sessionStamp) {
    List<ItemResult> all = results.stream().map(Optional::orElseThrow).toList();
    boolean allUnknown = all.stream().allMatch(r -> r.outcome() == Outcome.OUTCOME_UNKNOWN);
    if (allUnknown && stamp > 0) {
      String why = failure.map(VecraftException::reason).orElse("no replica knows the outcome");
      throw new VecraftException(
          ErrorCode.OUTCOME_UNKNOWN,
          "the write is in the journal, what became of it is not known here: " + why);
    }
    if (stamp == 0 && failure.isPresent()) {
      throw failure.get();
    }
    return new WriteAnswer(all, stamp, Math.max(stamp, sessionStamp));
  }
}
