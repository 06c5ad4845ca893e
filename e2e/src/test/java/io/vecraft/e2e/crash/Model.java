package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.crash.Effect.Condition;
import io.vecraft.e2e.crash.Effect.Key;
import io.vecraft.e2e.crash.Effect.Merge;
import io.vecraft.e2e.crash.Effect.Put;
import io.vecraft.e2e.crash.Effect.Remove;
import io.vecraft.e2e.crash.Request.Result;
import io.vecraft.e2e.http.Rest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the records must be: the requests whose outcomes are known, one after the other in the order
 * of their stamps. Every outcome is compared with the one that follows from the order.
 */
final class Model {
  private final Map<Key, TreeMap<Long, Version>> records = new HashMap<>();
  private final Set<Long> stamps = new HashSet<>();
  private long placedUpTo;

  /**
   * One version of a record.
   *
   * @param kind {@code upsert}, {@code patch} or {@code delete}
   */
  record Version(long stamp, String kind, String requestId, float[] vector, ObjectNode metadata) {
    boolean live() {
      return !kind.equals("delete");
    }
  }

  /** Effects of a request at one stamp. */
  private record Place(long stamp, Sent sent, List<Integer> effects) {}

  /**
   * Places requests. All of their stamps must be known and above those placed before.
   *
   * @param asOf nothing later than this stamp can have been told
   */
  void place(List<Sent> settled, long asOf) {
    List<Place> places = new ArrayList<>();
    for (Sent sent : settled) {
      List<Result> results = sent.results();
      var byStamp = new TreeMap<Long, List<Integer>>();
      for (int i = 0; i < results.size(); i++) {
        byStamp.computeIfAbsent(results.get(i).stamp(), s -> new ArrayList<>()).add(i);
      }
      if (sent.request().atomic() && byStamp.size() != 1) {
        throw new AssertionError("a transaction at several stamps: " + sent.request());
      }
      byStamp.forEach((stamp, effects) -> places.add(new Place(stamp, sent, effects)));
    }
    places.sort(Comparator.comparingLong(Place::stamp));
    for (Place place : places) {
      require(
          place.stamp() > place.sent().floor() && place.stamp() > placedUpTo,
          place,
          "is not above what was acknowledged before it began");
      require(place.stamp() <= asOf, place, "is above a later strong read");
      require(stamps.add(place.stamp()), place, "has the stamp of another write");
      apply(place);
    }
    placedUpTo = Math.max(placedUpTo, asOf);
  }

  private static void require(boolean holds, Place place, String what) {
    if (!holds) {
      throw new AssertionError(
          "%s: %s at %d, results %s"
              .formatted(what, place.sent().request(), place.stamp(), place.sent().results()));
    }
  }

  private void apply(Place place) {
    Request request = place.sent().request();
    List<Result> results = place.sent().results();
    boolean all =
        place.effects().stream()
            .allMatch(i -> holds(request.effects().get(i), key(request, results, i)));
    List<Runnable> changes = new ArrayList<>();
    for (int i : place.effects()) {
      Effect effect = request.effects().get(i);
      Key key = key(request, results, i);
      boolean effective = request.atomic() ? all : holds(effect, key);
      String expected = effective ? outcome(effect, newest(key)) : Result.NO_EFFECT;
      require(
          results.get(i).outcome().equals(expected),
          place,
          "effect %d should be %s".formatted(i, expected));
      if (effective) {
        changes.add(() -> change(effect, key, place.stamp(), request.id()));
      }
    }
    changes.forEach(Runnable::run);
  }

  /** With the id that the server made. */
  private static Key key(Request request, List<Result> results, int effect) {
    Key key = request.effects().get(effect).key();
    return key.id().isEmpty() ? new Key(key.collection(), results.get(effect).id()) : key;
  }

  private boolean holds(Effect effect, Key key) {
    Optional<Version> now = newest(key);
    boolean condition =
        switch (effect.condition()) {
          case Condition.None() -> true;
          case Condition.IfAbsent() -> now.isEmpty();
          case Condition.IfVersion(long version) -> now.isPresent() && now.get().stamp() == version;
        };
    return condition && !(effect instanceof Merge && now.isEmpty());
  }

  private static String outcome(Effect effect, Optional<Version> before) {
    return switch (effect) {
      case Put p when p.condition() instanceof Condition.None -> "written";
      case Put p -> before.isPresent() ? "updated" : "created";
      case Merge m -> "updated";
      case Remove r -> "deleted";
    };
  }

  private void change(Effect effect, Key key, long stamp, String requestId) {
    Optional<Version> before = newest(key);
    Version after =
        switch (effect) {
          case Put p -> new Version(stamp, "upsert", requestId, p.vector(), p.metadata());
          case Merge m -> {
            Version old = before.orElseThrow();
            yield new Version(
                stamp, "patch", requestId, old.vector(), merged(old.metadata(), m.changes()));
          }
          case Remove r -> new Version(stamp, "delete", requestId, new float[0], Rest.object());
        };
    if (after.live() || before.isPresent()) {
      records.computeIfAbsent(key, k -> new TreeMap<>()).put(stamp, after);
    }
  }

  private static ObjectNode merged(ObjectNode old, ObjectNode changes) {
    ObjectNode merged = old.deepCopy();
    changes
        .properties()
        .forEach(field -> {
          if (field.getValue().isNull()) {
            merged.remove(field.getKey());
          } else {
            merged.set(field.getKey(), field.getValue());
          }
        });
    return merged;
  }

  private Optional<Version> newest(Key key) {
    return at(key, Long.MAX_VALUE);
  }

  /** The record at a stamp; empty when there is none. */
  Optional<Version> at(Key key, long stamp) {
    var entry = records.getOrDefault(key, new TreeMap<>()).floorEntry(stamp);
    return Optional.ofNullable(entry).map(Map.Entry::getValue).filter(Version::live);
  }

  /** All versions of a record, newest first. */
  List<Version> history(Key key) {
    return List.copyOf(records.getOrDefault(key, new TreeMap<>()).descendingMap().values());
  }

  /** All records of a collection that ever were. */
  List<Key> keys(String collection) {
    return records.keySet().stream()
        .filter(k -> k.collection().equals(collection))
        .sorted(Comparator.comparing(Key::id))
        .toList();
  }

  /** The records of a collection at a stamp. */
  Map<String, Version> live(String collection, long stamp) {
    var live = new TreeMap<String, Version>();
    for (Key key : keys(collection)) {
      at(key, stamp).ifPresent(v -> live.put(key.id(), v));
    }
    return live;
  }
}
