package io.vecraft.standalone.cli;

import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.standalone.EngineLimit;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A flag for every limit, so that none is forgotten. */
final class LimitOptions {
  private LimitOptions() {}

  /** Adds the flags of these limits to a command. */
  static void add(CommandSpec spec, Collection<Limit> edge, Collection<EngineLimit> engine) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().exclusive(false).validate(false).heading("%nLimits:%n").order(100);
    edge.forEach(l -> group.addArg(flag(l.flag(), l.help(), l.byDefault())));
    engine.forEach(l -> group.addArg(flag(l.flag(), l.help(), l.byDefault())));
    spec.addArgGroup(group.build());
  }

  private static OptionSpec flag(String name, String help, long byDefault) {
    return OptionSpec.builder("--" + name)
        .paramLabel("N")
        .type(Long.class)
        .description(help + ". Default: " + byDefault + ".")
        .build();
  }

  /** The limits of the edge as the command line sets them. */
  static Limits edge(CommandSpec spec) {
    Map<Limit, Long> changes = new EnumMap<>(Limit.class);
    for (Limit limit : Limit.values()) {
      Long value = value(spec, limit.flag());
      if (value != null) {
        changes.put(limit, value);
      }
    }
    return Limits.defaults().with(changes);
  }

  /** The other limits that the command line sets. */
  static Map<EngineLimit, Long> engine(CommandSpec spec) {
    Map<EngineLimit, Long> changes = new EnumMap<>(EngineLimit.class);
    for (EngineLimit limit : EngineLimit.values()) {
      Long value = value(spec, limit.flag());
      if (value != null) {
        changes.put(limit, value);
      }
    }
    return changes;
  }

  private static @Nullable Long value(CommandSpec spec, String flag) {
    OptionSpec option = spec.findOption("--" + flag);
    return option == null ? null : option.getValue();
  }

  /** All limits, for a process that has everything. */
  static void addAll(CommandSpec spec) {
    add(spec, List.of(Limit.values()), List.of(EngineLimit.values()));
  }
}
