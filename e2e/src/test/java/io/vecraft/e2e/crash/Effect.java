package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a request does to one record. */
sealed interface Effect {
  Key key();

  Condition condition();

  /**
   * A record.
   *
   * @param collection name of its collection; made again after a drop it is another one, told apart
   *     by what follows a {@code #}
   * @param id empty when the server makes it
   */
  record Key(String collection, String id) {
    /** The collection's name in requests. */
    String collectionName() {
      int mark = collection.indexOf('#');
      return mark < 0 ? collection : collection.substring(0, mark);
    }
  }

  /** What must hold just before. */
  sealed interface Condition {
    record None() implements Condition {}

    record IfAbsent() implements Condition {}

    record IfVersion(long version) implements Condition {}
  }

  /** Writes vector and metadata. */
  record Put(Key key, Condition condition, float[] vector, ObjectNode metadata) implements Effect {}

  /** Changes metadata; a null removes a key. The record must be there. */
  record Merge(Key key, Condition condition, ObjectNode changes) implements Effect {}

  /** Deletes. */
  record Remove(Key key, Condition condition) implements Effect {}
}
