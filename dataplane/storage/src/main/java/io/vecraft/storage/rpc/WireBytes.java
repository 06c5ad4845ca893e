package io.vecraft.storage.rpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Vectors and metadata in messages, with no more copies than are needed. */
final class WireBytes {
  private static final byte[] NO_BYTES = {};
  private static final float[] NO_FLOATS = {};

  private WireBytes() {}

  /** Float32, little-endian. */
  static ByteString of(float[] vector) {
    if (vector.length == 0) {
      return ByteString.EMPTY;
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** The vector of {@link #of}. */
  static float[] floats(ByteString bytes) {
    if (bytes.isEmpty()) {
      return NO_FLOATS;
    }
    if (bytes.size() % Float.BYTES != 0) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "a vector of " + bytes.size() + " bytes is not one of float32",
          "vector");
    }
    float[] vector = new float[bytes.size() / Float.BYTES];
    bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    return vector;
  }

  /** Shares the array, which must not be changed any more. */
  static ByteString of(byte[] bytes) {
    return bytes.length == 0 ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** The bytes; shares the array behind them where that is theirs alone. Not to be changed. */
  static byte[] bytes(ByteString bytes) {
    if (bytes.isEmpty()) {
      return NO_BYTES;
    }
    var whole = new Whole(bytes.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(bytes, whole);
    } catch (IOException e) {
      throw new IllegalStateException("copying between arrays failed", e);
    }
    return whole.array;
  }

  /** Takes over an array that holds exactly the bytes; anything else is copied together. */
  private static final class Whole extends ByteOutput {
    private final int size;
    private byte[] array = NO_BYTES;
    private int filled;

    Whole(int size) {
      this.size = size;
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
      if (offset == 0 && length == size && value.length == size) {
        array = value;
        filled = size;
      } else {
        write(value, offset, length);
      }
    }

    @Override
    public void writeLazy(ByteBuffer value) {
      write(value);
    }

    @Override
    public void write(byte value) {
      room();
      array[filled++] = value;
    }

    @Override
    public void write(byte[] value, int offset, int length) {
      room();
      System.arraycopy(value, offset, array, filled, length);
      filled += length;
    }

    @Override
    public void write(ByteBuffer value) {
      room();
      int length = value.remaining();
      value.get(array, filled, length);
      filled += length;
    }

    private void room() {
      if (array.length == 0) {
        array = new byte[size];
      }
    }
  }
}
