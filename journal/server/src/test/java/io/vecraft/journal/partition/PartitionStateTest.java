package io.vecraft.journal.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.journal.partition.Decision.Rejected;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.AlterCollection;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.RaiseFeatureLevel;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RememberRequests;
import io.vecraft.proto.journal.RememberedRequest;
import io.vecraft.proto.journal.SealShard;
import io.vecraft.proto.journal.Upsert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class PartitionStateTest {
  private static final int DATA = Partitions.FIRST_DATA;
  private static final long T = Stamp.of(1_000_000, 0, 0);
  private static final long MS = Stamp.of(1, 0, 0);

  private static PartitionSettings settings(int partition, Duration window, int entries) {
    return new PartitionSettings(partition, new Partitions(2), window, entries, 2);
  }

  private static PartitionState state(int partition) {
    return new PartitionState(settings(partition, Duration.ofMinutes(1), 1000));
  }

  private static Record accepted(Decision decision) {
    assertThat(decision).isInstanceOf(Accepted.class);
    return ((Accepted) decision).record();
  }

  private static ErrorCode rejected(Decision decision) {
    assertThat(decision).isInstanceOf(Rejected.class);
    return ((Rejected) decision).code();
  }

  private static Append randomAppend(Random random) {
    int shard = random.nextInt(3);
    int collection = 1 + random.nextInt(3);
    return switch (random.nextInt(14)) {
      case 0, 1 ->
          Appends.of(
              "o" + random.nextInt(9),
              Operation.newBuilder()
                  .setCollectionId(collection)
                  .setShard(shard)
                  .setOpenShard(
                      OpenShard.newBuilder()
                          .setEpoch(1 + random.nextInt(2))
                          .setHandedOver(random.nextBoolean())
                          .setSchemaStamp(random.nextInt(3)))
                  .build());
      case 12 -> seal(collection, shard, 1 + random.nextInt(2));
      case 13 -> {
        // Some of the requests above, as another partition may have had them.
        var told = new ArrayList<RememberedRequest>();
        for (int i = random.nextInt(4); i > 0; i--) {
          String id = "r" + random.nextInt(40);
          long written = T + id.hashCode() % 50 * MS;
          told.addAll(remembered(Appends.write(id, collection, shard), written));
        }
        yield handOver(collection, shard, told);
      }
      case 2 -> Appends.fence(collection + random.nextInt(2) * 5);
      case 3 ->
          Appends.of(
              "r" + random.nextInt(40),
              Appends.upsert(collection, shard, "a", 4),
              Appends.upsert(collection, random.nextInt(3), "b", 4));
      case 4 -> Appends.of("");
      case 5 -> Appends.create("x");
      default -> Appends.write("r" + random.nextInt(40), collection, shard);
    };
  }

  /** Whatever comes: offsets dense, stamps above everything promised, in the slot, no id twice. */
  @Property(tries = 200)
  void stampsAndOffsetsKeepTheirPromises(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int p) {
    var random = new Random(seed);
    PartitionState state = state(p);
    long stamp = T;
    for (int i = 0; i < 120; i++) {
      long last = state.lastStamp();
      long closed = state.closed();
      if (random.nextInt(6) == 0) {
        closed = state.closeAtLeast(stamp + random.nextInt(3) * MS);
      }
      stamp += (random.nextInt(5) - 1) * MS;
      long min = random.nextInt(4) == 0 ? stamp + random.nextInt(600) * MS : 0;
      Append append = randomAppend(random).toBuilder().setMinStamp(min).build();
      long before = state.lastOffset();
      switch (state.decide(append, stamp)) {
        case Accepted a -> {
          Record r = a.record();
          assertThat(r.getOffset()).isEqualTo(before + 1).isEqualTo(state.lastOffset());
          assertThat(Stamp.slot(r.getStamp())).isEqualTo(p);
          assertThat(r.getStamp()).isGreaterThanOrEqualTo(stamp);
          assertThat(r.getStamp()).isGreaterThan(Math.max(Math.max(last, closed), min));
          assertThat(state.closed()).isGreaterThanOrEqualTo(r.getStamp());
        }
        case Duplicate d -> {
          assertThat(d.offset()).isLessThanOrEqualTo(before);
          assertThat(state.lastOffset()).isEqualTo(before);
        }
        case Rejected r -> assertThat(state.lastOffset()).isEqualTo(before);
      }
    }
  }

  /** More principals than hashes are kept of, twice over: the keys stay the same. */
  @Test
  void keysDoNotDependOnWhatWasMetBefore() {
    PartitionState state = state(Partitions.TRANSACTION);
    for (int i = 0; i < 5000; i++) {
      // Every other one comes again and again, while the rest fill up what is kept.
      String principal = "p" + (i % 2 == 0 ? i % 20 : i);
      Append append = Appends.write("w" + i, 1, 0).toBuilder().setPrincipal(principal).build();
      Accepted accepted = (Accepted) state.decide(append, T + i * MS);
      assertThat(accepted.requests())
          .hasSize(1)
          .isEqualTo(PartitionState.requestEntries(Partitions.TRANSACTION, accepted.record()));
    }
  }

  /** A state that was made again from records, or from a snapshot, decides as the first does. */
  @Property(tries = 200)
  void aRestoredStateDecidesTheSame(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int p) {
    var random = new Random(seed);
    PartitionSettings settings = settings(p, Duration.ofMillis(40), 12);
    var original = new PartitionState(settings);
    var fromRecords = new PartitionState(settings);
    List<Record> records = new ArrayList<>();
    long stamp = T;
    for (int i = 0; i < 150; i++) {
      stamp += random.nextInt(3) * MS;
      Append append = randomAppend(random);
      if (original.decide(append, stamp) instanceof Accepted a) {
        records.add(a.record());
        assertThat(a.requests()).isEqualTo(PartitionState.requestEntries(p, a.record()));
        fromRecords.restore(a.record());
      }
    }
    List<RequestEntry> remembered = new ArrayList<>();
    for (Record r : records) {
      remembered.addAll(PartitionState.requestEntries(p, r));
    }
    PartitionState fromSnapshot = PartitionState.restore(settings, original.snapshot(), remembered);
    assertThat(fromRecords.snapshot()).isEqualTo(original.snapshot());
    assertThat(fromSnapshot.snapshot()).isEqualTo(original.snapshot());
    for (int i = 0; i < 100; i++) {
      stamp += random.nextInt(3) * MS;
      Append append = randomAppend(random);
      Decision decision = original.decide(append, stamp);
      assertThat(fromRecords.decide(append, stamp)).isEqualTo(decision);
      assertThat(fromSnapshot.decide(append, stamp)).isEqualTo(decision);
    }
  }

  @Test
  void aRequestIsForgottenAfterTheWindowByStampsNotByTime() {
    PartitionState state = new PartitionState(settings(DATA, Duration.ofMillis(100), 1000));
    state.decide(Appends.open(1, 0), T);
    Record first = accepted(state.decide(Appends.write("a", 1, 0), T));
    assertThat(state.decide(Appends.write("a", 1, 0), T + 99 * MS))
        .isEqualTo(new Duplicate(first.getOffset(), first.getStamp(), 0));
    accepted(state.decide(Appends.write("b", 1, 0), T + 101 * MS));
    accepted(state.decide(Appends.write("a", 1, 0), T + 102 * MS));
  }

  @Test
  void theOldestRequestsAreForgottenFirstWhenThereAreTooMany() {
    PartitionState state = new PartitionState(settings(DATA, Duration.ofMinutes(1), 10));
    state.decide(Appends.open(1, 0), T);
    for (int i = 0; i < 30; i++) {
      accepted(state.decide(Appends.write("w" + i, 1, 0), T));
    }
    assertThat(state.rememberedRequests()).isEqualTo(10);
    for (int i = 20; i < 30; i++) {
      assertThat(state.decide(Appends.write("w" + i, 1, 0), T)).isInstanceOf(Duplicate.class);
    }
    accepted(state.decide(Appends.write("w19", 1, 0), T));
  }

  @Test
  void aRequestIdBelongsToItsPrincipalAndBody() {
    PartitionState state = state(DATA);
    state.decide(Appends.open(1, 0), T);
    Append write = Appends.write("a", 1, 0);
    accepted(state.decide(write, T));
    accepted(state.decide(write.toBuilder().setPrincipal("another").build(), T));
    assertThat(rejected(state.decide(write.toBuilder().clearRequestDigest().build(), T)))
        .isEqualTo(ErrorCode.REQUEST_ID_REUSED);
  }

  @Test
  void aRequestIdBelongsToItsBodyOnEveryShardOfThePartition() {
    PartitionState state = state(DATA);
    state.decide(Appends.open(1, 0), T);
    state.decide(Appends.open(1, 1), T);
    Append write = Appends.write("a", 1, 0);
    accepted(state.decide(write, T));
    Append elsewhere = Appends.write("a", 1, 1);
    assertThat(rejected(state.decide(elsewhere.toBuilder().clearRequestDigest().build(), T)))
        .isEqualTo(ErrorCode.REQUEST_ID_REUSED);
    assertThat(state.isReused("a", write.getPrincipal(), ByteString.EMPTY)).isTrue();
    assertThat(state.isReused("a", write.getPrincipal(), write.getRequestDigest())).isFalse();
    assertThat(state.isReused("a", "another", ByteString.EMPTY)).isFalse();
    assertThat(state.isReused("b", write.getPrincipal(), ByteString.EMPTY)).isFalse();
    // A part of the same request, which went to another shard.
    Append part = elsewhere.toBuilder().setRequestDigest(write.getRequestDigest()).build();
    accepted(state.decide(part, T));
    assertThat(state.decide(part, T)).isInstanceOf(Duplicate.class);
  }

  @Test
  void epochsSchemasAndFencesAreChecked() {
    PartitionState state = state(DATA);
    Append write = Appends.write("w", 1, 0);
    assertThat(rejected(state.decide(write, T))).isEqualTo(ErrorCode.MOVED);
    state.decide(open(1, 2, 50), T);
    assertThat(rejected(state.decide(write, T))).isEqualTo(ErrorCode.MOVED);
    assertThat(rejected(state.decide(open(1, 1, 60), T))).isEqualTo(ErrorCode.MOVED);
    Operation current = write.getOperations(0).toBuilder().setShardEpoch(2).build();
    assertThat(rejected(state.decide(with(write, current, 49), T))).isEqualTo(ErrorCode.MOVED);
    accepted(state.decide(with(write, current, 50), T));
    state.decide(Appends.fence(1), T);
    assertThat(rejected(state.decide(with(Appends.of("x"), current, 50), T)))
        .isEqualTo(ErrorCode.MOVED);
    assertThat(rejected(state.decide(open(1, 3, 60), T))).isEqualTo(ErrorCode.MOVED);
  }

  private static Append open(long collection, int epoch, long schema) {
    return Appends.of(
        "open" + epoch + "-" + schema,
        Operation.newBuilder()
            .setCollectionId(collection)
            .setOpenShard(
                OpenShard.newBuilder()
                    .setEpoch(epoch)
                    .setSchemaStamp(schema)
                    .setHandedOver(epoch > 1))
            .build());
  }

  private static Append seal(long collection, int shard, int epoch) {
    return Appends.of(
        "",
        Operation.newBuilder()
            .setCollectionId(collection)
            .setShard(shard)
            .setSealShard(SealShard.newBuilder().setEpoch(epoch))
            .build());
  }

  private static Append handOver(long collection, int shard, List<RememberedRequest> requests) {
    return Appends.of(
        "",
        Operation.newBuilder()
            .setCollectionId(collection)
            .setShard(shard)
            .setRememberRequests(RememberRequests.newBuilder().addAllRequests(requests))
            .build());
  }

  /** What a partition remembers of an append that became a record with that stamp. */
  private static List<RememberedRequest> remembered(Append append, long stamp) {
    Operation write = append.getOperations(0);
    Record record =
        Record.newBuilder()
            .setOffset(1)
            .setStamp(stamp)
            .setRequestId(append.getRequestId())
            .setRequestDigest(append.getRequestDigest())
            .setPrincipal(append.getPrincipal())
            .addAllOperations(append.getOperationsList())
            .build();
    return HandedOver.requests(DATA + 1, record, write.getCollectionId(), write.getShard());
  }

  @Test
  void aSealedShardTakesNothingUntilItComesBackAtALaterEpoch() {
    PartitionState state = state(DATA);
    state.decide(Appends.open(1, 0), T);
    state.decide(Appends.open(1, 1), T);
    Record before = accepted(state.decide(Appends.write("before", 1, 0), T));
    Record seal = accepted(state.decide(seal(1, 0, 1), T));
    assertThat(seal.getStamp()).isGreaterThan(before.getStamp());
    Append write = Appends.write("after", 1, 0);
    assertThat(rejected(state.decide(write, T))).isEqualTo(ErrorCode.MOVED);
    assertThat(rejected(state.decide(open(1, 1, 5), T))).isEqualTo(ErrorCode.MOVED);
    // The other shard goes on, and what was written before is still known.
    accepted(state.decide(Appends.write("other", 1, 1), T));
    assertThat(state.decide(Appends.write("before", 1, 0), T))
        .isEqualTo(new Duplicate(before.getOffset(), before.getStamp(), 0));
    // Again, as by another control process.
    accepted(state.decide(seal(1, 0, 1), T));
    PartitionState restored =
        PartitionState.restore(
            settings(DATA, Duration.ofMinutes(1), 1000), state.snapshot(), List.of());
    assertThat(rejected(restored.decide(write, T))).isEqualTo(ErrorCode.MOVED);

    accepted(state.decide(open(1, 3, 0), T));
    assertThat(rejected(state.decide(seal(1, 0, 2), T))).isEqualTo(ErrorCode.MOVED);
    Operation current = write.getOperations(0).toBuilder().setShardEpoch(3).build();
    accepted(state.decide(with(write, current, 0), T));
  }

  @Test
  void aShardAtALaterEpochIsOpenedByWhoHandsItOver() {
    PartitionState state = state(DATA);
    Append unasked =
        Appends.of(
            "",
            Operation.newBuilder()
                .setCollectionId(1)
                .setOpenShard(OpenShard.newBuilder().setEpoch(2))
                .build());
    assertThat(rejected(state.decide(unasked, T))).isEqualTo(ErrorCode.MOVED);
    accepted(state.decide(open(1, 2, 0), T));
    // Who tells it of a newer schema then need not know.
    accepted(state.decide(unasked, T));
  }

  @Test
  void aRequestThatWasHandedOverIsADuplicateWithItsFirstStamp() {
    PartitionState state = new PartitionState(settings(DATA, Duration.ofMillis(100), 1000));
    long written = Stamp.of(999_990, 0, DATA + 1);
    Append write = Appends.write("a", 1, 0);
    accepted(state.decide(handOver(1, 0, remembered(write, written)), T));
    Record told = accepted(state.decide(handOver(1, 0, remembered(write, written)), T));
    accepted(state.decide(open(1, 2, 0), T));
    Operation current = write.getOperations(0).toBuilder().setShardEpoch(2).build();
    Append again = with(write, current, 0);
    assertThat(state.decide(again, T)).isEqualTo(new Duplicate(told.getOffset(), written, 0));
    assertThat(rejected(state.decide(again.toBuilder().clearRequestDigest().build(), T)))
        .isEqualTo(ErrorCode.REQUEST_ID_REUSED);
    // For as long as where it was written, not for as long as since it was told.
    Operation other =
        Appends.write("b", 1, 0).getOperations(0).toBuilder().setShardEpoch(2).build();
    accepted(state.decide(with(Appends.write("b", 1, 0), other, 0), T + 91 * MS));
    accepted(state.decide(again, T + 92 * MS));
  }

  @Test
  void shardsThatCameTogetherAreAskedForApart() {
    PartitionState state = state(DATA);
    state.decide(Appends.open(1, 0), T);
    Append here = Appends.write("a", 1, 0);
    Append there = Appends.write("a", 1, 1);
    accepted(state.decide(here, T));
    accepted(state.decide(Appends.open(1, 1), T));
    Append both =
        here.toBuilder()
            .addOperations(there.getOperations(0).toBuilder().setShard(1))
            .setRequestDigest(here.getRequestDigest())
            .build();
    Append first = both.toBuilder().removeOperations(1).build();
    assertThat(rejected(state.decide(both, T))).isEqualTo(ErrorCode.MOVED);
    assertThat(state.decide(first, T)).isInstanceOf(Duplicate.class);
  }

  private static Append with(Append append, Operation operation, long schema) {
    return append.toBuilder()
        .clearOperations()
        .addOperations(operation.toBuilder().setSchemaStamp(schema))
        .build();
  }

  @Test
  void theFirstOutcomeOfATransactionWinsWhoeverProposedIt() {
    PartitionState state = state(Partitions.TRANSACTION);
    Record transaction = accepted(state.decide(Appends.write("t", 1, 0), T));
    Record first =
        accepted(state.decide(Appends.outcome("gateway", transaction.getStamp(), true), T));
    assertThat(state.decide(Appends.outcome("sweeper", transaction.getStamp(), false), T))
        .isEqualTo(new Duplicate(first.getOffset(), first.getStamp(), 0));
    assertThat(rejected(state.decide(Appends.outcome("x", first.getStamp() + 256, true), T)))
        .isEqualTo(ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void kindsAndFeatureLevelsAreRefusedWhereTheyDoNotBelong() {
    PartitionState state = state(DATA);
    state.decide(Appends.open(1, 0), T);
    assertThat(rejected(state.decide(Appends.create("x"), T)))
        .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(rejected(state.decide(Appends.of("none"), T))).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    Operation expiring =
        Appends.upsert(1, 0, "e", 4).toBuilder()
            .setUpsert(Upsert.newBuilder().setId("e").setExpiresAtMs(1))
            .build();
    assertThat(rejected(state.decide(Appends.of("e", expiring), T)))
        .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(rejected(state.decide(raise(3), T))).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    accepted(state.decide(raise(2), T));
    accepted(state.decide(Appends.of("e", expiring), T));
    var older = new PartitionSettings(DATA, new Partitions(2), Duration.ofMinutes(1), 10, 1);
    assertThatThrownBy(() -> PartitionState.restore(older, state.snapshot(), List.of()))
        .isInstanceOf(VecraftException.class)
        .hasMessageContaining("feature level 2");
  }

  private static Append raise(int level) {
    return Appends.of(
        "raise" + level,
        Operation.newBuilder()
            .setRaiseFeatureLevel(RaiseFeatureLevel.newBuilder().setLevel(level))
            .build());
  }

  @Test
  void anAlterOfADefinitionThatHasChangedIsMoved() {
    PartitionState state = state(Partitions.SYSTEM);
    Record made = accepted(state.decide(Appends.create("docs"), T));
    Operation alter =
        Operation.newBuilder()
            .setSchemaStamp(made.getStamp())
            .setAlterCollection(
                AlterCollection.newBuilder()
                    .setCollectionId(1)
                    .setDefinition(made.getOperations(0).getCreateCollection().getDefinition()))
            .build();
    accepted(state.decide(Appends.of("first", alter), T));
    assertThat(rejected(state.decide(Appends.of("second", alter), T))).isEqualTo(ErrorCode.MOVED);
  }

  @Test
  void aRecordThatDoesNotFollowIsRefused() {
    PartitionState state = state(DATA);
    Record record = accepted(state(DATA).decide(Appends.open(1, 0), T));
    assertThatThrownBy(() -> state.restore(record.toBuilder().setOffset(2).build()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> state.restore(record.toBuilder().setStamp(T).build()))
        .isInstanceOf(IllegalArgumentException.class);
    state.restore(record);
  }
}
