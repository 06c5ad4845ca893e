package io.vecraft.gateway.body;

import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.RecordWish;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import io.vecraft.gateway.write.Ack;
import io.vecraft.gateway.write.WriteItem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Records that are written: one, a batch, a patch. */
public final class RecordBody {
  static final Fields FIELDS =
      Fields.of("Record", "id", "vector", "text", "metadata", "if_absent", "if_version");
  static final Fields SINGLE_FIELDS =
      Fields.of(
          "InsertRequest",
          "id",
          "vector",
          "text",
          "metadata",
          "if_absent",
          "if_version",
          "collection",
          "ack");
  static final Fields BATCH_FIELDS = Fields.of("UpsertRequest", "vectors", "ack");
  static final Fields PATCH_FIELDS = Fields.of("PatchRequest", "metadata", "if_version", "ack");

  private final Bodies bodies;

  public RecordBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** One record for a collection. */
  public record Single(String collection, RecordWish record, Ack ack) {}

  /** Records for the collection of the path. */
  public record Batch(List<RecordWish> records, Ack ack) {}

  /** Changes for the record of the path. */
  public record Patch(WriteItem.Patch item, Ack ack) {}

  /** The fields of a record while they are read. */
  private final class Parts {
    private String id = "";
    private Optional<float[]> vector = Optional.empty();
    private String text = "";
    private byte[] metadata = new byte[0];
    private boolean ifAbsent;
    private long ifVersion;
    private String collection = Checks.DEFAULT_COLLECTION;
    private Ack ack = Ack.JOURNAL;

    void read(JsonIn in, int field) {
      switch (field) {
        case 0 -> id = bodies.checks().id(in.text(), in.path());
        case 1 -> vector = Optional.of(bodies.vector(in));
        case 2 -> text = bodies.checks().text(in.text(), in.path());
        case 3 -> metadata = metadata(in);
        case 4 -> ifAbsent = in.bool();
        case 5 -> ifVersion = Bodies.version(in);
        case 6 -> collection = bodies.checks().collection(in.text(), in.path());
        case 7 -> ack = Bodies.ack(in);
        default -> throw new IllegalStateException("field " + field);
      }
    }

    RecordWish wish(String path) {
      return new RecordWish(
              id, vector, text, metadata, bodies.checks().condition(ifAbsent, ifVersion, path))
          .checked(path);
    }
  }

  public Single single(byte[] body) {
    return bodies.read(
        body,
        in -> {
          Parts parts = new Parts();
          in.object(SINGLE_FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            parts.read(in, field);
          }
          return new Single(parts.collection, parts.wish(""), parts.ack);
        });
  }

  public Batch batch(byte[] body) {
    return bodies.read(body, this::batch);
  }

  private Batch batch(JsonIn in) {
    Optional<List<RecordWish>> records = Optional.empty();
    Ack ack = Ack.JOURNAL;
    in.object(BATCH_FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      switch (field) {
        case 0 -> records = Optional.of(records(in));
        case 1 -> ack = Bodies.ack(in);
        default -> throw new IllegalStateException("field " + field);
      }
    }
    return new Batch(records.orElseThrow(() -> Checks.invalid("needed", "vectors")), ack);
  }

  private List<RecordWish> records(JsonIn in) {
    var records = new ArrayList<RecordWish>();
    var seen = new HashSet<String>();
    in.array();
    while (in.element()) {
      String path = "vectors[" + records.size() + "]";
      RecordWish record = record(in, path);
      if (!record.id().isEmpty()) {
        bodies.checks().unique(seen, record.id(), path + ".id");
      }
      records.add(record);
      bodies.checks().items(records.size(), "vectors");
    }
    bodies.checks().items(records.size(), "vectors");
    return records;
  }

  /** The record that the reader stands on. */
  RecordWish record(JsonIn in, String path) {
    Parts parts = new Parts();
    in.object(FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      parts.read(in, field);
    }
    return parts.wish(path);
  }

  public Patch patch(byte[] body, String id) {
    return bodies.read(
        body,
        in -> {
          Optional<byte[]> metadata = Optional.empty();
          long ifVersion = 0;
          Ack ack = Ack.JOURNAL;
          in.object(PATCH_FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            switch (field) {
              case 0 -> metadata = Optional.of(metadata(in));
              case 1 -> ifVersion = Bodies.version(in);
              case 2 -> ack = Bodies.ack(in);
              default -> throw new IllegalStateException("field " + field);
            }
          }
          byte[] changes = metadata.orElseThrow(() -> Checks.invalid("needed", "metadata"));
          return new Patch(
              new WriteItem.Patch(id, changes, bodies.checks().condition(false, ifVersion, "")),
              ack);
        });
  }

  /** The metadata that the reader stands on. */
  byte[] metadata(JsonIn in) {
    String path = in.path();
    return bodies.checks().metadata(in.rawObject(), path);
  }
}
