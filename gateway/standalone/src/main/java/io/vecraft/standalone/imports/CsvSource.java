package io.vecraft.standalone.imports;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Comma- or tab-separated values in UTF-8; the first row names the columns. In metadata a value
 * that spells a JSON number, {@code true} or {@code false} is one, an empty one is left out, all
 * others are texts.
 */
final class CsvSource implements RecordSource {
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]{0,200})(\\.[0-9]{1,200})?([eE][+-]?[0-9]{1,3})?");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final CsvMapper CSV =
      CsvMapper.csvBuilder()
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .enable(CsvParser.Feature.FAIL_ON_MISSING_COLUMNS)
          .build();

  private final Path file;
  private final ImportOptions options;
  private final Reader reader;
  private final MappingIterator<String[]> rows;
  private final List<String> columns;
  private long row;
  private long line = 1;

  CsvSource(Path file, ImportOptions options, char separator) throws IOException {
    this.file = file;
    this.options = options;
    reader = open(file);
    try {
      rows =
          CSV.readerFor(String[].class)
              .with(CsvSchema.emptySchema().withColumnSeparator(separator))
              .readValues(reader);
      columns = rows.hasNext() ? List.of(rows.next()) : List.of();
      Set<String> seen = new HashSet<>();
      for (String column : columns) {
        if (column.isBlank() || !seen.add(column)) {
          throw new ImportException(
              file + ": line 1 names no column, or one twice: '" + column + "'");
        }
      }
    } catch (ImportException e) {
      reader.close();
      throw e;
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw new ImportException(file + ": line 1: " + reason(e), e);
    }
  }

  /** A reader that refuses what is not UTF-8 and leaves out a byte order mark. */
  private static Reader open(Path file) throws IOException {
    PushbackInputStream in = new PushbackInputStream(Files.newInputStream(file), 3);
    byte[] start = in.readNBytes(3);
    boolean mark =
        start.length == 3
            && start[0] == (byte) 0xEF
            && start[1] == (byte) 0xBB
            && start[2] == (byte) 0xBF;
    if (!mark) {
      in.unread(start);
    }
    return new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder());
  }

  @Override
  public OptionalLong totalHint() {
    return OptionalLong.empty();
  }

  @Override
  public boolean hasNext() {
    try {
      return rows.hasNext();
    } catch (RuntimeException e) {
      throw new ImportException(where() + ": " + reason(e), e);
    }
  }

  @Override
  public ImportRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    line = rows.getCurrentLocation().getLineNr();
    String[] values;
    try {
      values = rows.next();
    } catch (RuntimeException e) {
      throw new ImportException(where() + ": " + reason(e), e);
    }
    if (values.length != columns.size()) {
      throw new ImportException(
          where() + " has " + values.length + " values for " + columns.size() + " columns");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      if (!values[i].isEmpty()) {
        fields.put(columns.get(i), values[i]);
      }
    }
    return record(fields);
  }

  private ImportRecord record(Map<String, String> fields) {
    String id =
        Optional.ofNullable(fields.remove(options.idField())).orElse(options.idPrefix() + row);
    Optional<float[]> vector =
        Optional.ofNullable(fields.remove(options.vectorField()))
            .map(text -> Vectors.parse(text, where()));
    Optional<String> text =
        vector.isPresent() ? Optional.empty() : options.textField().map(fields::get);
    if (vector.isEmpty() && text.isEmpty()) {
      throw new ImportException(
          where()
              + " has no vector in column "
              + options.vectorField()
              + options.textField().map(field -> " and no text in column " + field).orElse(""));
    }
    row++;
    ObjectNode metadata = JSON.createObjectNode();
    fields.forEach((name, value) -> {
      if (value.equals("true") || value.equals("false")) {
        metadata.put(name, value.equals("true"));
      } else if (NUMBER.matcher(value).matches()) {
        metadata.put(name, new BigDecimal(value));
      } else {
        metadata.put(name, value);
      }
    });
    return new ImportRecord(id, vector, text, metadata.toString().getBytes(StandardCharsets.UTF_8));
  }

  private String where() {
    return file + ": line " + line;
  }

  private static String reason(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause instanceof com.fasterxml.jackson.core.JsonProcessingException json
        ? json.getOriginalMessage()
        : cause instanceof java.nio.charset.CharacterCodingException
            ? "it is not UTF-8"
            : String.valueOf(cause.getMessage());
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new ImportException(file + " cannot be closed", e);
    }
  }
}
