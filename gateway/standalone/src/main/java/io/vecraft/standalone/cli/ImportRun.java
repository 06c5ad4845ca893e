package io.vecraft.standalone.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.vecraft.standalone.imports.ImportRecord;
import io.vecraft.standalone.imports.RecordSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * Sends the records of a source in batches. Which records a batch holds, and its request id, follow
 * from the source and the run alone, so that a batch that is sent again is the same batch.
 */
final class ImportRun {
  /** A batch is cut here whatever its number of records, well below what the server takes. */
  private static final int BATCH_BYTES = 8 << 20;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();

  private final Api api;
  private final String collection;
  private final int batch;
  private final int concurrency;
  private final long limit;

  ImportRun(Api api, String collection, int batch, int concurrency, long limit) {
    this.api = api;
    this.collection = collection;
    this.batch = batch;
    this.concurrency = concurrency;
    this.limit = limit;
  }

  /** Sends what the state does not know to be acknowledged; returns how many records that was. */
  long run(RecordSource source, ImportState state) {
    OptionalLong total = source.totalHint();
    if (total.isPresent()) {
      total = OptionalLong.of(Math.min(limit, total.getAsLong()));
    }
    long row = 0;
    long skip = state.acknowledged();
    while (row < skip && source.hasNext()) {
      source.next();
      row++;
    }
    long first = row;
    try (Progress progress = Progress.onStandardError("records", total);
        BatchWriter writer =
            new BatchWriter(
                api,
                collection,
                concurrency,
                done -> {
                  state.acknowledge(done.end() - done.records(), done.end());
                  progress.add(done.records());
                })) {
      progress.skip(skip);
      while (source.hasNext() && row < limit) {
        BatchWriter.Batch next = next(source, state.run(), row);
        writer.send(next);
        row = next.end();
      }
      writer.finish();
    }
    return row - first;
  }

  private BatchWriter.Batch next(RecordSource source, String run, long start) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(1 << 16);
    int records = 0;
    try (JsonGenerator json = JSON.createGenerator(body)) {
      json.writeStartObject();
      json.writeArrayFieldStart("vectors");
      while (records < batch
          && start + records < limit
          && body.size() < BATCH_BYTES
          && source.hasNext()) {
        write(json, source.next());
        // So that the size of the body is what it seems to be.
        json.flush();
        records++;
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return new BatchWriter.Batch(
        "import-" + run + "-" + start, body.toByteArray(), records, start + records);
  }

  private static void write(JsonGenerator json, ImportRecord record) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", record.id());
    if (record.vector().isPresent()) {
      json.writeArrayFieldStart("vector");
      for (float value : record.vector().get()) {
        json.writeNumber(value);
      }
      json.writeEndArray();
    } else {
      json.writeStringField("text", record.text().orElse(""));
    }
    json.writeFieldName("metadata");
    json.writeRawValue(new String(record.metadataJson(), StandardCharsets.UTF_8));
    json.writeEndObject();
  }
}
