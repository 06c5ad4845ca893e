package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpMethod;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a method and a path: a walk down a tree of segments, with one look-up a
 * segment. Immutable once built.
 */
final class Router {
  private final Node root = new Node();
  private final List<Route> routes;

  /** What stands at one segment. */
  private static final class Node {
    private final Map<String, Node> literals = new HashMap<>();
    private @Nullable Node parameter;
    private final Map<HttpMethod, Route> routes = new EnumMap<>(HttpMethod.class);
  }

  /**
   * A route that was found.
   *
   * @param parameters the segments that stand for the template's names, in order, decoded
   */
  record Match(Route route, List<String> parameters) {}

  Router(List<Route> routes) {
    this.routes = List.copyOf(routes);
    for (Route route : routes) {
      Node node = root;
      for (String segment : route.template().substring(1).split("/", -1)) {
        if (segment.startsWith("{")) {
          if (node.parameter == null) {
            node.parameter = new Node();
          }
          node = node.parameter;
        } else {
          node = node.literals.computeIfAbsent(segment, s -> new Node());
        }
      }
      if (node.routes.put(route.method(), route) != null) {
        throw new IllegalArgumentException(route.method() + " " + route.template() + " twice");
      }
    }
  }

  List<Route> routes() {
    return routes;
  }

  /**
   * The route of a path as it came, escapes and all.
   *
   * @throws VecraftException {@code not_found}, or {@code method_not_allowed} with the methods that
   *     are in its field
   */
  Match match(HttpMethod method, String path) {
    var parameters = new ArrayList<String>(2);
    Node node = path.startsWith("/") ? find(path, parameters) : null;
    if (node == null || node.routes.isEmpty()) {
      throw new VecraftException(ErrorCode.NOT_FOUND, "there is nothing at this path");
    }
    Route route = node.routes.get(method);
    if (route == null) {
      throw new VecraftException(
          ErrorCode.METHOD_NOT_ALLOWED, "the method here is " + methods(node));
    }
    return new Match(route, parameters);
  }

  /** The methods of a path, for the header {@code Allow}; empty when there is nothing. */
  String allowed(String path) {
    Node node = path.startsWith("/") ? find(path, new ArrayList<>()) : null;
    return node == null ? "" : methods(node);
  }

  private static String methods(Node node) {
    return String.join(", ", node.routes.keySet().stream().map(HttpMethod::name).toList());
  }

  private @Nullable Node find(String path, List<String> parameters) {
    Node node = root;
    int from = 1;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      String segment = path.substring(from, to);
      Node next = node.literals.get(segment);
      if (next == null) {
        next = node.parameter;
        if (next == null || segment.isEmpty()) {
          return null;
        }
        parameters.add(decode(segment));
      }
      node = next;
      from = to + 1;
    }
    return node;
  }

  /** The path of a request's target. */
  static String path(String target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) == '?' || target.charAt(i) == '#') {
        return target.substring(0, i);
      }
    }
    return target;
  }

  /** Undoes percent escapes; a plus is a plus. */
  static String decode(String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    byte[] bytes = segment.getBytes(StandardCharsets.UTF_8);
    int n = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        bytes[n++] = bytes[i];
        continue;
      }
      int high = i + 2 <= bytes.length - 1 ? Character.digit(bytes[i + 1], 16) : -1;
      int low = i + 2 <= bytes.length - 1 ? Character.digit(bytes[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw badPath();
      }
      bytes[n++] = (byte) (high << 4 | low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, 0, n))
          .toString();
    } catch (CharacterCodingException e) {
      throw badPath();
    }
  }

  private static VecraftException badPath() {
    return new VecraftException(
        ErrorCode.INVALID_ARGUMENT, "the path is not UTF-8 with percent escapes", "path");
  }
}
