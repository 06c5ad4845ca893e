package io.vecraft.gateway.call;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether the process is fit to take requests. Safe for concurrent use. */
public final class Health {
  private final List<Check> checks;

  /**
   * One condition.
   *
   * @param name short, lower case
   * @param problem what is wrong, empty when all is well; answers at once
   */
  public record Check(String name, Supplier<Optional<String>> problem) {}

  /** A condition that does not hold. */
  public record Failure(String name, String problem) {}

  public Health(List<Check> checks) {
    this.checks = List.copyOf(checks);
  }

  /** The conditions that do not hold now; none when ready. */
  public List<Failure> failures() {
    return checks.stream().flatMap(c -> failure(c).stream()).toList();
  }

  private static Optional<Failure> failure(Check check) {
    try {
      return check.problem().get().map(problem -> new Failure(check.name(), problem));
    } catch (RuntimeException e) {
      return Optional.of(new Failure(check.name(), "the check failed"));
    }
  }
}
