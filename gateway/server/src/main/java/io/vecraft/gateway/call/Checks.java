package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.gateway.write.Condition;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.FilterException;
import io.vecraft.index.filter.FilterParser;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The rules that fields follow whichever way they came. Errors name the field. */
public final class Checks {
  /** The collection of a request that names none. */
  public static final String DEFAULT_COLLECTION = "default";

  public static final int DEFAULT_K = 10;
  public static final int DEFAULT_LIMIT = 100;
  private static final int ID_BYTES = 512;
  private static final int COLLECTION_CHARS = 63;

  private final Limits limits;

  public Checks(Limits limits) {
    this.limits = limits;
  }

  public Limits limits() {
    return limits;
  }

  /** A name like {@code [a-z0-9][a-z0-9_-]{0,62}}. */
  public String collection(String name, String field) {
    boolean good = !name.isEmpty() && name.length() <= COLLECTION_CHARS;
    for (int i = 0; good && i < name.length(); i++) {
      char c = name.charAt(i);
      good = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '_' || c == '-');
    }
    if (!good) {
      throw invalid(
          "a collection's name is 1 to 63 of a-z 0-9 _ -, the first a letter or a digit", field);
    }
    return name;
  }

  /** An id of 1 to 512 bytes of UTF-8. */
  public String id(String id, String field) {
    // A char is at most three bytes, a pair of them four: short ids need no counting.
    int most = 3 * id.length();
    int bytes = most <= ID_BYTES ? most : id.getBytes(StandardCharsets.UTF_8).length;
    if (id.isEmpty() || bytes > ID_BYTES) {
      throw invalid("an id has 1 to " + ID_BYTES + " bytes of UTF-8", field);
    }
    return id;
  }

  /** Refuses an id that was there before. */
  public void unique(Set<String> seen, String id, String field) {
    if (!seen.add(id)) {
      throw new VecraftException(ErrorCode.DUPLICATE_ID, "the id is there twice", field);
    }
  }

  /** Ids of a request: not empty, each good, none twice. */
  public List<String> ids(List<String> ids, String field) {
    items(ids.size(), field);
    var seen = new HashSet<String>(2 * ids.size());
    for (int i = 0; i < ids.size(); i++) {
      String path = field + "[" + i + "]";
      unique(seen, id(ids.get(i), path), path);
    }
    return ids;
  }

  /** The number of items of a batch: at least one. */
  public void items(int n, String field) {
    if (n == 0) {
      throw invalid("at least one is needed", field);
    }
    limits.check(Limit.BATCH_ITEMS, n, field);
  }

  /** A number from 1 up to a limit. */
  public int positive(Limit limit, long value, String field) {
    if (value < 1) {
      throw invalid(value + " is below 1", field);
    }
    limits.check(limit, value, field);
    return (int) value;
  }

  /** A vector that is not empty and within the limit; its numbers are finite. */
  public float[] vector(float[] vector, String field) {
    if (vector.length == 0) {
      throw new VecraftException(ErrorCode.INVALID_VECTOR, "the vector is empty", field);
    }
    limits.check(Limit.DIMENSION, vector.length, field);
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new VecraftException(
            ErrorCode.INVALID_VECTOR, vector[i] + " is not finite", field + "[" + i + "]");
      }
    }
    return vector;
  }

  /** A text to embed. */
  public String text(String text, String field) {
    if (text.isBlank()) {
      throw invalid("the text is empty", field);
    }
    if (3L * text.length() > limits.get(Limit.TEXT_BYTES)) {
      limits.check(Limit.TEXT_BYTES, text.getBytes(StandardCharsets.UTF_8).length, field);
    }
    return text;
  }

  /** Metadata of a size that may be written; the write path brings it into its one form. */
  public byte[] metadata(byte[] json, String field) {
    limits.check(Limit.METADATA_BYTES, json.length, field);
    return json;
  }

  /** A condition; the two kinds exclude each other. */
  public Condition condition(boolean ifAbsent, long ifVersion, String field) {
    if (ifAbsent && ifVersion != 0) {
      throw invalid("if_absent and if_version exclude each other", under(field, "if_absent"));
    }
    return ifAbsent
        ? Condition.IF_ABSENT
        : ifVersion == 0 ? Condition.NONE : Condition.ifVersion(ifVersion);
  }

  /** A filter as an object with operators. */
  public Filter filterObject(byte[] json, String field) {
    limits.check(Limit.FILTER_BYTES, json.length, field);
    return filter(() -> FilterParser.fromJson(new String(json, StandardCharsets.UTF_8)), field);
  }

  /** A filter as one SQL-like text. */
  public Filter filterText(String text, String field) {
    if (3L * text.length() > limits.get(Limit.FILTER_BYTES)) {
      limits.check(Limit.FILTER_BYTES, text.getBytes(StandardCharsets.UTF_8).length, field);
    }
    return filter(() -> FilterParser.fromSql(text), field);
  }

  /** A filter as a map of texts. */
  public Filter filterMap(Map<String, String> map, String field) {
    return filter(() -> FilterParser.fromTextMap(map), field);
  }

  private static Filter filter(Supplier<Filter> parse, String field) {
    try {
      return parse.get();
    } catch (FilterException e) {
      boolean path = !e.position().isEmpty() && !e.position().contains(" ");
      throw new VecraftException(
          ErrorCode.INVALID_FILTER,
          String.valueOf(e.getMessage()),
          path ? under(field, e.position()) : field);
    }
  }

  /** The path of a field of a field. */
  public static String under(String field, String name) {
    if (field.isEmpty() || name.isEmpty()) {
      return field + name;
    }
    return field + "." + name;
  }

  public static VecraftException invalid(String message, String field) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, message, field);
  }
}
