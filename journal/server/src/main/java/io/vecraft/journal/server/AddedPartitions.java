package io.vecraft.journal.server;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.segment.FileAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The partitions that a node has beside those that its journal was made with, each with the
 * replicas that it began with. Kept in the file {@value #FILE} of the node's directory: a line
 * {@code number=id@host:port id@host:port ...} each. A partition is named there before anything of
 * it exists, so a node that is started again takes it up with the others.
 *
 * @param first by number
 */
record AddedPartitions(Map<Integer, List<RaftMember>> first) {
  static final String FILE = "partitions";

  /** More than 200 partitions with nine members of the longest names. */
  private static final int MAX_BYTES = 1 << 20;

  AddedPartitions {
    first = Map.copyOf(first);
  }

  /** What the directory names; nothing when it has no such file. */
  static AddedPartitions read(FileAccess files, Path directory) throws IOException {
    Path path = directory.resolve(FILE);
    var first = new TreeMap<Integer, List<RaftMember>>();
    try {
      for (String line : CheckedFile.read(files, path, MAX_BYTES).orElse("").lines().toList()) {
        int at = line.indexOf('=');
        first.put(
            Integer.parseInt(line.substring(0, Math.max(0, at))),
            Arrays.stream(line.substring(at + 1).split(" "))
                .filter(member -> !member.isEmpty())
                .map(AddedPartitions::member)
                .toList());
      }
    } catch (IllegalArgumentException e) {
      throw CheckedFile.damaged(path, e.toString());
    }
    return new AddedPartitions(first);
  }

  private static RaftMember member(String text) {
    int at = text.indexOf('@');
    return RaftMember.of(text.substring(0, Math.max(0, at)), text.substring(at + 1));
  }

  /** With one more. */
  AddedPartitions with(int partition, List<RaftMember> members) {
    if (partition < Partitions.FIRST_DATA) {
      throw new IllegalArgumentException("partition " + partition + " is not for data");
    }
    var more = new TreeMap<>(first);
    more.put(partition, List.copyOf(members));
    return new AddedPartitions(more);
  }

  /** Writes them, atomically and durably. */
  void write(FileAccess files, Path directory) throws IOException {
    String lines =
        new TreeMap<>(first)
            .entrySet().stream()
                .map(e -> e.getKey() + "=" + members(e.getValue()) + "\n")
                .collect(Collectors.joining());
    CheckedFile.write(files, directory, FILE, lines);
  }

  private static String members(List<RaftMember> members) {
    return members.stream().map(m -> m.id() + "@" + m.address()).collect(Collectors.joining(" "));
  }
}
