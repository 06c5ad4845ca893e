package io.vecraft.e2e.history;

import io.vecraft.e2e.history.Op.Condition;
import io.vecraft.e2e.history.Op.Item;

/**
 * What a client asks of one record.
 *
 * @param value that the metadata holds afterwards; {@link Op#ABSENT} for a delete
 * @param ifAbsent only if there is no such record
 * @param ifVersion only if that is its version; 0: no such condition
 * @param ifValue the value that the record has in that version
 */
record Change(
    String collection,
    String id,
    Kind kind,
    int value,
    boolean ifAbsent,
    long ifVersion,
    int ifValue) {
  /** Ways of changing. */
  enum Kind {
    UPSERT,
    PATCH,
    DELETE
  }

  /** Its name in histories. */
  String key() {
    return key(collection, id);
  }

  static String key(String collection, String id) {
    return collection + "/" + id;
  }

  /** As the checkers know it. */
  Item item() {
    Condition condition = new Condition.None();
    if (ifAbsent) {
      condition = new Condition.Absent();
    } else if (ifVersion > 0) {
      condition = new Condition.Is(ifValue);
    } else if (kind == Kind.PATCH) {
      condition = new Condition.Present();
    }
    return new Item(key(), value, condition);
  }

  /** Any vector that is not zero will do. */
  float[] vector() {
    return new float[] {1, value % 5};
  }
}
