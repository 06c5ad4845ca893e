package io.vecraft.journal.meta.placement;

import io.vecraft.proto.journal.JournalMember;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A place among the replicas of a partition that is to be given to a node: the next step from the
 * replicas that there are to those that are wanted. Pure.
 *
 * @param out id of who has it; empty: nobody, and there is one replica more
 * @param in who gets it; one that counts already when there is one replica too many
 */
public record ReplicaPlace(String out, JournalMember in) {
  /** Of so many replicas none is replaced by another: there is one more first. */
  private static final int FEW = 2;

  /**
   * The next step; empty when all replicas are where they are wanted, or nobody who lacks one is
   * there, or one is too many and somebody who is wanted does not answer.
   *
   * @param ids of the replicas that there are
   * @param wanted members by the ids of their replicas
   * @param present ids of the nodes that answer
   */
  public static Optional<ReplicaPlace> of(
      Set<String> ids, Map<String, JournalMember> wanted, Set<String> present) {
    List<String> extra =
        ids.stream()
            .filter(id -> !wanted.containsKey(id))
            // One that does not answer goes first: it is no help meanwhile.
            .sorted(
                Comparator.<String, Boolean>comparing(present::contains)
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    List<String> lacking =
        wanted.keySet().stream().filter(id -> !ids.contains(id)).sorted().toList();
    // Of two, one in another's place would be a majority that was not there before, which Ratis
    // refuses; and the only one leads, and cannot let another lead before there is one.
    boolean few = ids.size() <= FEW && !lacking.isEmpty();
    String out = extra.isEmpty() || few ? "" : extra.getFirst();
    // One that is not there to catch up is waited for elsewhere: its place may be another's yet.
    Optional<String> in = lacking.stream().filter(present::contains).findFirst();
    // One too many is kept as long as one that is wanted may be lost: it could be all there is.
    if (lacking.isEmpty() && !extra.isEmpty() && present.containsAll(wanted.keySet())) {
      in = wanted.keySet().stream().sorted().findFirst();
    }
    return in.map(id -> new ReplicaPlace(out, Objects.requireNonNull(wanted.get(id))));
  }
}
