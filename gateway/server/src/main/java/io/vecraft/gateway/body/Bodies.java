package io.vecraft.gateway.body;

import io.vecraft.error.ErrorCode;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.ReadWish;
import io.vecraft.gateway.call.StampText;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.gateway.write.Ack;
import io.vecraft.index.filter.Filter;
import io.vecraft.storage.read.Include;
import java.util.List;
import java.util.function.Function;

/** What the readers of bodies share. Safe for concurrent use. */
public final class Bodies {
  /** The fields of every object that is read, for the check of the OpenAPI document. */
  public static final List<Fields> ALL =
      List.of(
          SearchBody.FIELDS,
          RecordBody.FIELDS,
          RecordBody.SINGLE_FIELDS,
          RecordBody.BATCH_FIELDS,
          RecordBody.PATCH_FIELDS,
          QueryBody.GET_FIELDS,
          QueryBody.SCROLL_FIELDS,
          QueryBody.COUNT_FIELDS,
          DeleteBody.FIELDS,
          TransactionBody.FIELDS,
          TransactionBody.OPERATION_FIELDS,
          TransactionBody.PATCH_FIELDS,
          TransactionBody.DELETE_FIELDS,
          CollectionBody.FIELDS,
          CollectionBody.CHANGE_FIELDS,
          CollectionBody.INDEX_FIELDS,
          ShardBody.FIELDS,
          KeyBody.FIELDS,
          DrainBody.FIELDS,
          JournalBody.FIELDS,
          PartitionBody.FIELDS);

  private final JsonIn.Factory json;
  private final Checks checks;

  public Bodies(Checks checks) {
    this.checks = checks;
    Limits limits = checks.limits();
    this.json =
        new JsonIn.Factory(
            limits.getInt(Limit.JSON_DEPTH),
            (int)
                Math.max(
                    Math.max(limits.get(Limit.TEXT_BYTES), limits.get(Limit.FILTER_BYTES)),
                    limits.get(Limit.METADATA_BYTES)));
  }

  public Checks checks() {
    return checks;
  }

  /** Reads a whole body. */
  <T> T read(byte[] body, Function<JsonIn, T> reader) {
    try (JsonIn in = json.read(body)) {
      T value = reader.apply(in);
      in.end();
      return value;
    }
  }

  /** The value of {@code filters}: an object with operators, or an SQL-like text. */
  Filter filter(JsonIn in) {
    String path = in.path();
    if (in.isText()) {
      return checks.filterText(in.text(), path);
    }
    if (!in.isObject()) {
      throw in.error(
          ErrorCode.INVALID_ARGUMENT, "an object with conditions, or a text, is needed here");
    }
    return checks.filterObject(in.rawObject(), path);
  }

  /** A vector within the limit. */
  float[] vector(JsonIn in) {
    Limits limits = checks.limits();
    int most = limits.getInt(Limit.DIMENSION);
    float[] read =
        in.floats(most, path -> limits.exceeded(Limit.DIMENSION, "more than " + most, path));
    return checks.vector(read, in.path());
  }

  /** The value of {@code include}: a list of {@code metadata} and {@code vector}. */
  static Include include(JsonIn in) {
    boolean metadata = false;
    boolean vector = false;
    in.array();
    while (in.element()) {
      switch (in.text()) {
        case "metadata" -> metadata = true;
        case "vector" -> vector = true;
        default ->
            throw in.error(ErrorCode.INVALID_ARGUMENT, "metadata and vector can be included");
      }
    }
    return new Include(metadata, vector);
  }

  static Ack ack(JsonIn in) {
    return switch (in.text()) {
      case "journal" -> Ack.JOURNAL;
      case "applied" -> Ack.APPLIED;
      default -> throw in.error(ErrorCode.INVALID_ARGUMENT, "ack is journal or applied");
    };
  }

  /** A stamp or a time. */
  static long asOf(JsonIn in) {
    return StampText.parse(in.text(), in.path());
  }

  /** The version of a record, as answers give it. */
  static long version(JsonIn in) {
    return StampText.decimal(in.text(), in.path());
  }

  /** A stamp where document 002 has an integer: a number, or a stamp as everywhere else. */
  static long minRequired(JsonIn in) {
    return in.isNumber() ? in.integer(0, Long.MAX_VALUE) : asOf(in);
  }

  static long maxStaleness(JsonIn in) {
    return in.integer(0, ReadWish.MAX_STALENESS_MS);
  }

  int positive(JsonIn in, Limit limit) {
    return checks.positive(limit, in.integer(Long.MIN_VALUE, Long.MAX_VALUE), in.path());
  }
}
