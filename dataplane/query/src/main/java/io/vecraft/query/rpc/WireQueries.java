package io.vecraft.query.rpc;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.query.CollectionCount;
import io.vecraft.proto.query.CollectionGet;
import io.vecraft.proto.query.CollectionScroll;
import io.vecraft.proto.query.CollectionSearch;
import io.vecraft.proto.query.Level;
import io.vecraft.proto.query.Options;
import io.vecraft.proto.query.RecordHistory;
import io.vecraft.proto.storage.FilterNode;
import io.vecraft.query.ConsistencyLevel;
import io.vecraft.query.CountRequestSpec;
import io.vecraft.query.GetRequestSpec;
import io.vecraft.query.HistoryRequestSpec;
import io.vecraft.query.ReadOptions;
import io.vecraft.query.ScrollRequestSpec;
import io.vecraft.query.SearchRequestSpec;
import io.vecraft.storage.rpc.WireFilters;
import io.vecraft.storage.rpc.WireReads;
import java.util.Optional;
import java.util.OptionalLong;

/** Requests of reads as messages. The deadline is the call's, not a field. */
final class WireQueries {
  private WireQueries() {}

  static Level toWire(ConsistencyLevel level) {
    return switch (level) {
      case EVENTUAL -> Level.EVENTUAL;
      case BOUNDED -> Level.BOUNDED;
      case READ_YOUR_WRITES -> Level.READ_YOUR_WRITES;
      case STRONG -> Level.STRONG;
    };
  }

  static ConsistencyLevel fromWire(Level level) {
    return switch (level) {
      case EVENTUAL -> ConsistencyLevel.EVENTUAL;
      case BOUNDED -> ConsistencyLevel.BOUNDED;
      case READ_YOUR_WRITES -> ConsistencyLevel.READ_YOUR_WRITES;
      case STRONG -> ConsistencyLevel.STRONG;
      case LEVEL_UNSPECIFIED, UNRECOGNIZED -> throw invalid("an unknown level", "level");
    };
  }

  static Options toWire(ReadOptions options) {
    var wire =
        Options.newBuilder()
            .setLevel(toWire(options.level()))
            .setMaxStalenessMs(options.maxStalenessMs())
            .setMinRequiredStamp(options.minRequiredStamp())
            .setSessionStamp(options.sessionStamp())
            .setAllowPartial(options.allowPartial());
    options.asOf().ifPresent(wire::setAsOf);
    return wire.build();
  }

  static ReadOptions fromWire(Options options, Deadline deadline) {
    if (options.getMaxStalenessMs() < 0
        || options.getMinRequiredStamp() < 0
        || options.getSessionStamp() < 0
        || options.getAsOf() < 0) {
      throw invalid("an option is negative", "options");
    }
    return new ReadOptions(
        fromWire(options.getLevel()),
        options.getMaxStalenessMs(),
        options.getMinRequiredStamp(),
        options.getSessionStamp(),
        options.hasAsOf() ? OptionalLong.of(options.getAsOf()) : OptionalLong.empty(),
        options.getAllowPartial(),
        deadline);
  }

  static CollectionSearch toWire(SearchRequestSpec request) {
    var wire =
        CollectionSearch.newBuilder()
            .setCollection(request.collection())
            .setSearch(WireReads.toWire(request.search()))
            .setOptions(toWire(request.options()));
    request.scoreThreshold().ifPresent(wire::setScoreThreshold);
    return wire.build();
  }

  static SearchRequestSpec fromWire(CollectionSearch request, Deadline deadline) {
    return new SearchRequestSpec(
        request.getCollection(),
        WireReads.fromWire(request.getSearch()),
        request.hasScoreThreshold() ? Optional.of(request.getScoreThreshold()) : Optional.empty(),
        fromWire(request.getOptions(), deadline));
  }

  static CollectionGet toWire(GetRequestSpec request) {
    return CollectionGet.newBuilder()
        .setCollection(request.collection())
        .addAllIds(request.ids())
        .setInclude(WireReads.toWire(request.include()))
        .setOptions(toWire(request.options()))
        .build();
  }

  static GetRequestSpec fromWire(CollectionGet request, Deadline deadline) {
    return new GetRequestSpec(
        request.getCollection(),
        request.getIdsList(),
        WireReads.fromWire(request.getInclude()),
        fromWire(request.getOptions(), deadline));
  }

  static CollectionScroll toWire(ScrollRequestSpec request) {
    var wire =
        CollectionScroll.newBuilder()
            .setCollection(request.collection())
            .setLimit(request.limit())
            .setInclude(WireReads.toWire(request.include()))
            .setOptions(toWire(request.options()));
    request.filter().ifPresent(filter -> wire.setFilter(WireFilters.toWire(filter)));
    request.cursor().ifPresent(wire::setCursor);
    return wire.build();
  }

  static ScrollRequestSpec fromWire(CollectionScroll request, Deadline deadline) {
    return new ScrollRequestSpec(
        request.getCollection(),
        filter(request.hasFilter(), request.getFilter()),
        positive(request.getLimit(), "limit"),
        request.hasCursor() ? Optional.of(request.getCursor()) : Optional.empty(),
        WireReads.fromWire(request.getInclude()),
        fromWire(request.getOptions(), deadline));
  }

  static CollectionCount toWire(CountRequestSpec request) {
    var wire =
        CollectionCount.newBuilder()
            .setCollection(request.collection())
            .setOptions(toWire(request.options()));
    request.filter().ifPresent(filter -> wire.setFilter(WireFilters.toWire(filter)));
    return wire.build();
  }

  static CountRequestSpec fromWire(CollectionCount request, Deadline deadline) {
    return new CountRequestSpec(
        request.getCollection(),
        filter(request.hasFilter(), request.getFilter()),
        fromWire(request.getOptions(), deadline));
  }

  static RecordHistory toWire(HistoryRequestSpec request) {
    var wire =
        RecordHistory.newBuilder()
            .setCollection(request.collection())
            .setId(request.id())
            .setLimit(request.limit())
            .setOptions(toWire(request.options()));
    request.cursor().ifPresent(wire::setCursor);
    return wire.build();
  }

  static HistoryRequestSpec fromWire(RecordHistory request, Deadline deadline) {
    return new HistoryRequestSpec(
        request.getCollection(),
        request.getId(),
        positive(request.getLimit(), "limit"),
        request.hasCursor() ? Optional.of(request.getCursor()) : Optional.empty(),
        fromWire(request.getOptions(), deadline));
  }

  private static Optional<Filter> filter(boolean present, FilterNode filter) {
    return present ? Optional.of(WireFilters.fromWire(filter)) : Optional.empty();
  }

  private static int positive(int number, String field) {
    if (number < 1) {
      throw invalid(field + " must be 1 or more", field);
    }
    return number;
  }

  private static VecraftException invalid(String what, String field) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, what, field);
  }
}
