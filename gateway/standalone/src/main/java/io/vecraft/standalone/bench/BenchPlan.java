package io.vecraft.standalone.bench;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to measure.
 *
 * @param parts which of the measurements
 * @param dimensions of the generated data sets, 2 to 65,536 each
 * @param vectors of each data set; without it as many as are usual for the dimension
 * @param seed of everything that is generated
 * @param size how thorough
 */
public record BenchPlan(
    Set<Part> parts, List<Integer> dimensions, Optional<Integer> vectors, long seed, Size size) {

  /** The measurements. */
  public enum Part {
    JOURNAL,
    REPLICATION,
    INGEST,
    SEARCH,
    PROTOCOL,
    CONSISTENCY,
    HNSWLIB
  }

  /**
   * How thorough a run is.
   *
   * @param quick whether only to see that everything works: the figures are worth nothing
   * @param rounds turns of each engine in the comparison with hnswlib
   */
  public record Size(boolean quick, int rounds) {
    /** How long a load is kept up. */
    Duration load() {
      return quick ? Duration.ofMillis(300) : Duration.ofSeconds(4);
    }

    int queries() {
      return quick ? 50 : 1_000;
    }

    int passes() {
      return quick ? 1 : 3;
    }
  }

  /** Dimensions that are measured unless others are asked for. */
  public static final List<Integer> DIMENSIONS = List.of(128, 384, 784, 1536);

  public BenchPlan {
    parts = Set.copyOf(parts);
    dimensions = List.copyOf(dimensions);
  }

  /** What is wrong with it, if anything is. */
  public Optional<String> problem() {
    if (dimensions.stream().anyMatch(d -> d < 2 || d > 65_536)) {
      return Optional.of("--dimensions must be 2 to 65,536");
    }
    if (vectors.filter(n -> n < 1_000 || n > 50_000_000).isPresent()) {
      return Optional.of("--vectors must be 1,000 to 50,000,000");
    }
    return size.rounds() < 1 ? Optional.of("--rounds must be at least 1") : Optional.empty();
  }

  /** Vectors of the generated data set of a dimension: at most 300 MB of them. */
  int vectorsOf(int dimension) {
    if (vectors.isPresent()) {
      return vectors.get();
    }
    if (size.quick()) {
      return 1_500;
    }
    if (dimension == 384) {
      return 59_000;
    }
    return Math.min(100_000, 46_080_000 / dimension);
  }

  boolean has(Part part) {
    return parts.contains(part);
  }
}
