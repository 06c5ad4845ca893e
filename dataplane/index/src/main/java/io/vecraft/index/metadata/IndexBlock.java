package io.vecraft.index.metadata;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The parts of the index that hold rows of one block of 65,536, for one look at them.
 *
 * @param number high bits of the rows
 * @param tail the newest rows, if they are in this block
 * @param tailCount how many rows of the tail to look at
 */
record IndexBlock(int number, List<Segment> segments, Optional<Tail> tail, int tailCount) {

  long[] added() {
    long[] added = new long[Bits.WORDS];
    segments.forEach(segment -> segment.added(added));
    tail.ifPresent(t -> t.added(tailCount, added));
    return added;
  }

  Bits evaluate(FilterPlan plan, long[] added) {
    return switch (plan) {
      case FilterPlan.Leaf(LeafQuery query) -> evaluate(query);
      case FilterPlan.Unknown unknown -> Bits.unknown(added);
      case FilterPlan.Not(FilterPlan part) -> evaluate(part, added).not(added);
      case FilterPlan.Parts(List<FilterPlan> parts, boolean all) -> {
        Bits result = all ? Bits.exactly(added) : Bits.nothing();
        for (FilterPlan part : parts) {
          Bits bits = evaluate(part, added);
          result = all ? result.and(bits) : result.or(bits);
        }
        yield result;
      }
    };
  }

  private Bits evaluate(LeafQuery query) {
    long[] certain = new long[Bits.WORDS];
    long[] possible = new long[Bits.WORDS];
    segments.forEach(segment -> segment.collect(query, certain, possible));
    tail.ifPresent(t -> t.collect(query, tailCount, certain, possible));
    for (int i = 0; i < Bits.WORDS; i++) {
      possible[i] |= certain[i];
    }
    return Arrays.equals(certain, possible) ? Bits.exactly(possible) : new Bits(certain, possible);
  }
}
