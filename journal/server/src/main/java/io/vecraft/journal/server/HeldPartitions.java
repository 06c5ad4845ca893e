package io.vecraft.journal.server;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.raft.EntryPosition;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.segment.FileAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How the partitions that a node has differ from those that its journal was made with. Kept in the
 * file {@value #FILE} of the node's directory, a line each:
 *
 * <ul>
 *   <li>{@code number=id@host:port id@host:port ...}: added to the journal, and begun with these
 *       replicas
 *   <li>{@code number joined epoch term index}: it got a replica of it from those who had it, as
 *       SYSTEM says under that epoch of the partition's nodes
 *   <li>{@code number left epoch term index}: it had one, and others have it now
 * </ul>
 *
 * <p>Term and index are those of the last entry of a replica that was deleted here, 0 and -1 where
 * there was none. A partition is named there before anything of it exists, and before anything of
 * it is deleted; so a node that is started again takes it up, or goes on deleting it, whatever it
 * was stopped in.
 *
 * @param entries by number
 */
record HeldPartitions(Map<Integer, Entry> entries) {
  static final String FILE = "partitions";

  /** More than 200 partitions with nine members of the longest names. */
  private static final int MAX_BYTES = 1 << 20;

  private static final String JOINED = "joined";
  private static final String LEFT = "left";

  HeldPartitions {
    entries = Map.copyOf(entries);
  }

  /**
   * One partition.
   *
   * @param epoch of the partition's nodes when it was joined or left; 0 for one that was added
   * @param held whether there is a replica of it here
   * @param first the replicas that it began with; nobody for one that was joined or left
   * @param floor last entry of a replica that was deleted here
   */
  record Entry(long epoch, boolean held, List<RaftMember> first, EntryPosition floor) {
    Entry {
      first = List.copyOf(first);
    }
  }

  /** What the directory names; nothing when it has no such file. */
  static HeldPartitions read(FileAccess files, Path directory) throws IOException {
    Path path = directory.resolve(FILE);
    var entries = new TreeMap<Integer, Entry>();
    try {
      for (String line : CheckedFile.read(files, path, MAX_BYTES).orElse("").lines().toList()) {
        int at = line.indexOf('=');
        if (at >= 0) {
          entries.put(Integer.parseInt(line.substring(0, at)), added(line.substring(at + 1)));
        } else {
          String[] words = line.split(" ", -1);
          if (words.length != 5 || !(words[1].equals(JOINED) || words[1].equals(LEFT))) {
            throw new IllegalArgumentException(line);
          }
          entries.put(
              Integer.parseInt(words[0]),
              new Entry(
                  Long.parseLong(words[2]),
                  words[1].equals(JOINED),
                  List.of(),
                  new EntryPosition(Long.parseLong(words[3]), Long.parseLong(words[4]))));
        }
      }
    } catch (IllegalArgumentException e) {
      throw CheckedFile.damaged(path, e.toString());
    }
    return new HeldPartitions(entries);
  }

  private static Entry added(String members) {
    return new Entry(
        0,
        true,
        Arrays.stream(members.split(" "))
            .filter(member -> !member.isEmpty())
            .map(HeldPartitions::member)
            .toList(),
        EntryPosition.NONE);
  }

  private static RaftMember member(String text) {
    int at = text.indexOf('@');
    return RaftMember.of(text.substring(0, Math.max(0, at)), text.substring(at + 1));
  }

  /** Those that are here, given those that the journal was made with. */
  Set<Integer> held(Collection<Integer> made) {
    var held = new TreeSet<>(made);
    entries.forEach((number, entry) -> {
      if (entry.held) {
        held.add(number);
      } else {
        held.remove(number);
      }
    });
    return held;
  }

  /** Those that were here. */
  Set<Integer> left() {
    return entries.entrySet().stream()
        .filter(e -> !e.getValue().held)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** What is known of a partition; empty for one that is as the journal was made. */
  Optional<Entry> of(int partition) {
    return Optional.ofNullable(entries.get(partition));
  }

  /** With one more, which the journal gets. */
  HeldPartitions added(int partition, List<RaftMember> first) {
    if (partition < Partitions.FIRST_DATA) {
      throw new IllegalArgumentException("partition " + partition + " is not for data");
    }
    return with(partition, new Entry(0, true, first, EntryPosition.NONE));
  }

  /** With one more, which others have. */
  HeldPartitions joined(int partition, long epoch) {
    return with(partition, new Entry(epoch, true, List.of(), floor(partition)));
  }

  /**
   * Without one, which others have.
   *
   * @param last entry of the replica that is to be deleted
   */
  HeldPartitions left(int partition, long epoch, EntryPosition last) {
    EntryPosition before = floor(partition);
    EntryPosition floor = last.compareTo(before) > 0 ? last : before;
    return with(partition, new Entry(epoch, false, List.of(), floor));
  }

  /** Last entry of a replica of the partition that was deleted here. */
  EntryPosition floor(int partition) {
    return of(partition).map(Entry::floor).orElse(EntryPosition.NONE);
  }

  private HeldPartitions with(int partition, Entry entry) {
    var changed = new TreeMap<>(entries);
    changed.put(partition, entry);
    return new HeldPartitions(changed);
  }

  /** Writes them, atomically and durably. */
  void write(FileAccess files, Path directory) throws IOException {
    String lines =
        new TreeMap<>(entries)
            .entrySet().stream()
                .map(e -> line(e.getKey(), e.getValue()))
                .collect(Collectors.joining());
    CheckedFile.write(files, directory, FILE, lines);
  }

  private static String line(int partition, Entry entry) {
    if (entry.epoch > 0) {
      return "%d %s %d %d %d\n"
          .formatted(
              partition,
              entry.held ? JOINED : LEFT,
              entry.epoch,
              entry.floor.term(),
              entry.floor.index());
    }
    return partition
        + "="
        + entry.first.stream().map(m -> m.id() + "@" + m.address()).collect(Collectors.joining(" "))
        + "\n";
  }
}
