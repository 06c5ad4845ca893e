package io.vecraft.gateway.call;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import io.netty.util.AsciiString;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.ApiKeys;
import io.vecraft.gateway.auth.Principal;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.gateway.limits.RateLimiter;
import io.vecraft.gateway.write.RequestIds;
import io.vecraft.journal.time.Deadline;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes calls of request headers. Safe for concurrent use. */
public final class CallFactory {
  private static final int REQUEST_ID_CHARS = 128;
  private static final String BEARER = "bearer ";
  private static final int TRACEPARENT_CHARS = 55;
  private static final int TRACE_ID_FROM = 3;
  private static final int TRACE_ID_TO = 35;
  private static final int SPAN_ID_TO = 52;
  private static final int DECIMAL_CHARS = 18;
  private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,252}");

  private final Limits limits;
  private final ApiKeys keys;
  private final RateLimiter rates;
  private final SessionTokens tokens;
  private final RequestIds requestIds = RequestIds.secure();

  public CallFactory(Limits limits, ApiKeys keys, RateLimiter rates, SessionTokens tokens) {
    this.limits = limits;
    this.keys = keys;
    this.rates = rates;
    this.tokens = tokens;
  }

  /** An id for a request that came without a usable one. */
  public String newRequestId() {
    return requestIds.next();
  }

  /**
   * The id that the request came with.
   *
   * @throws VecraftException {@code invalid_header}
   */
  public Optional<String> requestId(RequestHeaders headers) {
    String id = value(headers, HeaderNames.REQUEST_ID);
    if (id == null) {
      return Optional.empty();
    }
    if (!isRequestId(id)) {
      throw invalid(
          HeaderNames.REQUEST_ID,
          "1 to " + REQUEST_ID_CHARS + " of A-Z a-z 0-9 . _ : - are needed");
    }
    return Optional.of(id);
  }

  /** Whether a text may be a request id. */
  public static boolean isRequestId(String id) {
    if (id.isEmpty() || id.length() > REQUEST_ID_CHARS) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean known =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || c == '.'
              || c == '_'
              || c == ':'
              || c == '-';
      if (!known) {
        return false;
      }
    }
    return true;
  }

  /** When the answer is due, milliseconds from now. */
  public long timeoutMs(RequestHeaders headers) {
    String text = value(headers, HeaderNames.TIMEOUT_MS);
    if (text == null) {
      return Math.min(limits.get(Limit.TIMEOUT_DEFAULT_MS), limits.get(Limit.TIMEOUT_MS));
    }
    long ms = decimal(HeaderNames.TIMEOUT_MS, text);
    if (ms == 0) {
      throw invalid(HeaderNames.TIMEOUT_MS, "at least 1 is needed");
    }
    limits.check(Limit.TIMEOUT_MS, ms, display(HeaderNames.TIMEOUT_MS));
    return ms;
  }

  /**
   * The call of these headers: authenticated, within its rate, every header checked.
   *
   * @throws VecraftException {@code unauthenticated}, {@code rate_limited}, {@code invalid_header},
   *     {@code invalid_token}, {@code incarnation_changed}
   */
  public Call call(RequestHeaders headers, String requestId, Deadline deadline) {
    Principal principal = keys.authenticate(key(headers));
    rates.take(principal.name());
    String token = value(headers, HeaderNames.SESSION_TOKEN);
    ReadWish.check(headers);
    long stamp = token == null ? 0 : tokens.decode(token, "X-Session-Token");
    boolean given = headers.contains(HeaderNames.REQUEST_ID);
    return new Call(requestId, given, principal, traceId(headers), stamp, owner(headers), deadline);
  }

  /** The token of a session that has seen no more than it came with. */
  public String sessionToken(Call call) {
    return tokens.encode(call.sessionStamp());
  }

  /**
   * The stamp after which a reader of events goes on.
   *
   * @throws VecraftException {@code invalid_header}
   */
  public static Optional<Long> lastEventId(RequestHeaders headers) {
    String text = value(headers, HeaderNames.LAST_EVENT_ID);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(StampText.decimal(text, "Last-Event-ID"));
    } catch (VecraftException e) {
      throw new VecraftException(ErrorCode.INVALID_HEADER, e.reason(), "Last-Event-ID");
    }
  }

  /** The token of a session that has seen everything up to the stamp. */
  public String sessionToken(long stamp) {
    return tokens.encode(stamp);
  }

  /** A call that needs no key. */
  public Call open(String requestId, Deadline deadline) {
    return new Call(requestId, false, Principal.NOBODY, "", 0, Optional.empty(), deadline);
  }

  private static Optional<String> key(RequestHeaders headers) {
    String authorization = value(headers, HttpHeaderNames.AUTHORIZATION);
    if (authorization != null) {
      if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        throw new VecraftException(
            ErrorCode.UNAUTHENTICATED, "Authorization: Bearer KEY is needed");
      }
      return Optional.of(authorization.substring(BEARER.length()).trim());
    }
    return Optional.ofNullable(value(headers, HeaderNames.API_KEY));
  }

  /**
   * The trace id of {@code 00-TRACE-SPAN-FLAGS} (later versions may go on after that); of the
   * request's own span where the caller has none.
   */
  private static String traceId(RequestHeaders headers) {
    String text = value(headers, HeaderNames.TRACEPARENT);
    if (text == null) {
      SpanContext ours = Span.current().getSpanContext();
      return ours.isValid() ? ours.getTraceId() : "";
    }
    boolean wellFormed =
        text.length() >= TRACEPARENT_CHARS
            && (text.length() == TRACEPARENT_CHARS
                || !text.startsWith("00") && text.charAt(TRACEPARENT_CHARS) == '-')
            && isHex(text, 0, 2)
            && !text.startsWith("ff")
            && text.charAt(2) == '-'
            && isHex(text, TRACE_ID_FROM, TRACE_ID_TO)
            && text.charAt(TRACE_ID_TO) == '-'
            && isHex(text, TRACE_ID_TO + 1, SPAN_ID_TO)
            && text.charAt(SPAN_ID_TO) == '-'
            && isHex(text, SPAN_ID_TO + 1, TRACEPARENT_CHARS);
    String id = wellFormed ? text.substring(TRACE_ID_FROM, TRACE_ID_TO) : "";
    if (!wellFormed || id.chars().allMatch(c -> c == '0')) {
      throw invalid(
          HeaderNames.TRACEPARENT, "a W3C traceparent is needed: 00-TRACE_ID-SPAN_ID-FLAGS");
    }
    return id;
  }

  private static Optional<String> owner(RequestHeaders headers) {
    Optional<String> owner = Optional.ofNullable(value(headers, HeaderNames.COLLECTION_OWNER));
    if (owner.isPresent() && !OWNER.matcher(owner.get()).matches()) {
      throw invalid(HeaderNames.COLLECTION_OWNER, "a text of the form " + OWNER + " is needed");
    }
    return owner;
  }

  private static boolean isHex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  /**
   * The value of a header that may be there once: of two values nobody could say which one holds.
   *
   * @throws VecraftException {@code invalid_header} when it is there twice
   */
  public static @Nullable String value(RequestHeaders headers, AsciiString name) {
    String first = headers.get(name);
    if (first != null && headers.getAll(name).size() > 1) {
      throw invalid(name, "it is there twice");
    }
    return first;
  }

  /** The value of a header that is a whole number, 0 or more. */
  static long decimal(AsciiString name, String text) {
    boolean digits =
        !text.isEmpty()
            && text.length() <= DECIMAL_CHARS
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits) {
      throw invalid(name, "a whole number, 0 or more, is needed");
    }
    return Long.parseLong(text);
  }

  static VecraftException invalid(AsciiString header, String needed) {
    return new VecraftException(
        ErrorCode.INVALID_HEADER, "header " + display(header) + ": " + needed, display(header));
  }

  /** A header as people write it: {@code X-Timeout-Ms}. */
  static String display(AsciiString name) {
    if (name.equals(HeaderNames.TRACEPARENT)) {
      return name.toString();
    }
    var shown = new StringBuilder(name.length());
    boolean first = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      shown.append(first ? Character.toUpperCase(c) : c);
      first = c == '-';
    }
    return shown.toString();
  }
}
