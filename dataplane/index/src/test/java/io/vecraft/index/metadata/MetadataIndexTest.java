package io.vecraft.index.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.FilterMatcher;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.filter.RandomFilters;
import io.vecraft.index.filter.ReferenceFilter;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.index.memory.StoredFile;
import io.vecraft.index.memory.StoredFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

class MetadataIndexTest {
  @TempDir Path directory;

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static long seed() {
    long seed = Long.getLong("vecraft.seed", new Random().nextLong());
    System.out.println("MetadataIndexTest vecraft.seed=" + seed);
    return seed;
  }

  /** What the index says must be right for every row; answers how many rows it left open. */
  private static int check(
      MetadataIndex index, Filter filter, Map<Integer, byte[]> rows, MetadataSchema schema) {
    Candidates candidates = index.plan(filter);
    assertThat(candidates.bound()).isEqualTo(index.bound());
    FilterMatcher matcher = FilterMatcher.of(filter, schema);
    String text = RandomFilters.sql(filter);
    int open = 0;
    for (Map.Entry<Integer, byte[]> row : rows.entrySet()) {
      boolean matches = matcher.matches(row.getValue());
      boolean may = candidates.mayMatch(row.getKey());
      boolean must = candidates.mustMatch(row.getKey());
      if (matches ? !may : must) {
        throw new AssertionError(
            "row %d %s: matches %s, may %s, must %s: %s"
                .formatted(
                    row.getKey(),
                    new String(row.getValue(), StandardCharsets.UTF_8),
                    matches,
                    may,
                    must,
                    text));
      }
      open += may != must ? 1 : 0;
    }
    assertThat(RoaringBitmap.andNotCardinality(candidates.certain(), candidates.possible()))
        .isZero();
    candidates
        .possible()
        .forEach((int row) -> {
          if (!rows.containsKey(row)) {
            throw new AssertionError("row " + row + " was never added: " + text);
          }
        });
    assertThat(candidates.exact()).isEqualTo(open == 0);
    return open;
  }

  private static Map<Integer, byte[]> fill(
      MetadataIndex index, RandomFilters random, Random gaps, int count, boolean typed) {
    Map<Integer, byte[]> rows = new TreeMap<>();
    int row = index.bound();
    for (int i = 0; i < count; i++) {
      row += 1 + (gaps.nextInt(4) == 0 ? gaps.nextInt(100) : 0);
      byte[] metadata = random.metadata(typed);
      index.add(row, metadata);
      rows.put(row, metadata);
    }
    return rows;
  }

  /** A block of even one small field must not stay on the heap for ever. */
  @Test
  void wholeBlocksAreOutsideTheHeap() {
    MetadataIndex index = MetadataIndex.create(MetadataSchema.of(Map.of("n", "integer")));
    int rows = 3 << 16;
    for (int row = 0; row <= rows; row++) {
      index.add(row, ("{\"n\":" + row % 1000 + "}").getBytes(StandardCharsets.UTF_8));
    }
    assertThat(index.offHeapBytes()).isGreaterThan(2L * rows);
  }

  @Test
  void agreesWithTheMatcherOnAnyDataAndFilter() {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    Random gaps = new Random(seed);
    MetadataIndex index = MetadataIndex.create(RandomFilters.SCHEMA);
    Map<Integer, byte[]> rows = fill(index, random, gaps, 3_000, false);
    rows.putAll(fill(index, random, gaps, 3_000, true));
    for (int i = 0; i < 150; i++) {
      check(index, random.filter(1 + i % 4), rows, RandomFilters.SCHEMA);
    }
  }

  @Test
  void dataOfTheDeclaredTypesLeavesLittleToTheMatcher() {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    MetadataIndex index = MetadataIndex.create(RandomFilters.SCHEMA);
    Map<Integer, byte[]> rows = fill(index, random, new Random(seed), 3_000, true);
    for (String sql :
        List.of(
            "k = 'a'",
            "k > 'a' AND NOT k = 'b'",
            "k IN ('a','b','1')",
            "i >= 1",
            "i = 2.0",
            "i < 2.5",
            "i > 9223372036854775806",
            "NOT (i IN (1, 2, 100))",
            "b",
            "NOT b",
            "b > FALSE",
            "k IS NULL",
            "t IS NOT NULL",
            "f > 50",
            "k = 5",
            "i = 'x'",
            "t > '2026-02-01T00:00:00Z'",
            "n.k = 'a'",
            "t >= DATETIME '2026-01-31T00:00:00Z' AND i < 5")) {
      assertThat(check(index, FilterParser.fromSql(sql), rows, RandomFilters.SCHEMA))
          .as(sql)
          .isZero();
    }
    assertThat(check(index, FilterParser.fromSql("u = 1"), rows, RandomFilters.SCHEMA))
        .isEqualTo(rows.size());
    assertThat(index.plan(FilterParser.fromSql("u = 1")).narrowed()).isFalse();
    assertThat(index.plan(FilterParser.fromSql("u = 1 AND k = 'a'")).narrowed()).isTrue();
  }

