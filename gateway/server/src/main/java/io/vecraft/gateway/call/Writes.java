package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.write.Ack;
import io.vecraft.gateway.write.DeleteByFilterAnswer;
import io.vecraft.gateway.write.ItemResult;
import io.vecraft.gateway.write.TransactionOperation;
import io.vecraft.gateway.write.WriteAnswer;
import io.vecraft.gateway.write.WriteItem;
import io.vecraft.gateway.write.WritePath;
import io.vecraft.index.filter.Filter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes of records, for REST and gRPC alike. Calls block. Safe for concurrent use. */
public final class Writes {
  private static final Pattern FIRST_ITEM = Pattern.compile("(vectors|ids)\\[0\\]\\.?");
  private static final Pattern STEP = Pattern.compile("operations\\[(\\d+)\\]\\.(.+)");

  private final WritePath writes;
  private final Texts texts;

  public Writes(WritePath writes, Texts texts) {
    this.writes = writes;
    this.texts = texts;
  }

  /** One operation of a transaction before its texts are vectors. */
  public sealed interface Step {
    String collection();

    /** An upsert. */
    record Upsert(String collection, RecordWish record) implements Step {}

    /** A patch or a delete. */
    record Other(String collection, WriteItem item) implements Step {}
  }

  /** Writes one record; its fields are not inside of an array. */
  public Single one(Call call, String collection, RecordWish wish, Ack ack) {
    WriteAnswer answer;
    try {
      answer = batch(call, collection, List.of(wish), ack);
    } catch (VecraftException e) {
      throw withoutArray(e);
    }
    return single(answer);
  }

  public WriteAnswer batch(Call call, String collection, List<RecordWish> wishes, Ack ack) {
    call.principal().require(Action.WRITE, collection);
    List<float[]> vectors = vectors(call, collection, wishes, "vectors[%d].text");
    var items = new ArrayList<WriteItem.Upsert>(wishes.size());
    for (int i = 0; i < wishes.size(); i++) {
      items.add(wishes.get(i).upsert(vectors.get(i)));
    }
    return writes.upsert(call.writeContext(), collection, items, ack);
  }

  public Single patch(Call call, String collection, WriteItem.Patch item, Ack ack) {
    call.principal().require(Action.WRITE, collection);
    try {
      return single(writes.patch(call.writeContext(), collection, item, ack));
    } catch (VecraftException e) {
      throw withoutArray(e);
    }
  }

  /** Deletes one record; a condition that does not hold, and a record that is gone, conflict. */
  public Single delete(Call call, String collection, WriteItem.Delete item, Ack ack) {
    call.principal().require(Action.WRITE, collection);
    WriteAnswer answer;
    try {
      answer = writes.delete(call.writeContext(), collection, List.of(item), ack);
    } catch (VecraftException e) {
      throw withoutArray(e);
    }
    ItemResult result = answer.results().getFirst();
    if (result.outcome() == ItemResult.Outcome.NOT_FOUND) {
      throw new VecraftException(
          ErrorCode.CONFLICT, "record " + result.id() + " is not there", "if_version");
    }
    return single(answer);
  }

  public WriteAnswer deleteAll(
      Call call, String collection, List<WriteItem.Delete> items, Ack ack) {
    call.principal().require(Action.WRITE, collection);
    return writes.delete(call.writeContext(), collection, items, ack);
  }

  public DeleteByFilterAnswer deleteByFilter(Call call, String collection, Filter filter, Ack ack) {
    call.principal().require(Action.WRITE, collection);
    return writes.deleteByFilter(call.writeContext(), collection, filter, ack);
  }

  public WriteAnswer transaction(Call call, List<Step> steps, Ack ack) {
    steps.forEach(step -> call.principal().require(Action.WRITE, step.collection()));
    var vectors = stepVectors(call, steps);
    var operations = new ArrayList<TransactionOperation>(steps.size());
    for (int i = 0; i < steps.size(); i++) {
      operations.add(
          switch (steps.get(i)) {
            case Step.Upsert(String collection, RecordWish wish) ->
                new TransactionOperation(
                    collection,
                    wish.upsert(
                        wish.vector().isPresent()
                            ? wish.vector().get()
                            : vectors.getOrDefault(i, new float[0])));
            case Step.Other(String collection, WriteItem item) ->
                new TransactionOperation(collection, item);
          });
    }
    try {
      return writes.transaction(call.writeContext(), operations, ack);
    } catch (VecraftException e) {
      throw withKind(e, steps);
    }
  }

