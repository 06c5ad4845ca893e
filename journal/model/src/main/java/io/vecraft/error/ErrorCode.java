package io.vecraft.error;

/**
 * The closed list of error codes. A code is the same in REST and gRPC and never changes its
 * meaning.
 *
 * <p>Two families matter to a client that retries: codes for which {@link #certainlyNotApplied()}
 * holds left nothing behind; {@link #OUTCOME_UNKNOWN} and {@link #DEADLINE_EXCEEDED} of a write are
 * learned by a retry with the same request id.
 */
public enum ErrorCode {
  INVALID_ARGUMENT("invalid_argument", 400, "INVALID_ARGUMENT"),
  UNKNOWN_FIELD("unknown_field", 400, "INVALID_ARGUMENT"),
  MALFORMED_JSON("malformed_json", 400, "INVALID_ARGUMENT"),
  DIMENSION_MISMATCH("dimension_mismatch", 400, "INVALID_ARGUMENT"),
  INVALID_VECTOR("invalid_vector", 400, "INVALID_ARGUMENT"),
  INVALID_FILTER("invalid_filter", 400, "INVALID_ARGUMENT"),
  SCHEMA_VIOLATION("schema_violation", 400, "INVALID_ARGUMENT"),
  LIMIT_EXCEEDED("limit_exceeded", 400, "INVALID_ARGUMENT"),
  DUPLICATE_ID("duplicate_id", 400, "INVALID_ARGUMENT"),
  INVALID_HEADER("invalid_header", 400, "INVALID_ARGUMENT"),
  INVALID_TOKEN("invalid_token", 400, "INVALID_ARGUMENT"),
  STAMP_IN_FUTURE("stamp_in_future", 400, "INVALID_ARGUMENT"),
  UNAUTHENTICATED("unauthenticated", 401, "UNAUTHENTICATED"),
  PERMISSION_DENIED("permission_denied", 403, "PERMISSION_DENIED"),
  NOT_FOUND("not_found", 404, "NOT_FOUND"),
  COLLECTION_NOT_FOUND("collection_not_found", 404, "NOT_FOUND"),
  RECORD_NOT_FOUND("record_not_found", 404, "NOT_FOUND"),
  REQUEST_NOT_FOUND("request_not_found", 404, "NOT_FOUND"),
  METHOD_NOT_ALLOWED("method_not_allowed", 405, "UNIMPLEMENTED"),
  CONFLICT("conflict", 409, "ABORTED"),
  COLLECTION_EXISTS("collection_exists", 409, "ALREADY_EXISTS"),
  COLLECTION_OWNED("collection_owned", 409, "FAILED_PRECONDITION"),
  REQUEST_ID_REUSED("request_id_reused", 409, "ALREADY_EXISTS"),
  INCARNATION_CHANGED("incarnation_changed", 409, "FAILED_PRECONDITION"),
  SNAPSHOT_EXPIRED("snapshot_expired", 410, "OUT_OF_RANGE"),
  BODY_TOO_LARGE("body_too_large", 413, "RESOURCE_EXHAUSTED"),
  UNSUPPORTED_MEDIA_TYPE("unsupported_media_type", 415, "INVALID_ARGUMENT"),
  RATE_LIMITED("rate_limited", 429, "RESOURCE_EXHAUSTED"),
  BACK_PRESSURE("back_pressure", 429, "RESOURCE_EXHAUSTED"),
  UNAVAILABLE("unavailable", 503, "UNAVAILABLE"),
  NOT_READY("not_ready", 503, "UNAVAILABLE"),
  EMBEDDING_UNAVAILABLE("embedding_unavailable", 503, "UNAVAILABLE"),
  DATA_DAMAGED("data_damaged", 503, "UNAVAILABLE"),
  STALENESS_EXCEEDED("staleness_exceeded", 503, "UNAVAILABLE"),
  OUTCOME_UNKNOWN("outcome_unknown", 503, "UNAVAILABLE"),
  DEADLINE_EXCEEDED("deadline_exceeded", 504, "DEADLINE_EXCEEDED"),

  /** Fencing: certainly not applied, the routing is stale. Never reaches a client. */
  MOVED("moved", 503, "UNAVAILABLE"),
  /**
   * This replica does not lead the partition; the message is the leader if known. Never reaches a
   * client.
   */
  NOT_LEADER("not_leader", 503, "UNAVAILABLE");

  private final String code;
  private final int httpStatus;
  private final String grpcStatus;

  ErrorCode(String code, int httpStatus, String grpcStatus) {
    this.code = code;
    this.httpStatus = httpStatus;
    this.grpcStatus = grpcStatus;
  }

  /** The stable name, lower case with underscores. */
  public String code() {
    return code;
  }

  /** The HTTP status code, 400 to 599. */
  public int httpStatus() {
    return httpStatus;
  }

  /** The name of the gRPC status code. */
  public String grpcStatus() {
    return grpcStatus;
  }

  /** Whether a write that got this error certainly left nothing behind. */
  public boolean certainlyNotApplied() {
    return this != OUTCOME_UNKNOWN && this != DEADLINE_EXCEEDED;
  }

  /**
   * The code of the given name; {@link #UNAVAILABLE} for a name that this version does not know.
   */
  public static ErrorCode of(String code) {
    for (ErrorCode c : values()) {
      if (c.code.equals(code)) {
        return c;
      }
    }
    return UNAVAILABLE;
  }
}