  @Test
  void withoutASchemaEveryRowIsPossible() {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    MetadataIndex index = MetadataIndex.create(MetadataSchema.EMPTY);
    Map<Integer, byte[]> rows = fill(index, random, new Random(seed), 1_500, false);
    for (int i = 0; i < 50; i++) {
      check(index, random.filter(3), rows, MetadataSchema.EMPTY);
    }
  }

  @Test
  void whatMatchesDoesNotDependOnTheDeclaredSchema() {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    Map<FieldPath, FieldType> declared = new HashMap<>(RandomFilters.SCHEMA.fields());
    declared.values().removeIf(type -> type == FieldType.DATETIME);
    MetadataSchema withoutTime = new MetadataSchema(declared);
    MetadataIndex index = MetadataIndex.create(withoutTime);
    Map<Integer, byte[]> rows = fill(index, random, new Random(seed), 1_500, false);
    for (int i = 0; i < 100; i++) {
      Filter filter = random.filter(3);
      Candidates candidates = index.plan(filter);
      rows.forEach((row, metadata) -> {
        boolean matches = ReferenceFilter.matches(filter, MetadataSchema.EMPTY, metadata);
        assertThat(matches ? candidates.mayMatch(row) : !candidates.mustMatch(row)).isTrue();
      });
    }
  }

  @Test
  void longTermsAndManyValuesAreLeftToTheMatcher() {
    MetadataSchema schema = MetadataSchema.of(Map.of("k", "keyword", "i", "integer"));
    MetadataIndex index = MetadataIndex.create(schema);
    String longText = "x".repeat(Tail.TERM_BYTES_MAX + 1);
    StringBuilder many = new StringBuilder("0");
    for (int i = 1; i < 200; i++) {
      many.append(',').append(i);
    }
    Map<Integer, byte[]> rows = new TreeMap<>();
    rows.put(0, bytes("{\"k\":\"" + longText + "\"}"));
    rows.put(1, bytes("{\"i\":[" + many + "]}"));
    rows.put(2, bytes("{\"k\":\"" + longText.substring(1) + "\",\"i\":199}"));
    rows.forEach(index::add);
    for (String sql :
        List.of("k = '" + longText + "'", "k > 'x'", "i = 199", "NOT i = 199", "i = 3")) {
      check(index, FilterParser.fromSql(sql), rows, schema);
    }
    assertThat(index.plan(FilterParser.fromSql("i = 199")).mayMatch(1)).isTrue();
    assertThat(index.plan(FilterParser.fromSql("i = 3")).mustMatch(1)).isTrue();
  }

  @Test
  void fieldsDeclaredLaterNarrowTheRowsToCome() {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    Random gaps = new Random(seed);
    MetadataSchema first = MetadataSchema.of(Map.of("k", "keyword"));
    MetadataIndex index = MetadataIndex.create(first);
    Map<Integer, byte[]> rows = fill(index, random, gaps, 1_700, true);
    index.declare(RandomFilters.SCHEMA);
    Map<Integer, byte[]> later = fill(index, random, gaps, 8_500, true);
    rows.putAll(later);
    for (int i = 0; i < 40; i++) {
      check(index, random.filter(3), rows, RandomFilters.SCHEMA);
    }
    Candidates candidates = index.plan(FilterParser.fromSql("i = 1"));
    for (int row : later.keySet()) {
      if (candidates.mayMatch(row) != candidates.mustMatch(row)) {
        throw new AssertionError("row " + row + " is left open");
      }
    }
  }

