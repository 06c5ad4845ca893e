package io.vecraft.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorIndexTest {
  private static final int K = 10;

  static Stream<Arguments> shapes() {
    return Stream.of(Metric.values())
        .flatMap(
            metric -> Stream.of(Quantization.values()).map(codes -> Arguments.of(metric, codes)));
  }

  static VectorIndexConfig config(int dimension, Metric metric, Quantization quantization) {
    return new VectorIndexConfig(dimension, metric, 16, 100, quantization, 1_000_000);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void searchFindsTheNearestOfRandomAndClusteredVectors(Metric metric, Quantization codes) {
    Random random = TestVectors.random("recall");
    float[][][] sets = {
      TestVectors.gaussian(random, 3000, 24), TestVectors.clustered(random, 3000, 33, 20)
    };
    for (float[][] vectors : sets) {
      try (VectorIndex index = VectorIndex.create(config(vectors[0].length, metric, codes))) {
        for (float[] vector : vectors) {
          index.add(vector);
        }
        assertThat(index.linkedCount()).isEqualTo(vectors.length);
        double recall = 0;
        int queries = 50;
        for (int i = 0; i < queries; i++) {
          float[] query = vectors[random.nextInt(vectors.length)].clone();
          for (int j = 0; j < query.length; j++) {
            query[j] += 0.1f * (float) random.nextGaussian();
          }
          SearchResult result = index.search(query, K, 200, OrdinalFilter.ALL);
          assertThat(result.size()).isEqualTo(K);
          checkDistances(metric, vectors, query, result);
          recall +=
              TestVectors.recall(
                  result, TestVectors.nearest(metric, vectors, query, K, OrdinalFilter.ALL));
        }
        assertThat(recall / queries).isGreaterThan(0.95);
      }
    }
  }

  private static void checkDistances(
      Metric metric, float[][] vectors, float[] query, SearchResult result) {
    for (int i = 0; i < result.size(); i++) {
      double truth = TestVectors.distance(metric, vectors[result.ordinals()[i]], query);
      assertThat((double) result.distances()[i]).isCloseTo(truth, within(1e-3));
      if (i > 0) {
        assertThat(result.distances()[i]).isGreaterThanOrEqualTo(result.distances()[i - 1]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void scanIsExactAndVectorsAreReadAsWritten(Metric metric, Quantization codes) {
    Random random = TestVectors.random("scan");
    for (int dimension : new int[] {1, 2, 15, 16, 17, 100, 4096}) {
      float[][] vectors = TestVectors.gaussian(random, 150, dimension);
      try (VectorIndex index = VectorIndex.create(config(dimension, metric, codes))) {
        for (float[] vector : vectors) {
          index.append(vector);
        }
        float[] read = new float[dimension];
        for (int i = 0; i < vectors.length; i++) {
          index.read(i, read);
          assertThat(read).isEqualTo(vectors[i]);
        }
        float[] query = TestVectors.gaussian(random, dimension);
        OrdinalFilter even = ordinal -> ordinal % 2 == 0;
        SearchResult result = index.scan(query, 20, IntIterator.range(0, 150), even);
        double[] truth = TestVectors.nearest(metric, vectors, query, 20, even);
        assertThat(result.size()).isEqualTo(20);
        assertThat(result.visited()).isEqualTo(75);
        for (int i = 0; i < 20; i++) {
          assertThat(result.ordinals()[i] % 2).isZero();
          assertThat((double) result.distances()[i])
              .isCloseTo(truth[i], within(1e-4 * (1 + Math.abs(truth[i]))));
        }
      }
    }
  }

  @Test
  void anEmptyIndexAndAnEmptyScanFindNothing() {
    try (VectorIndex index = VectorIndex.create(config(3, Metric.L2, Quantization.NONE))) {
      assertThat(index.search(new float[3], 1, 10, OrdinalFilter.ALL).size()).isZero();
      assertThat(index.scan(new float[3], 1, IntIterator.of(), OrdinalFilter.ALL).size()).isZero();
      assertThat(index.unlinked()).isEmpty();
      index.append(new float[3]);
      assertThat(index.search(new float[3], 1, 10, OrdinalFilter.ALL).size()).isZero();
      assertThat(index.unlinked()).containsExactly(0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16, 4096})
  void everyDimensionWorks(int dimension) {
    Random random = TestVectors.random("dimension");
    for (Quantization codes : Quantization.values()) {
      try (VectorIndex index = VectorIndex.create(config(dimension, Metric.L2, codes))) {
        int count = dimension > 1000 ? 1100 : 2000;
        float[][] vectors = TestVectors.gaussian(random, count, dimension);
        for (float[] vector : vectors) {
          index.add(vector);
        }
        int found = 0;
        for (int i = 0; i < 50; i++) {
          int wanted = random.nextInt(count);
          SearchResult result = index.search(vectors[wanted], 1, 100, OrdinalFilter.ALL);
          if (result.distances()[0] == 0) {
            found++;
          }
        }
        assertThat(found).isGreaterThanOrEqualTo(48);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void equalVectorsAndVectorsOfZerosDoNoHarm(Metric metric, Quantization codes) {
    Random random = TestVectors.random("duplicates");
    float[][] some = TestVectors.gaussian(random, 5, 8);
    some[4] = new float[8];
    try (VectorIndex index = VectorIndex.create(config(8, metric, codes))) {
      for (int i = 0; i < 2000; i++) {
        index.add(some[i % 5]);
      }
      for (float[] query : some) {
        SearchResult result = index.search(query, 100, 200, OrdinalFilter.ALL);
        assertThat(result.size()).isEqualTo(100);
        assertThat(Arrays.stream(result.ordinals()).distinct().count()).isEqualTo(100);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void numbersAtTheEndOfTheRangeNeverBreakASearch(Metric metric, Quantization codes) {
    Random random = TestVectors.random("extremes");
    float[] extremes = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, 1e20f, 1e-20f, 0};
    try (VectorIndex index = VectorIndex.create(config(4, metric, codes))) {
      for (int i = 0; i < 1500; i++) {
        float[] vector = TestVectors.gaussian(random, 4);
        vector[i % 4] = extremes[i % extremes.length];
        index.add(vector);
      }
      for (float extreme : extremes) {
        float[] query = {extreme, 1, extreme, 2};
        for (SearchResult result :
            new SearchResult[] {
              index.search(query, K, 100, OrdinalFilter.ALL),
              index.scan(query, K, IntIterator.range(0, 1500), OrdinalFilter.ALL)
            }) {
          assertThat(result.size()).isEqualTo(K);
          for (float distance : result.distances()) {
            assertThat(distance).isNotNaN();
          }
        }
      }
    }
  }

  @Test
  void onlyAcceptedVectorsAreFoundAndAWalkThatMeetsTooFewGivesUp() {
    Random random = TestVectors.random("filter");
    float[][] vectors = TestVectors.gaussian(random, 20_000, 8);
    try (VectorIndex index =
        VectorIndex.create(
            new VectorIndexConfig(8, Metric.L2, 8, 40, Quantization.NONE, 1_000_000))) {
      for (float[] vector : vectors) {
        index.add(vector);
      }
      for (int every : new int[] {2, 10, 50}) {
        OrdinalFilter filter = ordinal -> ordinal % every == 1;
        double recall = 0;
        for (int i = 0; i < 20; i++) {
          float[] query = TestVectors.gaussian(random, 8);
          SearchResult result = index.search(query, K, 100, filter);
          assertThat(Arrays.stream(result.ordinals()).allMatch(o -> o % every == 1)).isTrue();
          recall +=
              TestVectors.recall(result, TestVectors.nearest(Metric.L2, vectors, query, K, filter));
        }
        assertThat(recall / 20).as("one of %d", every).isGreaterThan(0.9);
      }
      SearchResult none = index.search(vectors[0], K, 100, ordinal -> ordinal == 9999);
      assertThat(none.visited()).isLessThan(20_000);
    }
  }

  @Test
  void allOfASmallIndexAreFoundAtTheLargestK() {
    Random random = TestVectors.random("k");
    try (VectorIndex index =
        VectorIndex.create(new VectorIndexConfig(16, Metric.DOT, 8, 40, Quantization.LVQ8, 9000))) {
      for (int i = 0; i < 9000; i++) {
        index.add(TestVectors.gaussian(random, 16));
      }
      float[] query = TestVectors.gaussian(random, 16);
      SearchResult scanned =
          index.scan(query, VectorIndex.K_MAX, IntIterator.range(0, 9000), OrdinalFilter.ALL);
      SearchResult walked = index.search(query, VectorIndex.K_MAX, 0, OrdinalFilter.ALL);
      assertThat(scanned.size()).isEqualTo(9000);
      assertThat(walked.size()).isGreaterThan(8000);
    }
  }

  @Test
  void badArgumentsAreExceptions() {
    try (VectorIndex index =
        VectorIndex.create(new VectorIndexConfig(2, Metric.L2, 4, 8, Quantization.NONE, 2))) {
      index.add(new float[] {1, 2});
      float[] into = new float[2];
      for (int bad : new int[] {-1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        assertThatThrownBy(() -> index.read(bad, into))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> index.link(bad)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> index.isLinked(bad)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> index.scan(into, 1, IntIterator.of(0, bad), OrdinalFilter.ALL))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> index.append(new float[] {1, Float.NaN}))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> index.append(new float[3]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> index.search(new float[1], 1, 1, OrdinalFilter.ALL))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> index.search(into, 0, 1, OrdinalFilter.ALL))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> index.search(into, VectorIndex.K_MAX + 1, 1, OrdinalFilter.ALL))
          .isInstanceOf(IllegalArgumentException.class);
      index.append(new float[] {3, 4});
      assertThatThrownBy(() -> index.append(new float[] {5, 6}))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aClosedIndexIsAnExceptionNotACrash() {
    VectorIndex index = VectorIndex.create(config(2, Metric.L2, Quantization.NONE));
    index.add(new float[] {1, 2});
    index.close();
    assertThatThrownBy(() -> index.search(new float[2], 1, 1, OrdinalFilter.ALL))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> index.read(0, new float[2])).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCloseBesideSearchesAndLinksEndsThemWithAnExceptionNotACrash() throws Exception {
    float[][] vectors = TestVectors.gaussian(TestVectors.random("closing"), 2000, 16);
    for (Quantization codes : Quantization.values()) {
      VectorIndex index = VectorIndex.create(config(16, Metric.COSINE, codes));
      for (int i = 0; i < vectors.length; i++) {
        int ordinal = index.append(vectors[i]);
        if (i < 1500) {
          index.link(ordinal);
        }
      }
      CountDownLatch running = new CountDownLatch(3);
      try (ExecutorService threads = Executors.newCachedThreadPool()) {
        List<Future<?>> uses = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
          uses.add(
              threads.submit(() -> {
                for (int i = 0; true; i++) {
                  index.search(vectors[i % vectors.length], K, 50, OrdinalFilter.ALL);
                  running.countDown();
                }
              }));
        }
        uses.add(
            threads.submit(() -> {
              for (int i = 1500; true; i = i + 1 < vectors.length ? i + 1 : 1500) {
                index.link(i);
                running.countDown();
              }
            }));
        running.await();
        index.close();
        for (Future<?> use : uses) {
          assertThatThrownBy(use::get).hasCauseInstanceOf(IllegalStateException.class);
        }
      }
    }
  }

  @Test
  void linkingTwiceChangesNothing() {
    Random random = TestVectors.random("twice");
    try (VectorIndex index = VectorIndex.create(config(4, Metric.COSINE, Quantization.NONE))) {
      for (int i = 0; i < 100; i++) {
        index.append(TestVectors.gaussian(random, 4));
      }
      for (int i = 99; i >= 0; i--) {
        index.link(i);
        index.link(i);
      }
      assertThat(index.linkedCount()).isEqualTo(100);
      assertThat(index.unlinked()).isEmpty();
      SearchResult all = index.search(new float[] {1, 0, 0, 0}, 100, 100, OrdinalFilter.ALL);
      assertThat(Arrays.stream(all.ordinals()).distinct().count()).isEqualTo(all.size());
    }
  }

  /**
   * A node with several levels is not to be met on an upper one before it has links on those below:
   * a search that came down there would find that node alone. Short lists make such nodes frequent.
   */
  @Test
  void searchesBesideLinksFindAsManyAsTheyWant() throws Exception {
    int count = 12_000;
    int linkers = 3;
    VectorIndexConfig config =
        new VectorIndexConfig(12, Metric.L2, 4, 40, Quantization.NONE, count);
    float[][] vectors = TestVectors.gaussian(TestVectors.random("linking"), count, 12);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger working = new AtomicInteger(linkers);
    try (VectorIndex index = VectorIndex.create(config);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<Integer>> links = new ArrayList<>();
      for (int t = 0; t < linkers; t++) {
        links.add(
            threads.submit(() -> {
              try {
                int made = 0;
                for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                  index.add(vectors[i]);
                  made++;
                }
                return made;
              } finally {
                working.decrementAndGet();
              }
            }));
      }
      Future<Integer> fewest =
          threads.submit(() -> {
            int least = K;
            for (int i = 0; working.get() > 0; i++) {
              int present = index.linkedCount();
              int found = index.search(vectors[i % count], K, K, OrdinalFilter.ALL).size();
              least = present < 1000 ? least : Math.min(least, found);
            }
            return least;
          });
      int made = 0;
      for (Future<Integer> part : links) {
        made += part.get();
      }
      assertThat(made).isEqualTo(count);
      assertThat(fewest.get()).isEqualTo(K);
    }
  }
}
