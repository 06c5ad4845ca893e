package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One table of a report: the same rows for a person and as JSON. */
final class Report {
  static final ObjectMapper JSON = new ObjectMapper();

  private final Screen screen;
  private final ObjectNode root = JSON.createObjectNode();

  Report(Screen screen) {
    this.screen = screen;
  }

  ObjectNode root() {
    return root;
  }

  Screen screen() {
    return screen;
  }

  /** Starts a part; it is shown when it is whole. */
  Table part(String name, String title) {
    return new Table(root.putArray(name), title);
  }

  /** Rows with the same columns each, shown together at the end. */
  final class Table {
    private final ArrayNode json;
    private final String title;
    private final List<Map<String, Object>> rows = new ArrayList<>();

    private Table(ArrayNode json, String title) {
      this.json = json;
      this.title = title;
    }

    /** A row of a measurement, its columns in the order in which they are put. */
    Row row() {
      Row row = new Row();
      rows.add(row.values);
      return row;
    }

    /** Shows the rows. */
    void show() {
      if (rows.isEmpty()) {
        return;
      }
      screen.line("");
      screen.line(title);
      var names = new ArrayList<String>();
      rows.forEach(r -> r.keySet().stream().filter(n -> !names.contains(n)).forEach(names::add));
      screen.table(
          names,
          rows.stream()
              .map(r -> names.stream().map(n -> text(r.getOrDefault(n, ""))).toList())
              .toList());
      rows.forEach(r -> json.add(JSON.valueToTree(r)));
    }
  }

  /** One row. */
  static final class Row {
    private final Map<String, Object> values = new LinkedHashMap<>();

    Row put(String column, Object value) {
      values.put(column, value instanceof Double d ? rounded(d) : value);
      return this;
    }
  }

  /** Four significant digits: more would claim more than a run can show. */
  private static double rounded(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return 0;
    }
    double unit = Math.pow(10, 3 - Math.floor(Math.log10(Math.abs(value))));
    return Math.round(value * unit) / unit;
  }

  private static String text(Object value) {
    if (value instanceof Double d) {
      if (Math.abs(d) >= 1_000) {
        return String.format(Locale.ROOT, "%,.0f", d);
      }
      return Math.abs(d) >= 10
          ? String.format(Locale.ROOT, "%.1f", d)
          : String.format(Locale.ROOT, "%.4f", d);
    }
    return value instanceof Integer || value instanceof Long
        ? String.format(Locale.ROOT, "%,d", ((Number) value).longValue())
        : String.valueOf(value);
  }
}
