package io.vecraft.gateway.limits;

/**
 * Every limit of the edge: its flag, its default and the range that may be configured. A request
 * beyond one is told which, by the flag's name.
 */
public enum Limit {
  DIMENSION("max-dimension", 4_096, 1, 65_536, "dimensions of a vector"),
  K("max-k", 10_000, 1, 10_000, "results of a search"),
  EF("max-ef", 20_000, 1, 1_000_000, "candidates that a search may ask the graph to keep"),
  SHARDS("max-shards", 64, 1, 256, "shards of a collection"),
  REPLICAS("max-replicas", 100, 1, 100, "storage nodes that have each shard of a collection"),
  COLLECTIONS("max-collections", 1_000, 1, 1_000_000, "collections of the cluster"),
  SCHEMA_FIELDS("max-schema-fields", 256, 0, 10_000, "declared fields of a collection"),
  BATCH_ITEMS("max-batch-items", 10_000, 1, 1_000_000, "items of one request"),
  PAGE("max-page", 10_000, 1, 100_000, "entries of one page of a scroll, a history or a journal"),
  TRANSACTION_OPERATIONS(
      "max-transaction-operations", 1_000, 1, 100_000, "operations of a transaction"),
  TRANSACTION_BYTES(
      "max-transaction-bytes", 16L << 20, 1_024, 1L << 30, "bytes of the body of a transaction"),
  BODY_BYTES("max-body-bytes", 64L << 20, 1_024, 1L << 30, "bytes of a request body"),
  METADATA_BYTES(
      "max-metadata-bytes", 64L << 10, 2, 64L << 10, "bytes of the metadata of one record"),
  TEXT_BYTES("max-text-bytes", 64L << 10, 1, 16L << 20, "bytes of a text to embed"),
  FILTER_BYTES("max-filter-bytes", 1L << 20, 16, 16L << 20, "bytes of a filter"),
  JSON_DEPTH("max-json-depth", 64, 8, 1_000, "nesting of a JSON body"),
  TIMEOUT_MS("max-timeout-ms", 300_000, 1, 3_600_000, "milliseconds that a request may ask for"),
  TIMEOUT_DEFAULT_MS(
      "default-timeout-ms", 30_000, 1, 3_600_000, "milliseconds of a request that asks for none"),
  IN_FLIGHT_REQUESTS("max-in-flight-requests", 1_024, 1, 1_000_000, "requests at the same time"),
  IN_FLIGHT_BYTES(
      "max-in-flight-bytes", 512L << 20, 1L << 20, 1L << 40, "bytes of request bodies in memory"),
  CONNECTIONS("max-connections", 10_000, 1, 1_000_000, "connections"),
  SUBSCRIPTIONS("max-subscriptions", 256, 0, 100_000, "tails and watches at the same time"),
  TAIL_STALL_MS(
      "max-tail-stall-ms", 30_000, 100, 3_600_000, "milliseconds that a tail's reader may stall"),
  REQUESTS_PER_SECOND(
      "max-requests-per-second", 100_000, 1, 10_000_000, "requests a second of one key"),
  RECORD_VERSIONS(
      "max-record-versions",
      100_000,
      1,
      10_000_000,
      "versions of one record in its time-travel window"),
  TIME_TRAVEL_WINDOW_S(
      "max-time-travel-window-s", 2_592_000, 1, 315_360_000, "seconds of a time-travel window"),
  HNSW_M("max-m", 128, 2, 128, "links of a vector in the graph"),
  EF_CONSTRUCTION("max-ef-construction", 4_096, 4, 10_000, "candidates while the graph is built");

  private final String flag;
  private final long byDefault;
  private final long min;
  private final long max;
  private final String help;

  Limit(String flag, long byDefault, long min, long max, String help) {
    this.flag = flag;
    this.byDefault = byDefault;
    this.min = min;
    this.max = max;
    this.help = help;
  }

  /** The name of the flag, without dashes in front. */
  public String flag() {
    return flag;
  }

  /** The value when nothing is configured. */
  public long byDefault() {
    return byDefault;
  }

  /** The smallest value that may be configured. */
  public long min() {
    return min;
  }

  /** The largest value that may be configured. */
  public long max() {
    return max;
  }

  /** What is counted, for help texts and errors. */
  public String help() {
    return help;
  }
}
