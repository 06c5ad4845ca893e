package io.vecraft.gateway.call;

import com.linecorp.armeria.common.HttpHeaderNames;
import io.netty.util.AsciiString;

/** Names of headers; gRPC metadata has the same. */
public final class HeaderNames {
  public static final AsciiString REQUEST_ID = HttpHeaderNames.of("x-request-id");
  public static final AsciiString SESSION_TOKEN = HttpHeaderNames.of("x-session-token");
  public static final AsciiString API_KEY = HttpHeaderNames.of("x-api-key");
  public static final AsciiString TIMEOUT_MS = HttpHeaderNames.of("x-timeout-ms");

  /** Who owns the collection that is made, changed or dropped. */
  public static final AsciiString COLLECTION_OWNER = HttpHeaderNames.of("x-collection-owner");

  public static final AsciiString TRACEPARENT = HttpHeaderNames.of("traceparent");
  public static final AsciiString CONSISTENCY_LEVEL = HttpHeaderNames.of("x-consistency-level");
  public static final AsciiString MAX_STALENESS_MS = HttpHeaderNames.of("x-max-staleness-ms");
  public static final AsciiString ACTUAL_STALENESS_MS = HttpHeaderNames.of("x-actual-staleness-ms");
  public static final AsciiString INDEX_VERSION_USED = HttpHeaderNames.of("x-index-version-used");
  public static final AsciiString CONSISTENCY_ACHIEVED =
      HttpHeaderNames.of("x-consistency-achieved");
  public static final AsciiString CACHE_HIT = HttpHeaderNames.of("x-cache-hit");
  public static final AsciiString LAST_EVENT_ID = HttpHeaderNames.of("last-event-id");

  private HeaderNames() {}
}
