package io.vecraft.standalone.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that is a client of a server: has its options, and a place to print to. */
@Command(mixinStandardHelpOptions = true)
abstract class ClientCommand implements Callable<Integer> {
  @Mixin Connection connection = new Connection();
  @Spec CommandSpec spec = CommandSpec.create();

  /** Does the work; the caller closes the client. */
  abstract int run(Api api, Output out) throws Exception;

  /** The client to use. */
  Api open() {
    return connection.open();
  }

  @Override
  public final Integer call() throws Exception {
    try (Api api = open()) {
      return run(api, new Output(commandLine().getOut()));
    }
  }

  final CommandLine commandLine() {
    return spec.commandLine();
  }
}
