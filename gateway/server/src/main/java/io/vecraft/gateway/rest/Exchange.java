package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Call;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.ReadWish;
import io.vecraft.gateway.call.StampText;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request of the REST interface, as its handler sees it.
 *
 * @param context of the server
 * @param call who calls, and until when
 * @param headers of the request
 * @param parameters the variable segments of the path
 * @param query parameters, each known to the route and there once
 */
record Exchange(
    ServiceRequestContext context,
    Call call,
    RequestHeaders headers,
    List<String> parameters,
    QueryParams query) {

  /** The query of a request, refused when it has what the route does not know. */
  static QueryParams query(Route route, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return QueryParams.of();
    }
    QueryParams query = QueryParams.fromQueryString(text);
    for (String name : query.names()) {
      if (!route.query().contains(name)) {
        throw new VecraftException(
            ErrorCode.UNKNOWN_FIELD,
            "unknown query parameter"
                + (route.query().isEmpty() ? "" : "; known are " + route.query()),
            name.length() > 64 ? name.substring(0, 64) : name);
      }
      if (query.getAll(name).size() > 1) {
        throw Checks.invalid("the query parameter is there twice", name);
      }
    }
    return query;
  }

  String parameter(int position) {
    return parameters.get(position);
  }

  Optional<String> queryText(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /** A whole number in the query, 0 or more. */
  Optional<Long> queryNumber(String name) {
    return queryText(name).map(text -> number(text, name));
  }

  private static long number(String text, String name) {
    try {
      boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
      if (digits) {
        return Long.parseLong(text);
      }
    } catch (NumberFormatException e) {
      throw Checks.invalid("the number is too large", name);
    }
    throw Checks.invalid("a whole number, 0 or more, is needed", name);
  }

  /** A reading as headers and query ask for it. */
  ReadWish read() {
    var read = new ReadWish();
    return read(read);
  }

  /** A reading as the body asks for it, completed from headers and query. */
  ReadWish read(ReadWish read) {
    queryText("as_of").ifPresent(text -> read.asOf(StampText.parse(text, "as_of")));
    read.headers(headers);
    return read;
  }
}
