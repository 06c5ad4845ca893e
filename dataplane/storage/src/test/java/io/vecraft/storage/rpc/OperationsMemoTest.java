package io.vecraft.storage.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class OperationsMemoTest {
  @Test
  void whatItKnowsIsRight(TestInfo test) {
    long seed = System.nanoTime();
    System.out.println(test.getDisplayName() + " seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      var writes = new TreeSet<Integer>();
      for (int i = random.nextInt(60); i > 0; i--) {
        writes.add(random.nextInt(1_000));
      }
      var memo = new OperationsMemo();
      for (int i = 0; i < 300; i++) {
        int stamp = 1 + random.nextInt(1_000);
        memo.add(stamp, count(writes, stamp));
        int asked = 1 + random.nextInt(1_000);
        memo.at(asked).ifPresent(n -> assertThat(n).isEqualTo(count(writes, asked)));
      }
      memo.add(1_001, writes.size());
      assertThat(memo.at(1_001)).hasValue(writes.size());
    }
  }

  private static long count(TreeSet<Integer> writes, int stamp) {
    return writes.headSet(stamp, true).size();
  }

  @Test
  void betweenTwoStampsOfOneCountItIsThatCount() {
    var memo = new OperationsMemo();
    for (int stamp = 10; stamp <= 1_000; stamp += 10) {
      memo.add(stamp, 5);
    }
    assertThat(memo.at(10)).hasValue(5);
    assertThat(memo.at(555)).hasValue(5);
    assertThat(memo.at(1_000)).hasValue(5);
    assertThat(memo.at(1_001)).isEmpty();
    assertThat(memo.at(9)).isEmpty();
    memo.add(2_000, 6);
    assertThat(memo.at(1_500)).isEmpty();
  }
}
