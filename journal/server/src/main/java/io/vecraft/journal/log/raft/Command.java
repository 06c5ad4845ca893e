package io.vecraft.journal.log.raft;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.journal.log.Proposal;
import io.vecraft.proto.journal.ConsensusEntry;
import io.vecraft.proto.journal.ProposedBatch;
import io.vecraft.proto.journal.ProposedClose;
import java.nio.ByteBuffer;

/** What an entry of the consensus log says. */
sealed interface Command {

  /** Decide these appends. */
  record Batch(Proposal proposal) implements Command {}

  /**
   * Decide nothing at or below a stamp any more.
   *
   * @param stamp 0 closes nothing: the entry is there to be committed
   */
  record Close(long stamp) implements Command {}

  /** The entry's bytes. */
  default byte[] encode() {
    var entry = ConsensusEntry.newBuilder();
    switch (this) {
      case Batch b ->
          entry.setBatch(
              ProposedBatch.newBuilder()
                  .setStamp(b.proposal().stamp())
                  .addAllAppends(b.proposal().appends()));
      case Close c -> entry.setClose(ProposedClose.newBuilder().setStamp(c.stamp()));
    }
    return entry.build().toByteArray();
  }

  /**
   * Reads {@link #encode()}.
   *
   * @throws IllegalArgumentException if it says nothing that this program knows
   */
  static Command decode(ByteBuffer bytes) {
    try {
      ConsensusEntry entry = ConsensusEntry.parseFrom(bytes);
      return switch (entry.getKindCase()) {
        case BATCH ->
            new Batch(new Proposal(entry.getBatch().getStamp(), entry.getBatch().getAppendsList()));
        case CLOSE -> new Close(entry.getClose().getStamp());
        case KIND_NOT_SET ->
            throw new IllegalArgumentException("an entry of a kind that is not known here");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("an entry is not protobuf", e);
    }
  }
}
