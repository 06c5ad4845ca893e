package io.vecraft.journal.log;

import io.vecraft.proto.journal.Append;
import java.util.List;

/**
 * Appends that are proposed together, with the stamp of the clock round that was sent after the
 * last of them had begun.
 *
 * @param stamp of slot 0; the stamps given are not below it
 */
public record Proposal(long stamp, List<Append> appends) {
  public Proposal {
    appends = List.copyOf(appends);
  }
}
