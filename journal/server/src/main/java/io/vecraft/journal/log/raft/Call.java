package io.vecraft.journal.log.raft;

import io.vecraft.journal.log.raft.Replica.Applied;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * An entry on its way from a caller of this process through Ratis, which hands it back when it is
 * about to be in the log and when it is applied.
 */
final class Call implements Message {
  private final Command command;
  private final ByteString content;
  private final CompletableFuture<Applied> answer = new CompletableFuture<>();
  private volatile boolean proposed;

  Call(Command command) {
    this.command = command;
    this.content = UnsafeByteOperations.unsafeWrap(command.encode());
  }

  Command command() {
    return command;
  }

  @Override
  public ByteString getContent() {
    return content;
  }

  CompletableFuture<Applied> answer() {
    return answer;
  }

  /** From now on it may be in the log. */
  void propose() {
    proposed = true;
  }

  /** Whether it may be in the log. */
  boolean proposed() {
    return proposed;
  }

  @Override
  public String toString() {
    return content.size() + " bytes";
  }
}
