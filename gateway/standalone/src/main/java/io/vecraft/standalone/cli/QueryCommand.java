package io.vecraft.standalone.cli;

import io.vecraft.cluster.QueryProcess;
import io.vecraft.standalone.EngineLimit;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs a query processor of a cluster. */
@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Run a query processor of a cluster: asks the storage nodes and merges.")
final class QueryCommand implements Callable<Integer> {
  /** The limits that this process keeps. */
  static final Set<EngineLimit> LIMITS =
      Set.of(EngineLimit.CACHE_BYTES, EngineLimit.CURSORS, EngineLimit.CURSOR_IDLE_S);

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin NodeOptions node = new NodeOptions();

  @Override
  public Integer call() throws InterruptedException {
    QueryProcess process = QueryProcess.start(node.settings(), LimitOptions.engine(spec));
    Running running = Running.closing(process);
    new Output(spec.commandLine().getOut())
        .line("Vecraft query processor %s is ready at %s", node.name, process.address());
    return running.await();
  }
}
