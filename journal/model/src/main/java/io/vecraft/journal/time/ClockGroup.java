package io.vecraft.journal.time;

import java.util.HashSet;
import java.util.List;

/**
 * The clock group of one epoch, as the SYSTEM log names it.
 *
 * @param epoch from 1; answers of two epochs are never mixed
 * @param members with distinct names; a majority of them decides
 */
public record ClockGroup(long epoch, List<ClockMember> members) {
  public ClockGroup {
    members = List.copyOf(members);
    var names = new HashSet<String>();
    members.forEach(m -> names.add(m.name()));
    if (epoch < 1 || members.isEmpty() || names.size() != members.size()) {
      throw new IllegalArgumentException("epoch " + epoch + ", members " + names);
    }
  }

  /** How many members are a majority. */
  public int majority() {
    return members.size() / 2 + 1;
  }
}
