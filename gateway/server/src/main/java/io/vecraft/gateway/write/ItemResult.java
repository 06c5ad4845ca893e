package io.vecraft.gateway.write;

/**
 * What became of one item.
 *
 * @param id of the record
 * @param version stamp of the write; 0 when nothing was journaled for the item
 * @param outcome what became of it
 * @param message why, for a person; empty when there is nothing to say
 */
public record ItemResult(String id, long version, Outcome outcome, String message) {

  /** Outcomes of items. */
  public enum Outcome {
    /** An unconditional upsert was journaled. */
    WRITTEN,
    /** A conditional upsert made the record. */
    CREATED,
    /** A conditional upsert or a patch changed the record. */
    UPDATED,
    /** A delete was journaled, or a conditional one deleted the record. */
    DELETED,
    /** The condition did not hold. */
    CONFLICT,
    /** A patch or conditional delete of a record that is not there. */
    NOT_FOUND,
    /** Certainly not applied. */
    UNAVAILABLE,
    /** A retry with the same request id learns it. */
    OUTCOME_UNKNOWN;

    /** The name in answers, lower case. */
    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  static ItemResult of(String id, long version, Outcome outcome) {
    return new ItemResult(id, version, outcome, "");
  }
}
