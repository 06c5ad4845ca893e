package io.vecraft.gateway.call;

import io.vecraft.gateway.write.Condition;
import io.vecraft.gateway.write.WriteItem;
import java.util.Optional;

/**
 * A record as a client writes it.
 *
 * @param id empty when one is to be made
 * @param vector empty when it is to be made of the text
 * @param text empty when there is a vector
 * @param metadata a JSON object in UTF-8; empty for none
 * @param condition what must hold
 */
public record RecordWish(
    String id, Optional<float[]> vector, String text, byte[] metadata, Condition condition) {

  /** Exactly one of vector and text is needed. */
  public RecordWish checked(String path) {
    if (vector.isPresent() && !text.isEmpty()) {
      throw Checks.invalid("vector and text exclude each other", Checks.under(path, "text"));
    }
    if (vector.isEmpty() && text.isEmpty()) {
      throw Checks.invalid("vector or text is needed", Checks.under(path, "vector"));
    }
    return this;
  }

  WriteItem.Upsert upsert(float[] values) {
    return new WriteItem.Upsert(id, values, metadata, text, condition);
  }
}
