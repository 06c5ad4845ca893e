package io.vecraft.gateway.grpc;

import com.google.protobuf.Struct;
import com.linecorp.armeria.common.RequestHeaders;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.ReadWish;
import io.vecraft.gateway.call.RecordWish;
import io.vecraft.gateway.call.SessionTokens;
import io.vecraft.gateway.write.Ack;
import io.vecraft.index.filter.Filter;
import io.vecraft.proto.api.ConsistencyInfo;
import io.vecraft.proto.api.ConsistencyLevel;
import io.vecraft.proto.api.ItemResult;
import io.vecraft.proto.api.ReadOptions;
import io.vecraft.proto.api.Record;
import io.vecraft.proto.api.StoredRecord;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Between the messages of the API and what the services take and give. Safe for concurrent use. */
final class Convert {
  private final Checks checks;
  private final SessionTokens tokens;

  Convert(Checks checks, SessionTokens tokens) {
    this.checks = checks;
    this.tokens = tokens;
  }

  Checks checks() {
    return checks;
  }

  SessionTokens tokens() {
    return tokens;
  }

  /** A collection's name; empty is the default one. */
  String collection(String name, String field) {
    return name.isEmpty() ? Checks.DEFAULT_COLLECTION : checks.collection(name, field);
  }

  /** A packed list, copied once. */
  static float[] floats(int n, FloatAt at) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = at.get(i);
    }
    return values;
  }

  /** Reads one element of a list without boxing it. */
  @FunctionalInterface
  interface FloatAt {
    float get(int position);
  }

  /** A stamp; 0 stands for none. */
  static long stamp(long value, String field) {
    if (value < 0) {
      throw Checks.invalid(Long.toUnsignedString(value) + " is not a stamp of 63 bits", field);
    }
    return value;
  }

  static Ack ack(io.vecraft.proto.api.Ack ack) {
    return switch (ack) {
      case JOURNAL -> Ack.JOURNAL;
      case APPLIED -> Ack.APPLIED;
      case UNRECOGNIZED -> throw Checks.invalid("ack is JOURNAL or APPLIED", "ack");
    };
  }

  static void level(ConsistencyLevel level, ReadWish read) {
    switch (level) {
      // Not told from a level that was not set: then the header may name one.
      case EVENTUAL -> {}
      case BOUNDED_STALENESS -> read.level(io.vecraft.query.ConsistencyLevel.BOUNDED);
      case READ_YOUR_WRITES -> read.level(io.vecraft.query.ConsistencyLevel.READ_YOUR_WRITES);
      case STRONG -> read.level(io.vecraft.query.ConsistencyLevel.STRONG);
      case UNRECOGNIZED -> throw Checks.invalid("unknown consistency level", "consistency_level");
    }
  }

  static void staleness(long ms, ReadWish read) {
    if (ms < 0 || ms > ReadWish.MAX_STALENESS_MS) {
      throw Checks.invalid(ms + " is not in 0.." + ReadWish.MAX_STALENESS_MS, "max_staleness_ms");
    }
    if (ms > 0) {
      read.maxStalenessMs(ms);
    }
  }

  /** How to read, from message and headers; the message wins. */
  ReadWish read(ReadOptions options, RequestHeaders headers) {
    var read = new ReadWish();
    level(options.getConsistencyLevel(), read);
    staleness(options.getMaxStalenessMs(), read);
    read.minRequiredStamp(stamp(options.getMinRequiredOffset(), "min_required_offset"));
    if (options.getAsOf() != 0) {
      read.asOf(stamp(options.getAsOf(), "as_of"));
    }
    read.allowPartial(options.getAllowPartial());
    read.headers(headers);
    return read;
  }

  /** The stamp of a token in a message, 0 without one. */
  long token(String token) {
    return token.isEmpty() ? 0 : tokens.decode(token, "session_token");
  }

  /** A filter in either form; both must match. */
  Optional<Filter> filter(String sql, Map<String, String> map) {
    if (sql.isEmpty()) {
      return map.isEmpty() ? Optional.empty() : Optional.of(checks.filterMap(map, "filters"));
    }
    Filter first = checks.filterText(sql, "filter");
    return Optional.of(
        map.isEmpty() ? first : new Filter.And(List.of(first, checks.filterMap(map, "filters"))));
  }

  RecordWish record(Record record, String path) {
    Optional<float[]> vector =
        record.getVectorCount() == 0
            ? Optional.empty()
            : Optional.of(
                checks.vector(
                    floats(record.getVectorCount(), record::getVector),
                    Checks.under(path, "vector")));
    String text =
        record.getText().isEmpty() ? "" : checks.text(record.getText(), Checks.under(path, "text"));
    String id = record.getId().isEmpty() ? "" : checks.id(record.getId(), Checks.under(path, "id"));
    return new RecordWish(
            id,
            vector,
            text,
            record.hasMetadata() ? metadata(record.getMetadata(), path) : new byte[0],
            checks.condition(
                record.getIfAbsent(),
                stamp(record.getIfVersion(), Checks.under(path, "if_version")),
                path))
        .checked(path);
  }

  byte[] metadata(Struct metadata, String path) {
    String field = Checks.under(path, "metadata");
    return checks.metadata(Structs.json(metadata, field), field);
  }

  static StoredRecord stored(RecordView view, Include include) {
    var record = StoredRecord.newBuilder().setId(view.id()).setVersion(view.version());
    if (include.metadata()) {
      record.setMetadata(Structs.struct(view.metadata()));
    }
    if (include.vector()) {
      for (float value : view.vector()) {
        record.addVector(value);
      }
    }
    return record.build();
  }

  static ItemResult result(io.vecraft.gateway.write.ItemResult result) {
    return ItemResult.newBuilder()
        .setId(result.id())
        .setVersion(result.version())
        .setOutcome(result.outcome().text())
        .setMessage(result.message())
        .build();
  }

  static ConsistencyInfo consistency(io.vecraft.query.ConsistencyInfo info) {
    return ConsistencyInfo.newBuilder()
        .setLevelRequested(level(info.levelRequested()))
        .setLevelAchieved(level(info.levelAchieved()))
        .setStalenessMs(info.stalenessMs())
        .setMaxAllowedStalenessMs(info.maxAllowedStalenessMs())
        .setIndexVersionUsed(info.indexVersion())
        .setCacheHit(info.cacheHit())
        .setSyncPerformed(info.syncPerformed())
        .setAsOf(info.asOf())
        .setShardsAnswered(info.shardsAnswered())
        .setShardsTotal(info.shardsTotal())
        .build();
  }

  private static ConsistencyLevel level(io.vecraft.query.ConsistencyLevel level) {
    return switch (level) {
      case EVENTUAL -> ConsistencyLevel.EVENTUAL;
      case BOUNDED -> ConsistencyLevel.BOUNDED_STALENESS;
      case READ_YOUR_WRITES -> ConsistencyLevel.READ_YOUR_WRITES;
      case STRONG -> ConsistencyLevel.STRONG;
    };
  }
}