  /** Vectors of the steps with a text, by position; one call of the provider per collection. */
  private Map<Integer, float[]> stepVectors(Call call, List<Step> steps) {
    var positions = new LinkedHashMap<String, List<Integer>>();
    var textOf = new LinkedHashMap<Integer, String>();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof Step.Upsert(String collection, RecordWish wish)
          && wish.vector().isEmpty()) {
        positions.computeIfAbsent(collection, c -> new ArrayList<>()).add(i);
        textOf.put(i, wish.text());
      }
    }
    var vectors = new LinkedHashMap<Integer, float[]>();
    positions.forEach((collection, at) -> {
      List<String> wanted = at.stream().map(i -> textOf.getOrDefault(i, "")).toList();
      String field = "operations[%d].upsert.text".formatted(at.getFirst());
      float[][] made = texts.embed(collection, wanted, field, call.deadline());
      for (int i = 0; i < made.length; i++) {
        vectors.put(at.get(i), made[i]);
      }
    });
    return vectors;
  }

  private List<float[]> vectors(
      Call call, String collection, List<RecordWish> wishes, String field) {
    var wanted = new ArrayList<String>();
    int first = -1;
    for (int i = 0; i < wishes.size(); i++) {
      if (wishes.get(i).vector().isEmpty()) {
        first = first < 0 ? i : first;
        wanted.add(wishes.get(i).text());
      }
    }
    float[][] made =
        wanted.isEmpty()
            ? new float[0][]
            : texts.embed(collection, wanted, field.formatted(first), call.deadline());
    var vectors = new ArrayList<float[]>(wishes.size());
    int next = 0;
    for (RecordWish wish : wishes) {
      vectors.add(wish.vector().isPresent() ? wish.vector().get() : made[next++]);
    }
    return vectors;
  }

  /**
   * What became of a write of one record; what was not applied is an error.
   *
   * @param result of the record
   * @param stamp of the write
   * @param sessionStamp what the session's next token holds
   */
  public record Single(ItemResult result, long stamp, long sessionStamp) {}

  private static Single single(WriteAnswer answer) {
    ItemResult result = answer.results().getFirst();
    switch (result.outcome()) {
      case WRITTEN, CREATED, UPDATED, DELETED -> {}
      case CONFLICT ->
          throw new VecraftException(
                  ErrorCode.CONFLICT, reason(result, "the condition on record %s does not hold"))
              .inSession(answer.sessionStamp());
      case NOT_FOUND ->
          throw new VecraftException(
                  ErrorCode.RECORD_NOT_FOUND, reason(result, "record %s is not there"), "id")
              .inSession(answer.sessionStamp());
      case UNAVAILABLE ->
          throw new VecraftException(
              ErrorCode.UNAVAILABLE, reason(result, "record %s was not written"));
      case OUTCOME_UNKNOWN ->
          throw new VecraftException(
              ErrorCode.OUTCOME_UNKNOWN,
              reason(result, "record %s may have been written; retry with the same request id"));
    }
    return new Single(result, answer.stamp(), answer.sessionStamp());
  }

  private static String reason(ItemResult result, String otherwise) {
    return result.message().isEmpty() ? otherwise.formatted(result.id()) : result.message();
  }

  private static VecraftException withoutArray(VecraftException e) {
    Matcher field = FIRST_ITEM.matcher(e.field().orElse(""));
    return field.lookingAt() ? e.about(e.field().orElse("").substring(field.end())) : e;
  }

  /** The write path knows no kinds of operations in its paths; the client's body has them. */
  private static VecraftException withKind(VecraftException e, List<Step> steps) {
    Matcher field = STEP.matcher(e.field().orElse(""));
    if (!field.matches()) {
      return e;
    }
    int position = Integer.parseInt(field.group(1));
    String kind =
        switch (steps.get(position)) {
          case Step.Upsert _ -> "upsert";
          case Step.Other(String _, WriteItem.Delete _) -> "delete";
          case Step.Other _ -> "patch";
        };
    String rest = field.group(2);
    return rest.startsWith(kind + ".")
        ? e
        : e.about("operations[%d].%s.%s".formatted(position, kind, rest));
  }
}
