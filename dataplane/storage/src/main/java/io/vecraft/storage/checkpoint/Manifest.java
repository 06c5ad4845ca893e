package io.vecraft.storage.checkpoint;

import io.vecraft.index.memory.StoredFile;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.shard.Compacted;
import io.vecraft.storage.shard.ShardCut;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * What a checkpoint of a shard consists of and where in the order it was cut. Lines of text, the
 * last one being the CRC32C of those before it.
 *
 * @param cluster id of the cluster whose journal it was made from
 * @param incarnation the cluster's incarnation
 * @param shard the shard
 * @param generation number of the checkpoint, part of the names of the files that it added
 * @param stamp everything up to here has been applied
 * @param catalogStamp stamp of the newest SYSTEM record merged
 * @param safePoint reads below it were refused
 * @param partition the DATA partition that the shard was in; 0 in one written before shards could
 *     be in another than they were made in
 * @param offsets where replay goes on
 * @param contents the files
 */
public record Manifest(
    String cluster,
    long incarnation,
    ShardId shard,
    long generation,
    long stamp,
    long catalogStamp,
    long safePoint,
    int partition,
    PartitionMerge.Offsets offsets,
    ShardCut.Contents contents) {
  /** Name of the file. */
  public static final String NAME = "MANIFEST";

  /** Name of the file of the checkpoint before. */
  public static final String PREVIOUS = "MANIFEST.previous";

  private static final String HEAD = "vecraft shard checkpoint 2";
  private static final String CHECKSUM = "crc32c ";

  /** The text, with its checksum. */
  public byte[] encode() {
    StringBuilder text = new StringBuilder(HEAD).append('\n');
    line(text, "cluster", cluster.isEmpty() ? "-" : cluster, incarnation);
    line(text, "shard", shard.collectionId(), shard.shard());
    line(text, "generation", generation);
    line(text, "stamp", stamp, catalogStamp, safePoint);
    line(text, "partition", partition);
    line(text, "offsets", offsets.data(), offsets.transaction(), offsets.system());
    Compacted compacted = contents.compacted();
    line(text, "compacted", compacted.stamp(), compacted.operations(), compacted.rows());
    line(text, "rows", contents.rows());
    line(text, "payload", contents.payloadBytes());
    line(text, "ids", contents.idSlots(), contents.idsUsed());
    line(text, "vectors", contents.vectors());
    line(text, "indexed", contents.indexed());
    contents
        .files()
        .forEach((part, files) ->
            files.forEach(f -> line(text, "file", part, f.name(), f.length(), f.checksum())));
    String checksum = checksum(text.toString());
    text.append(CHECKSUM).append(checksum).append('\n');
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void line(StringBuilder text, String key, Object... values) {
    text.append(key);
    for (Object value : values) {
      text.append(' ').append(value);
    }
    text.append('\n');
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException says what is wrong when it is anything else
   */
  public static Manifest decode(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int last = text.lastIndexOf(CHECKSUM);
    if (last < 0
        || !text.substring(last).equals(CHECKSUM + checksum(text.substring(0, last)) + "\n")) {
      throw new IOException("the checksum of the manifest differs");
    }
    try {
      return parse(text.substring(0, last));
    } catch (RuntimeException e) {
      throw new IOException("the manifest cannot be understood: " + e.getMessage(), e);
    }
  }

  private static Manifest parse(String text) throws IOException {
    String[] lines = text.split("\n");
    if (!lines[0].equals(HEAD)) {
      throw new IOException("not a manifest of this version: " + lines[0]);
    }
    Map<String, String[]> values = new HashMap<>();
    Map<String, List<StoredFile>> files = new TreeMap<>();
    for (int i = 1; i < lines.length; i++) {
      String[] words = lines[i].split(" ");
      if (words[0].equals("file")) {
        files
            .computeIfAbsent(words[1], part -> new ArrayList<>())
            .add(new StoredFile(words[2], Long.parseLong(words[3]), Integer.parseInt(words[4])));
      } else {
        values.put(words[0], words);
      }
    }
    var numbers = new Numbers(values);
    String cluster = numbers.words("cluster")[1];
    return new Manifest(
        cluster.equals("-") ? "" : cluster,
        numbers.number("cluster", 2),
        new ShardId(numbers.number("shard", 1), (int) numbers.number("shard", 2)),
        numbers.number("generation", 1),
        numbers.number("stamp", 1),
        numbers.number("stamp", 2),
        numbers.number("stamp", 3),
        values.containsKey("partition") ? (int) numbers.number("partition", 1) : 0,
        new PartitionMerge.Offsets(
            numbers.number("offsets", 1),
            numbers.number("offsets", 2),
            numbers.number("offsets", 3)),
        new ShardCut.Contents(
            new Compacted(
                numbers.number("compacted", 1),
                numbers.number("compacted", 2),
                (int) numbers.number("compacted", 3)),
            (int) numbers.number("rows", 1),
            numbers.number("payload", 1),
            (int) numbers.number("ids", 1),
            (int) numbers.number("ids", 2),
            (int) numbers.number("vectors", 1),
            Boolean.parseBoolean(numbers.words("indexed")[1]),
            files));
  }

  private record Numbers(Map<String, String[]> values) {
    String[] words(String key) {
      String[] words = values.get(key);
      if (words == null) {
        throw new IllegalArgumentException("no " + key);
      }
      return words;
    }

    long number(String key, int at) {
      return Long.parseLong(words(key)[at]);
    }
  }
}
