package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import java.util.List;

/**
 * One call of the REST interface.
 *
 * @param method of HTTP
 * @param template of the path; {@code {name}} stands for one segment
 * @param kind what it does with data
 * @param query names of the query parameters that it knows
 * @param handler what answers
 */
record Route(HttpMethod method, String template, Kind kind, List<String> query, Handler handler) {

  /** What a call does with data. */
  enum Kind {
    /** Needs no key. */
    OPEN,
    READ,
    /** When it fails in an unexpected way, its outcome is unknown. */
    WRITE
  }

  /** Answers a call. */
  sealed interface Handler {
    /** Runs on a thread of its own and may block. */
    @FunctionalInterface
    non-sealed interface Blocking extends Handler {
      Answer answer(Exchange exchange, byte[] body);
    }

    /**
     * Prepares on the thread that serves the connection; what is prepared says whether it may be
     * run there too.
     */
    @FunctionalInterface
    non-sealed interface Staged extends Handler {
      Prepared prepare(Exchange exchange, byte[] body);
    }

    /** Writes its answer bit by bit. */
    @FunctionalInterface
    non-sealed interface Streaming extends Handler {
      HttpResponse open(Exchange exchange);
    }
  }

  /** A prepared call. */
  interface Prepared {
    boolean atOnce();

    Answer run();
  }

  /** Whether the call has a body. */
  boolean hasBody() {
    return switch (method.name()) {
      case "POST", "PUT", "PATCH" -> true;
      default -> false;
    };
  }
}
