package io.vecraft.gateway.write;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * SHA-256 of what a request asks for, in one form: a retry has the same, another body has another.
 * Everything is preceded by its length or its number, so no two requests share a form. Text stands
 * for the vector that was made of it: an embedding provider need not repeat itself.
 */
final class RequestDigest {
  private final Hasher hasher = Hashing.sha256().newHasher();

  private RequestDigest(String call) {
    text(call);
  }

  /** Of items of one collection. */
  static ByteString ofItems(String call, String collection, List<? extends WriteItem> items) {
    var digest = new RequestDigest(call);
    digest.text(collection);
    digest.hasher.putInt(items.size());
    items.forEach(digest::item);
    return digest.done();
  }

  /** Of a transaction. */
  static ByteString ofTransaction(List<TransactionOperation> operations) {
    var digest = new RequestDigest("transaction");
    digest.hasher.putInt(operations.size());
    for (TransactionOperation operation : operations) {
      digest.text(operation.collection());
      digest.item(operation.item());
    }
    return digest.done();
  }

  /** Of a call whose arguments are texts. */
  static ByteString ofTexts(String call, String... arguments) {
    var digest = new RequestDigest(call);
    digest.hasher.putInt(arguments.length);
    for (String argument : arguments) {
      digest.text(argument);
    }
    return digest.done();
  }

  private void item(WriteItem item) {
    switch (item) {
      case WriteItem.Upsert u -> {
        hasher.putByte((byte) 1);
        text(u.id());
        if (u.text().isEmpty()) {
          hasher.putByte((byte) 0).putInt(u.vector().length);
          for (float x : u.vector()) {
            hasher.putInt(Float.floatToRawIntBits(x));
          }
        } else {
          hasher.putByte((byte) 1);
          text(u.text());
        }
        bytes(u.metadata());
      }
      case WriteItem.Patch p -> {
        hasher.putByte((byte) 2);
        text(p.id());
        bytes(p.metadata());
      }
      case WriteItem.Delete d -> {
        hasher.putByte((byte) 3);
        text(d.id());
      }
    }
    switch (item.condition()) {
      case Condition.None() -> hasher.putByte((byte) 0);
      case Condition.IfAbsent() -> hasher.putByte((byte) 1);
      case Condition.IfVersion(long version) -> hasher.putByte((byte) 2).putLong(version);
    }
  }

  private void text(String text) {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private void bytes(byte[] bytes) {
    hasher.putInt(bytes.length).putBytes(bytes);
  }

  private ByteString done() {
    return ByteString.copyFrom(hasher.hash().asBytes());
  }
}
