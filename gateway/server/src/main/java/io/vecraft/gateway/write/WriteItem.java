package io.vecraft.gateway.write;

/** One item of a write. */
public sealed interface WriteItem {
  /** Id of the record; empty where one is to be made. */
  String id();

  /** What must hold for it to have an effect. */
  Condition condition();

  /**
   * Replaces vector and metadata.
   *
   * @param id 1 to 512 bytes of UTF-8; empty: one is made from the request id
   * @param vector of the collection's dimension
   * @param metadata a JSON object in UTF-8; empty means {@code {}}
   * @param text what the vector was made of, or empty; it stands for the vector when a retry is
   *     compared with the first request
   * @param condition none, if absent, or if version
   */
  record Upsert(String id, float[] vector, byte[] metadata, String text, Condition condition)
      implements WriteItem {}

  /**
   * Merges keys into the metadata of a record that exists; null removes a key.
   *
   * @param id of the record
   * @param metadata a JSON object in UTF-8
   * @param condition none or if version
   */
  record Patch(String id, byte[] metadata, Condition condition) implements WriteItem {}

  /**
   * Deletes a record.
   *
   * @param id of the record
   * @param condition none or if version
   */
  record Delete(String id, Condition condition) implements WriteItem {}
}
