package io.vecraft.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What commands print: results go to standard output, everything about them to standard error. */
final class Output {
  private final PrintWriter out;

  Output(PrintWriter out) {
    this.out = out;
  }

  void line(String text) {
    out.println(text);
    out.flush();
  }

  void line(String format, Object... values) {
    line(String.format(Locale.ROOT, format, values));
  }

  void json(JsonNode node) {
    try {
      line(Api.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that was read is writable", e);
    }
  }

  /** Prints aligned columns under their names; numbers to the right. */
  void table(List<String> header, List<List<String>> rows) {
    int columns = header.size();
    int[] width = new int[columns];
    boolean[] numeric = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      width[c] = header.get(c).length();
      numeric[c] = !rows.isEmpty();
      for (List<String> row : rows) {
        width[c] = Math.max(width[c], row.get(c).length());
        numeric[c] &= row.get(c).matches("-?[0-9][0-9.,]*|-");
      }
    }
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    all.addAll(rows);
    for (List<String> row : all) {
      StringBuilder text = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String pad = " ".repeat(width[c] - row.get(c).length());
        text.append(numeric[c] ? pad + row.get(c) : row.get(c) + pad).append("  ");
      }
      line(text.toString().stripTrailing());
    }
  }

  /** Text cut to a length with a mark that it was, line breaks turned into blanks. */
  static String brief(String text, int length) {
    String flat = text.replaceAll("\\s+", " ").strip();
    return flat.length() <= length ? flat : flat.substring(0, length - 1) + "…";
  }
}
