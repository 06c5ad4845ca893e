package io.vecraft.operator.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * How many storage nodes there are to be now, as a pure function of what is seen. Nodes are taken
 * away from the last one on, and none before it has been told to leave and has no replica left:
 *
 * <ol>
 *   <li>Nodes beyond those that are wanted, and there, are told to leave.
 *   <li>There are as many as are wanted, or as it takes to keep every one that still has replicas.
 *   <li>Nodes that the operator has told to leave, and that are wanted again, are told to stay,
 *       before they are made. Those that somebody else told are none of its business.
 * </ol>
 *
 * @param replicas nodes that there are to be
 * @param leave nodes to be told to leave
 * @param stay nodes to be told to stay
 * @param told nodes that the operator has told to leave, and not to stay; remembered until the next
 *     pass
 * @param waiting what is waited for; empty when there are as many as are wanted
 */
record StoragePlan(
    int replicas,
    List<String> leave,
    List<String> stay,
    Set<String> told,
    Optional<String> waiting) {
  /** What a Pod of a StatefulSet ends with. */
  private static final Pattern ORDINAL = Pattern.compile("0|[1-9][0-9]{0,5}");

  /**
   * How many nodes there are by their Pods alone, the last of which counts: none before it is
   * missing for good.
   *
   * @param pods names
   * @param set name of the StatefulSet
   */
  static int there(Collection<String> pods, String set) {
    String prefix = set + "-";
    return pods.stream()
        .filter(pod -> pod.startsWith(prefix))
        .map(pod -> pod.substring(prefix.length()))
        .filter(ordinal -> ORDINAL.matcher(ordinal).matches())
        .mapToInt(ordinal -> Integer.parseInt(ordinal) + 1)
        .max()
        .orElse(0);
  }

  /** Names of the first nodes of a StatefulSet. */
  private static List<String> nodes(String set, int count) {
    return IntStream.range(0, count).mapToObj(n -> set + "-" + n).toList();
  }

  /**
   * Everything stays as it is for now.
   *
   * @param there nodes that there are
   * @param told nodes that the operator has told to leave, or may have
   * @param why nothing is done
   */
  static StoragePlan unchanged(int there, Set<String> told, String why) {
    return new StoragePlan(there, List.of(), List.of(), Set.copyOf(told), Optional.of(why));
  }

  /** There are as many as are wanted. */
  static StoragePlan settled(int wanted, Set<String> told) {
    return new StoragePlan(wanted, List.of(), List.of(), told, Optional.empty());
  }

  /**
   * Whether anybody has to be asked at all.
   *
   * @param told nodes that the operator has told to leave
   * @param set name of the StatefulSet
   */
  static boolean settled(int wanted, int there, Set<String> told, String set) {
    return there <= wanted && nodes(set, wanted).stream().noneMatch(told::contains);
  }

  /**
   * What to do.
   *
   * @param wanted nodes
   * @param there nodes that there are
   * @param told nodes that the operator has told to leave
   * @param leaving replicas that are left on nodes that have been told to leave
   * @param set name of the StatefulSet
   */
  static StoragePlan of(
      int wanted, int there, Set<String> told, Map<String, Long> leaving, String set) {
    var leave = new ArrayList<String>();
    var remembered = new TreeSet<>(told);
    int replicas = Math.max(wanted, there);
    boolean last = true;
    var waiting = new ArrayList<String>();
    List<String> all = nodes(set, Math.max(wanted, there));
    for (int n = there - 1; n >= wanted; n--) {
      String node = all.get(n);
      Optional<Long> left = Optional.ofNullable(leaving.get(node));
      if (left.isEmpty()) {
        leave.add(node);
      }
      remembered.add(node);
      last = last && left.filter(l -> l == 0).isPresent();
      if (last) {
        replicas = n;
      } else {
        waiting.add(
            left.map(l -> node + " has " + l + " replicas left").orElse(node + " is to leave"));
      }
    }
    List<String> stay =
        IntStream.range(0, wanted).mapToObj(all::get).filter(remembered::contains).toList();
    stay.forEach(remembered::remove);
    return new StoragePlan(
        replicas,
        List.copyOf(leave),
        stay.stream().filter(leaving::containsKey).toList(),
        Set.copyOf(remembered),
        waiting.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", waiting)));
  }
}
