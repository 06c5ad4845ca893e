package io.vecraft.standalone.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One JSON object a line; empty lines are passed over. An object in the field {@code metadata}, as
 * {@code vecraft export} writes it, gives its fields to the metadata.
 */
final class JsonLinesSource implements RecordSource {
  private static final String METADATA = "metadata";
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final Path file;
  private final ImportOptions options;
  private final LineReader lines;
  private Optional<String> ahead = Optional.empty();
  private boolean ended;
  private long row;

  JsonLinesSource(Path file, ImportOptions options) throws IOException {
    this.file = file;
    this.options = options;
    this.lines = new LineReader(file);
  }

  @Override
  public OptionalLong totalHint() {
    return OptionalLong.empty();
  }

  @Override
  public boolean hasNext() {
    while (ahead.isEmpty() && !ended) {
      try {
        Optional<String> line = lines.next();
        ended = line.isEmpty();
        ahead = line.filter(text -> !text.isBlank());
      } catch (IOException e) {
        throw new ImportException(lines.where() + " cannot be read", e);
      }
    }
    return ahead.isPresent();
  }

  @Override
  public ImportRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    String line = ahead.orElseThrow();
    ahead = Optional.empty();
    String where = lines.where();
    try {
      JsonNode node = MAPPER.readTree(line);
      if (!(node instanceof ObjectNode object)) {
        throw new ImportException(where + " is not a JSON object");
      }
      return record(object, where);
    } catch (JsonProcessingException e) {
      throw new ImportException(where + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private ImportRecord record(ObjectNode object, String where) throws JsonProcessingException {
    String id = id(Optional.ofNullable(object.remove(options.idField())), where);
    Optional<float[]> vector =
        present(object.remove(options.vectorField())).map(json -> vector(json, where));
    Optional<String> text = Optional.empty();
    if (vector.isEmpty() && options.textField().isPresent()) {
      text = present(object.get(options.textField().get())).map(json -> text(json, where));
    }
    if (vector.isEmpty() && text.isEmpty()) {
      throw new ImportException(
          where
              + " has no vector in field "
              + options.vectorField()
              + options.textField().map(field -> " and no text in field " + field).orElse(""));
    }
    row++;
    return new ImportRecord(id, vector, text, MAPPER.writeValueAsBytes(metadata(object, where)));
  }

  private static Optional<JsonNode> present(JsonNode json) {
    return json == null || json.isNull() ? Optional.empty() : Optional.of(json);
  }

  private String id(Optional<JsonNode> json, String where) {
    if (json.isEmpty() || json.get().isNull()) {
      return options.idPrefix() + row;
    }
    if (!json.get().isTextual() && !json.get().isIntegralNumber()) {
      throw new ImportException(
          where + ": the id in field " + options.idField() + " is neither a text nor an integer");
    }
    return json.get().asText();
  }

  private float[] vector(JsonNode json, String where) {
    if (!json.isArray() || json.isEmpty()) {
      throw new ImportException(
          where + ": field " + options.vectorField() + " is not an array of numbers");
    }
    float[] vector = new float[json.size()];
    for (int i = 0; i < vector.length; i++) {
      if (!json.get(i).isNumber()) {
        throw new ImportException(where + ": number " + i + " of the vector is not a number");
      }
      vector[i] = json.get(i).floatValue();
    }
    return Vectors.checked(vector, where);
  }

  private String text(JsonNode json, String where) {
    if (!json.isTextual()) {
      throw new ImportException(
          where + ": field " + options.textField().orElse("") + " is not a text");
    }
    return json.textValue();
  }

  private static ObjectNode metadata(ObjectNode object, String where) {
    if (!(object.get(METADATA) instanceof ObjectNode inner)) {
      return object;
    }
    object.remove(METADATA);
    inner
        .properties()
        .forEach(field -> {
          if (object.has(field.getKey())) {
            throw new ImportException(
                where + ": field " + field.getKey() + " is there beside metadata and in it");
          }
        });
    object.setAll(inner);
    return object;
  }

  @Override
  public void close() {
    try {
      lines.close();
    } catch (IOException e) {
      throw new ImportException(file + " cannot be closed", e);
    }
  }
}
