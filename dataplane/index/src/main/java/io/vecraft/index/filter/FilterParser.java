package io.vecraft.index.filter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** Reads filters in their three forms. Stateless. */
public final class FilterParser {
  private FilterParser() {}

  /**
   * Reads the value of {@code filters}: an object with the operators {@code $eq $ne $gt $gte $lt
   * $lte $in $nin $exists $and $or $not}, or a text as for {@link #fromSql}.
   *
   * @throws FilterException when it is not one, or a limit is passed
   */
  public static Filter fromJson(JsonNode json) {
    throw new UnsupportedOperationException();
  }

  /**
   * As {@link #fromJson(JsonNode)}, from JSON text.
   *
   * @throws FilterException also when the text is not JSON or has a key twice
   */
  public static Filter fromJson(String json) {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads a condition like {@code category = 'documents' AND (year >= 2020 OR NOT active)}.
   *
   * @throws FilterException with line and column
   */
  public static Filter fromSql(String text) {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads a map of texts: each field equals the text, or the number or boolean that the text
   * spells; all must.
   *
   * @throws FilterException names the key
   */
  public static Filter fromTextMap(Map<String, String> map) {
    throw new UnsupportedOperationException();
  }
}
