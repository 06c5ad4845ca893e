package io.vecraft.gateway.rest;

import io.vecraft.gateway.call.Call;
import io.vecraft.gateway.call.HeaderNames;
import io.vecraft.gateway.call.ReadWish;
import io.vecraft.gateway.call.SessionTokens;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.gateway.write.ItemResult;
import io.vecraft.journal.time.Stamp;
import io.vecraft.query.ConsistencyInfo;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;

/** The parts that the bodies of several answers have. Safe for concurrent use. */
final class Writers {
  /** The largest number that every reader of JSON takes exactly; stands for "no bound". */
  private static final long LARGEST_EXACT = (1L << 53) - 1;

  private final SessionTokens tokens;

  Writers(SessionTokens tokens) {
    this.tokens = tokens;
  }

  /** The answer to a read: status 200 and the headers that tell how fresh it is. */
  Answer read(JsonOut out, ConsistencyInfo info) {
    return Answer.json(200, out)
        .header(HeaderNames.SESSION_TOKEN, tokens.encode(info.sessionStamp()))
        .header(HeaderNames.ACTUAL_STALENESS_MS, Long.toString(staleness(info.stalenessMs())))
        .header(HeaderNames.INDEX_VERSION_USED, Long.toString(info.indexVersion()))
        .header(HeaderNames.CONSISTENCY_ACHIEVED, ReadWish.name(info.levelAchieved()))
        .header(HeaderNames.CACHE_HIT, Boolean.toString(info.cacheHit()));
  }

  /** The answer to a write: what it holds, then the fields that all writes have. */
  Answer written(int status, JsonOut out, Call call, long stamp, long sessionStamp) {
    String token = tokens.encode(sessionStamp);
    out.stamp("hlc", stamp)
        .text("request_id", call.requestId())
        .text("session_token", token)
        .endObject();
    return Answer.json(status, out).header(HeaderNames.SESSION_TOKEN, token);
  }

  /** Milliseconds of staleness as they are told. */
  static long staleness(long ms) {
    return Math.min(ms, LARGEST_EXACT);
  }

  static void consistency(JsonOut out, ConsistencyInfo info) {
    out.object("consistency_info")
        .text("level_requested", ReadWish.name(info.levelRequested()))
        .text("level_achieved", ReadWish.name(info.levelAchieved()))
        .number("staleness_ms", staleness(info.stalenessMs()))
        .number("max_allowed_staleness_ms", info.maxAllowedStalenessMs())
        .number("index_version", info.indexVersion())
        .bool("cache_hit", info.cacheHit())
        .stamp("as_of", info.asOf())
        .bool("sync_performed", info.syncPerformed())
        .number("shards_answered", info.shardsAnswered())
        .number("shards_total", info.shardsTotal())
        .endObject();
  }

  /** The fields of a record, without its braces. */
  static void record(JsonOut out, RecordView record, Include include) {
    out.text("id", record.id());
    if (include.vector()) {
      out.floats("vector", record.vector());
    }
    if (include.metadata()) {
      out.raw("metadata", record.metadata());
    }
    out.stamp("version", record.version());
  }

  /** The fields of an item's outcome, without braces. */
  static void result(JsonOut out, ItemResult result) {
    out.text("id", result.id());
    if (result.version() != 0) {
      out.stamp("version", result.version());
    }
    out.text("outcome", result.outcome().text());
    if (!result.message().isEmpty()) {
      out.text("message", result.message());
    }
  }

  /** A stamp and the moment that it stands for. */
  static void moment(JsonOut out, String name, long stamp) {
    out.stamp(name, stamp).text("time", Stamp.instant(stamp).toString());
  }
}
