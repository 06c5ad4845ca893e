package io.vecraft.index.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
  private static final int ROWS = 7;

  /** One of the kernels. */
  private interface Kernel {
    void score(float[] query, long[] rows, int from, int to, float[] into);
  }

  /**
   * A distance is the same to the last bit whether the code runs in the interpreter, as it does
   * first, or compiled, as it does after thousands of calls, and wherever its row stands among
   * those that are compared.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 16, 100, 784})
  void aDistanceIsTheSameBeforeAndAfterCompilation(int dimension) {
    Random random = TestVectors.random("kernels");
    int padded = Kernels.padded(dimension);
    float[] query = new float[padded];
    System.arraycopy(TestVectors.gaussian(random, dimension), 0, query, 0, dimension);
    try (RowStore floats = RowStore.create(new RowFormat("floats", padded * Float.BYTES, true));
        RowStore codes = RowStore.create(new RowFormat("codes", padded, true))) {
      floats.ensure(ROWS);
      codes.ensure(ROWS);
      for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < dimension; i++) {
          floats.setFloat(row, i * Float.BYTES, (float) random.nextGaussian());
          codes.setByte(row, i, (byte) random.nextInt());
        }
      }
      repeats(Kernels::dot, query, floats);
      repeats(Kernels::squaredDistance, query, floats);
      repeats(Kernels::dotCodes, query, codes);
    }
  }

  private static void repeats(Kernel kernel, float[] query, RowStore rows) {
    float[] first = new float[ROWS];
    long[] addresses = new long[ROWS];
    rows.addresses(new int[] {0, 1, 2, 3, 4, 5, 6}, 0, ROWS, addresses);
    kernel.score(query, addresses, 0, ROWS, first);
    int[] ordinals = new int[ROWS];
    float[] again = new float[ROWS];
    for (int call = 0; call < 6_000; call++) {
      for (int i = 0; i < ROWS; i++) {
        ordinals[i] = (i + call) % ROWS;
      }
      int from = call % 3;
      int to = ROWS - call / 3 % 3;
      rows.addresses(ordinals, from, to, addresses);
      Arrays.fill(again, Float.NaN);
      kernel.score(query, addresses, from, to, again);
      for (int i = 0; i < ROWS; i++) {
        if (i < from || i >= to) {
          assertThat(again[i]).as("place %d, which was not asked for", i).isNaN();
          continue;
        }
        assertThat(Float.floatToRawIntBits(again[i]))
            .as("row %d at place %d in call %d", ordinals[i], i, call)
            .isEqualTo(Float.floatToRawIntBits(first[ordinals[i]]));
      }
    }
  }
}