  @Test
  void rowsMustAscendAndBadMetadataLeavesNothing() {
    MetadataIndex index = MetadataIndex.create(RandomFilters.SCHEMA);
    index.add(5, bytes("{\"k\":\"a\"}"));
    assertThatThrownBy(() -> index.add(5, bytes("{}")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.add(6, bytes("{\"k\":\"a\",\"i\":")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(index.bound()).isEqualTo(6);
    index.add(6, bytes("{\"i\":1}"));
    assertThat(index.plan(FilterParser.fromSql("k = 'a'")).possible())
        .isEqualTo(RoaringBitmap.bitmapOf(5));
    assertThat(index.plan(FilterParser.fromSql("NOT k = 'a'")).possible())
        .isEqualTo(RoaringBitmap.bitmapOf(6));
    assertThat(index.plan(Filter.ALL).possible()).isEqualTo(RoaringBitmap.bitmapOf(5, 6));
  }

  @Test
  void isTheSameFromFilesAndGrowsOn() throws IOException {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    Random gaps = new Random(seed);
    MetadataIndex index = MetadataIndex.create(RandomFilters.SCHEMA);
    Map<Integer, byte[]> rows = fill(index, random, gaps, 8_500, true);
    MetadataIndex.Cut cut = index.cut();
    Map<Integer, byte[]> later = fill(index, random, gaps, 500, true);
    List<StoredFile> files = cut.write(directory, 1);
    for (StoredFile file : files) {
      StoredFiles.verify(directory, file);
    }
    MetadataIndex opened = MetadataIndex.open(directory, files, RandomFilters.SCHEMA);
    assertThat(opened.bound()).isEqualTo(cut.bound());
    assertThat(opened.offHeapBytes()).isZero();
    later.forEach(opened::add);
    rows.putAll(later);
    for (int i = 0; i < 40; i++) {
      Filter filter = random.filter(3);
      check(index, filter, rows, RandomFilters.SCHEMA);
      check(opened, filter, rows, RandomFilters.SCHEMA);
      assertThat(opened.plan(filter).possible()).isEqualTo(index.plan(filter).possible());
    }
    List<StoredFile> again = opened.cut().write(directory, 2);
    assertThat(again).containsAll(files.subList(0, 1));
    MetadataIndex third = MetadataIndex.open(directory, again, RandomFilters.SCHEMA);
    check(third, FilterParser.fromSql("k = 'a' OR i > 1"), rows, RandomFilters.SCHEMA);
  }

  @Test
  void anEmptyIndexHasNoFiles() throws IOException {
    List<StoredFile> files = MetadataIndex.create(RandomFilters.SCHEMA).cut().write(directory, 1);
    assertThat(files).isEmpty();
    MetadataIndex opened = MetadataIndex.open(directory, files, RandomFilters.SCHEMA);
    assertThat(opened.bound()).isZero();
    assertThat(opened.plan(Filter.ALL).possible().isEmpty()).isTrue();
  }

  @Test
  void aFlippedBitOrAMissingEndIsFoundNeverReadWrongly() throws IOException {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    Random choice = new Random(seed);
    MetadataIndex index = MetadataIndex.create(RandomFilters.SCHEMA);
    Map<Integer, byte[]> rows = fill(index, random, choice, 3_000, true);
    List<StoredFile> files = index.cut().write(directory, 1);
    List<Filter> filters = new ArrayList<>();
    for (FieldPath field : RandomFilters.SCHEMA.fields().keySet()) {
      filters.add(new Filter.Not(new Filter.Exists(field)));
    }
    for (int round = 0; round < 120; round++) {
      StoredFile damaged = files.get(choice.nextInt(files.size()));
      Path path = directory.resolve(damaged.name());
      byte[] good = Files.readAllBytes(path);
      byte[] bad;
      if (round % 10 == 0) {
        bad = java.util.Arrays.copyOf(good, choice.nextInt(good.length));
      } else {
        bad = good.clone();
        bad[choice.nextInt(bad.length)] ^= (byte) (1 << choice.nextInt(8));
      }
      Files.write(path, bad);
      assertThatThrownBy(() -> StoredFiles.verify(directory, damaged))
          .isInstanceOf(DamagedBlockException.class);
      assertThatThrownBy(
              () -> {
                MetadataIndex opened = MetadataIndex.open(directory, files, RandomFilters.SCHEMA);
                for (Filter filter : filters) {
                  check(opened, filter, rows, RandomFilters.SCHEMA);
                }
              })
          .isInstanceOf(DamagedBlockException.class)
          .hasMessageContaining(damaged.name());
      Files.write(path, good);
    }
  }

  @Test
  void plansWhileRowsAreAddedAndCutsAreWritten() throws Exception {
    long seed = seed();
    RandomFilters random = new RandomFilters(seed);
    List<byte[]> data = new ArrayList<>();
    for (int i = 0; i < 70_000; i++) {
      data.add(i < 1_000 ? random.metadata(true) : data.get(i % 1_000));
    }
    List<Filter> filters = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      filters.add(random.filter(3));
    }
    MetadataIndex index = MetadataIndex.create(RandomFilters.SCHEMA);
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Integer>> readers = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        Random choice = new Random(seed + reader);
        readers.add(
            threads.submit(() -> {
              int plans = 0;
              while (!done.get() || plans < 20) {
                Filter filter = filters.get(choice.nextInt(filters.size()));
                FilterMatcher matcher = FilterMatcher.of(filter, RandomFilters.SCHEMA);
                Candidates candidates = index.plan(filter);
                for (int probe = 0; probe < 50 && candidates.bound() > 0; probe++) {
                  int row = choice.nextInt(candidates.bound());
                  boolean matches = matcher.matches(data.get(row));
                  assertThat(matches ? candidates.mayMatch(row) : !candidates.mustMatch(row))
                      .isTrue();
                }
                plans++;
              }
              return plans;
            }));
      }
      try {
        for (int row = 0; row < data.size(); row++) {
          index.add(row, data.get(row));
          if (row % 20_000 == 19_999) {
            List<StoredFile> files = index.cut().write(directory, row);
            assertThat(MetadataIndex.open(directory, files, RandomFilters.SCHEMA).bound())
                .isEqualTo(row + 1);
          }
        }
      } finally {
        done.set(true);
      }
      for (Future<Integer> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
    }
    assertThat(index.offHeapBytes()).isPositive();
  }
}
