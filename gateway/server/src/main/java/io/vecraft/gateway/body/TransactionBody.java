package io.vecraft.gateway.body;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.RecordWish;
import io.vecraft.gateway.call.Writes.Step;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.Ack;
import io.vecraft.gateway.write.WriteItem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Transactions. */
public final class TransactionBody {
  static final Fields FIELDS = Fields.of("TransactionRequest", "operations", "ack");
  static final Fields OPERATION_FIELDS =
      Fields.of("TransactionOperation", "collection", "upsert", "patch", "delete");
  static final Fields PATCH_FIELDS = Fields.of("TransactionPatch", "id", "metadata", "if_version");
  static final Fields DELETE_FIELDS = Fields.of("TransactionDelete", "id", "if_version");

  private final Bodies bodies;
  private final RecordBody records;

  public TransactionBody(Bodies bodies, RecordBody records) {
    this.bodies = bodies;
    this.records = records;
  }

  /** What is to happen at one instant. */
  public record Transaction(List<Step> steps, Ack ack) {}

  public Transaction read(byte[] body) {
    bodies.checks().limits().check(Limit.TRANSACTION_BYTES, body.length, "");
    return bodies.read(body, this::transaction);
  }

  private Transaction transaction(JsonIn in) {
    var steps = new ArrayList<Step>();
    Ack ack = Ack.JOURNAL;
    in.object(FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      switch (field) {
        case 0 -> steps(in, steps);
        case 1 -> ack = Bodies.ack(in);
        default -> throw new IllegalStateException("field " + field);
      }
    }
    if (steps.isEmpty()) {
      throw Checks.invalid("at least one is needed", "operations");
    }
    return new Transaction(steps, ack);
  }

  private void steps(JsonIn in, List<Step> into) {
    Set<List<String>> seen = new HashSet<>();
    in.array();
    while (in.element()) {
      Step step = step(in, "operations[" + into.size() + "]", seen);
      into.add(step);
      bodies.checks().limits().check(Limit.TRANSACTION_OPERATIONS, into.size(), "operations");
    }
  }

  private Step step(JsonIn in, String path, Set<List<String>> seen) {
    String collection = Checks.DEFAULT_COLLECTION;
    Optional<Object> what = Optional.empty();
    String kind = "";
    in.object(OPERATION_FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      if (field == 0) {
        collection = bodies.checks().collection(in.text(), in.path());
        continue;
      }
      if (what.isPresent()) {
        throw Checks.invalid("upsert, patch and delete exclude each other", in.path());
      }
      kind = OPERATION_FIELDS.names().get(field);
      String under = path + "." + kind;
      what =
          Optional.of(
              switch (field) {
                case 1 -> records.record(in, under);
                case 2 -> patch(in, under);
                default -> delete(in, under);
              });
    }
    Step step =
        switch (what.orElseThrow(() -> Checks.invalid("upsert, patch or delete is needed", path))) {
          case RecordWish record -> new Step.Upsert(collection, record);
          case WriteItem item -> new Step.Other(collection, item);
          default -> throw new IllegalStateException(kind);
        };
    String id =
        switch (step) {
          case Step.Upsert upsert -> upsert.record().id();
          case Step.Other other -> other.item().id();
        };
    if (!id.isEmpty() && !seen.add(List.of(collection, id))) {
      throw new VecraftException(
          ErrorCode.DUPLICATE_ID, "the record is there twice", path + "." + kind + ".id");
    }
    return step;
  }

  private WriteItem patch(JsonIn in, String path) {
    Optional<String> id = Optional.empty();
    Optional<byte[]> metadata = Optional.empty();
    long ifVersion = 0;
    in.object(PATCH_FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      switch (field) {
        case 0 -> id = Optional.of(bodies.checks().id(in.text(), in.path()));
        case 1 -> metadata = Optional.of(records.metadata(in));
        case 2 -> ifVersion = Bodies.version(in);
        default -> throw new IllegalStateException("field " + field);
      }
    }
    return new WriteItem.Patch(
        id.orElseThrow(() -> Checks.invalid("needed", path + ".id")),
        metadata.orElseThrow(() -> Checks.invalid("needed", path + ".metadata")),
        bodies.checks().condition(false, ifVersion, path));
  }

  private WriteItem delete(JsonIn in, String path) {
    Optional<String> id = Optional.empty();
    long ifVersion = 0;
    in.object(DELETE_FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      switch (field) {
        case 0 -> id = Optional.of(bodies.checks().id(in.text(), in.path()));
        case 1 -> ifVersion = Bodies.version(in);
        default -> throw new IllegalStateException("field " + field);
      }
    }
    return new WriteItem.Delete(
        id.orElseThrow(() -> Checks.invalid("needed", path + ".id")),
        bodies.checks().condition(false, ifVersion, path));
  }
}
