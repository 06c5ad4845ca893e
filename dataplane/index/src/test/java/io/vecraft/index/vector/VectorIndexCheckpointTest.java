package io.vecraft.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.index.memory.StoredFile;
import io.vecraft.index.memory.StoredFiles;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorIndexCheckpointTest {
  private static final int DIMENSION = 20;

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("io.vecraft.index.vector.VectorIndexTest#shapes")
  void aReopenedIndexIsTheSameAndGoesOn(Metric metric, Quantization codes) throws Exception {
    VectorIndexConfig config = VectorIndexTest.config(DIMENSION, metric, codes);
    Random random = TestVectors.random("reopen");
    float[][] vectors = TestVectors.clustered(random, 4000, DIMENSION, 10);
    float[][] queries = TestVectors.clustered(random, 20, DIMENSION, 10);
    int[] counts = {0, 500, 2000, 2500, 4000};
    List<StoredFile> files;
    try (VectorIndex empty = VectorIndex.create(config)) {
      files = empty.checkpoint(directory, 0, 0);
    }
    for (int step = 1; step < counts.length; step++) {
      try (VectorIndex index = VectorIndex.open(config, directory, files)) {
        int begin = counts[step - 1];
        assertThat(index.size()).isEqualTo(begin);
        for (int i = begin; i < counts[step]; i++) {
          int ordinal = index.append(vectors[i]);
          if (i % 7 != 3) {
            index.link(ordinal);
          }
        }
        int[] unlinked = index.unlinked();
        files = index.checkpoint(directory, step, counts[step]);
        try (VectorIndex same = VectorIndex.open(config, directory, files)) {
          assertThat(same.size()).isEqualTo(index.size());
          assertThat(same.linkedCount()).isEqualTo(index.linkedCount());
          assertThat(same.unlinked()).isEqualTo(unlinked);
          for (float[] query : queries) {
            answersTheSame(index, same, query);
          }
          float[] read = new float[DIMENSION];
          for (int i = 0; i < counts[step]; i += 13) {
            same.read(i, read);
            assertThat(read).isEqualTo(vectors[i]);
          }
        }
        for (int ordinal : unlinked) {
          index.link(ordinal);
        }
        assertThat(index.linkedCount()).isEqualTo(counts[step]);
        files = index.checkpoint(directory, 100 + step, counts[step]);
      }
    }
    try (VectorIndex index = VectorIndex.open(config, directory, files)) {
      index.verifyAll();
      double recall = 0;
      for (float[] query : queries) {
        recall +=
            TestVectors.recall(
                index.search(query, 10, 200, OrdinalFilter.ALL),
                TestVectors.nearest(metric, vectors, query, 10, OrdinalFilter.ALL));
      }
      // The dot product is no metric: small vectors are hard to reach.
      assertThat(recall / queries.length).isGreaterThan(metric == Metric.DOT ? 0.85 : 0.95);
    }
  }

  @Test
  void aCheckpointHoldsTheVectorsBelowItsCountOnly() throws Exception {
    VectorIndexConfig config = VectorIndexTest.config(DIMENSION, Metric.L2, Quantization.LVQ8);
    Random random = TestVectors.random("cut");
    float[][] vectors = TestVectors.gaussian(random, 2600, DIMENSION);
    List<StoredFile> files;
    try (VectorIndex index = VectorIndex.create(config)) {
      for (float[] vector : vectors) {
        index.add(vector);
      }
      for (int count : new int[] {0, 1, 17, 1023, 1024, 2000}) {
        files = index.checkpoint(directory, count, count);
        try (VectorIndex cut = VectorIndex.open(config, directory, files)) {
          assertThat(cut.size()).isEqualTo(count);
          assertThat(cut.linkedCount()).isEqualTo(count);
          SearchResult result = cut.search(vectors[2500], 100, 100, OrdinalFilter.ALL);
          assertThat(result.size()).isLessThanOrEqualTo(Math.min(100, count));
          assertThat(Arrays.stream(result.ordinals()).allMatch(o -> o < count)).isTrue();
          for (int i = count; i < count + 600; i++) {
            assertThat(cut.add(vectors[i])).isEqualTo(i);
          }
          int found = 0;
          for (int i = 0; i < count + 600; i += 10) {
            SearchResult nearest = cut.search(vectors[i], 1, 100, OrdinalFilter.ALL);
            found += nearest.ordinals()[0] == i ? 1 : 0;
          }
          assertThat(found).isGreaterThan((count + 600) / 10 * 9 / 10);
        }
      }
    }
  }

  @Test
  void checkpointsTakenWhileOthersLinkAndSearchCanBeContinued() throws Exception {
    VectorIndexConfig config = VectorIndexTest.config(DIMENSION, Metric.COSINE, Quantization.LVQ8);
    Random random = TestVectors.random("concurrent");
    float[][] vectors = TestVectors.gaussian(random, 6000, DIMENSION);
    AtomicBoolean done = new AtomicBoolean();
    try (VectorIndex index = VectorIndex.create(config);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> searcher =
          threads.submit(() -> {
            for (int i = 0; !done.get(); i++) {
              int present = index.linkedCount();
              SearchResult result = index.search(vectors[i % 6000], 5, 50, OrdinalFilter.ALL);
              assertThat(result.size()).isGreaterThanOrEqualTo(present > 1000 ? 5 : 0);
            }
          });
      List<Future<?>> writers = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        int from = t * 3000;
        writers.add(
            threads.submit(() -> {
              for (int i = from; i < from + 3000; i++) {
                index.add(vectors[i]);
              }
            }));
      }
      try {
        for (int generation = 0; !writers.stream().allMatch(Future::isDone); generation++) {
          Path target = Files.createDirectories(directory.resolve("g" + generation));
          checkpointIsWhole(index, config, target, generation);
        }
      } finally {
        done.set(true);
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      searcher.get();
      assertThat(index.linkedCount()).isEqualTo(6000);
    }
  }

  private static void checkpointIsWhole(
      VectorIndex index, VectorIndexConfig config, Path target, int generation) throws Exception {
    int count = index.size();
    List<StoredFile> files = index.checkpoint(target, generation, count);
    try (VectorIndex opened = VectorIndex.open(config, target, files)) {
      assertThat(opened.size()).isEqualTo(count);
      for (int ordinal : opened.unlinked()) {
        opened.link(ordinal);
      }
      float[] vector = new float[DIMENSION];
      int found = 0;
      for (int i = 0; i < count; i += 20) {
        opened.read(i, vector);
        SearchResult nearest = opened.search(vector, 1, 100, OrdinalFilter.ALL);
        found += nearest.ordinals()[0] == i ? 1 : 0;
      }
      assertThat(found).isGreaterThanOrEqualTo(count / 20 * 9 / 10);
    }
  }

  @Test
  void aFlippedBitInAnyFileIsFound() throws Exception {
    VectorIndexConfig config = VectorIndexTest.config(DIMENSION, Metric.COSINE, Quantization.LVQ8);
    Random random = TestVectors.random("flip");
    float[][] vectors = TestVectors.gaussian(random, 1500, DIMENSION);
    List<StoredFile> files;
    try (VectorIndex index = VectorIndex.create(config)) {
      for (float[] vector : vectors) {
        index.add(vector);
      }
      files = index.checkpoint(directory, 1, 1500);
    }
    assertThat(files.stream().map(f -> f.name().substring(0, f.name().indexOf('.'))))
        .contains("vectors", "norms", "codes", "links", "upper", "starts", "states", "header");
    for (StoredFile file : files) {
      Path path = directory.resolve(file.name());
      for (int i = 0; i < 12; i++) {
        long at = (long) (random.nextDouble() * file.length());
        flip(path, at);
        assertThatThrownBy(
                () -> {
                  try (VectorIndex index = VectorIndex.open(config, directory, files)) {
                    index.verifyAll();
                  }
                })
            .as("%s byte %d", file.name(), at)
            .isInstanceOf(DamagedBlockException.class)
            .hasMessageContaining(file.name());
        assertThatThrownBy(() -> StoredFiles.verify(directory, file))
            .isInstanceOf(DamagedBlockException.class);
        flip(path, at);
      }
      StoredFiles.verify(directory, file);
    }
  }

  @Test
  void damageInAMappedChunkIsFoundByTheSearchThatTouchesIt() throws Exception {
    int dimension = 2048;
    VectorIndexConfig config =
        new VectorIndexConfig(dimension, Metric.L2, 4, 8, Quantization.NONE, 10_000);
    Random random = TestVectors.random("mapped");
    List<StoredFile> files;
    float[][] vectors = TestVectors.gaussian(random, 2049, dimension);
    try (VectorIndex index = VectorIndex.create(config)) {
      for (float[] vector : vectors) {
        index.append(vector);
      }
      files = index.checkpoint(directory, 1, 2049);
    }
    StoredFile first =
        files.stream().filter(f -> f.name().startsWith("vectors.000000")).findFirst().orElseThrow();
    flip(directory.resolve(first.name()), 1000L * dimension * 4);
    try (VectorIndex index = VectorIndex.open(config, directory, files)) {
      assertThat(index.scan(vectors[3], 1, IntIterator.range(0, 998), OrdinalFilter.ALL).size())
          .isEqualTo(1);
      assertThatThrownBy(
              () -> index.scan(vectors[3], 1, IntIterator.range(0, 2049), OrdinalFilter.ALL))
          .isInstanceOf(DamagedBlockException.class)
          .hasMessageContaining(first.name());
      assertThatThrownBy(() -> index.read(1000, new float[dimension]))
          .isInstanceOf(DamagedBlockException.class);
      index.read(2048, new float[dimension]);
    }
  }

  @Test
  void anIndexOfAnotherShapeIsRefused() throws Exception {
    VectorIndexConfig config = VectorIndexTest.config(DIMENSION, Metric.L2, Quantization.NONE);
    try (VectorIndex index = VectorIndex.create(config)) {
      index.add(new float[DIMENSION]);
      List<StoredFile> files = index.checkpoint(directory, 1, 1);
      assertThatThrownBy(() ->
              VectorIndex.open(
                  VectorIndexTest.config(DIMENSION, Metric.DOT, Quantization.NONE),
                  directory,
                  files))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void flip(Path path, long at) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      int value = file.read();
      file.seek(at);
      file.write(value ^ 1);
    }
  }

  /** Both answer the same to the last bit. */
  private static void answersTheSame(VectorIndex index, VectorIndex same, float[] query) {
    SearchResult expected = index.search(query, 10, 50, OrdinalFilter.ALL);
    SearchResult actual = same.search(query, 10, 50, OrdinalFilter.ALL);
    assertThat(actual.ordinals()).isEqualTo(expected.ordinals());
    assertThat(actual.distances()).isEqualTo(expected.distances());
  }
}
