package io.vecraft.journal.server;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Upsert;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;

/**
 * Measures acknowledged appends of a journal on this disk beside a plain loop that writes and syncs
 * the same bytes in the same batches. One caller, one partition, the next batch after the answer to
 * the last: the difference is what order, dedup, checksums and hand-overs cost.
 */
public final class JournalBench {
  private JournalBench() {}

  /**
   * What one way of writing reached.
   *
   * @param records acknowledged
   * @param bytes of the records' vectors
   * @param seconds that took
   */
  public record Rate(long records, long bytes, double seconds) {
    public double recordsPerSecond() {
      return records / seconds;
    }

    /** Millions of bytes a second. */
    public double megabytesPerSecond() {
      return bytes / seconds / 1e6;
    }
  }

  /**
   * Both ways side by side.
   *
   * @param journal through the journal, durable and stamped
   * @param plain write and sync alone
   */
  public record Result(int recordBytes, int batch, Rate journal, Rate plain) {}

  /**
   * Runs both, warmed up, each for the duration.
   *
   * @param directory on the disk to measure; what is written there is left to the caller to delete
   * @param recordBytes of one record's vector
   * @param batch records written together
   */
  public static Result run(Path directory, int recordBytes, int batch, Duration duration) {
    try {
      Files.createDirectories(directory);
      Rate plain = plain(directory.resolve("plain"), recordBytes, batch, duration);
      Rate journal = journal(directory.resolve("journal"), recordBytes, batch, duration);
      return new Result(recordBytes, batch, journal, plain);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot measure in " + directory, e);
    }
  }

  private static Rate journal(Path directory, int recordBytes, int batch, Duration duration) {
    try (FileClockBound bound = FileClockBound.open(directory);
        JournalServer server =
            JournalServer.open(
                JournalConfig.defaults(directory), QuorumClock.single(bound, MachineTime.SYSTEM))) {
      Operation open =
          Operation.newBuilder()
              .setCollectionId(1)
              .setOpenShard(OpenShard.newBuilder().setEpoch(1))
              .build();
      append(
          server,
          AppendBatchRequest.newBuilder()
              .setPartition(Partitions.FIRST_DATA)
              .addAppends(Append.newBuilder().setRequestId("open").addOperations(open))
              .build());
      byte[] vector = bytes(recordBytes);
      long[] next = {0};
      Runnable step = () -> append(server, batchOf(vector, batch, next));
      loop(step, duration.dividedBy(2));
      return rate(loop(step, duration), batch, recordBytes, duration);
    }
  }

  private static AppendBatchRequest batchOf(byte[] vector, int batch, long[] next) {
    var request = AppendBatchRequest.newBuilder().setPartition(Partitions.FIRST_DATA);
    for (int i = 0; i < batch; i++) {
      String id = "bench-" + next[0]++;
      request.addAppends(
          Append.newBuilder()
              .setRequestId(id)
              .setPrincipal("bench")
              .addOperations(
                  Operation.newBuilder()
                      .setCollectionId(1)
                      .setShardEpoch(1)
                      .setUpsert(
                          Upsert.newBuilder().setId(id).setVector(ByteString.copyFrom(vector)))));
    }
    return request.build();
  }

  private static void append(JournalServer server, AppendBatchRequest request) {
    boolean failed =
        server.appendBatch(request).join().getResultsList().stream()
            .anyMatch(r -> r.hasFailure() || r.getDuplicate());
    if (failed) {
      throw new IllegalStateException("an append of the measurement was refused");
    }
  }

  private static Rate plain(Path file, int recordBytes, int batch, Duration duration)
      throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(Math.multiplyExact(recordBytes, batch));
    byte[] record = bytes(recordBytes);
    for (int i = 0; i < batch; i++) {
      data.put(record);
    }
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      Runnable step =
          () -> {
            try {
              data.clear();
              while (data.hasRemaining()) {
                channel.write(data);
              }
              channel.force(false);
            } catch (IOException e) {
              throw new UncheckedIOException("cannot write " + file, e);
            }
          };
      loop(step, duration.dividedBy(2));
      return rate(loop(step, duration), batch, recordBytes, duration);
    }
  }

  /** Steps taken within a duration. */
  private static long loop(Runnable step, Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    long steps = 0;
    while (System.nanoTime() < end) {
      step.run();
      steps++;
    }
    return steps;
  }

  private static Rate rate(long steps, int batch, int recordBytes, Duration duration) {
    long records = steps * batch;
    return new Rate(records, records * recordBytes, duration.toNanos() / 1e9);
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(1).nextBytes(bytes);
    return bytes;
  }
}
