package io.vecraft.standalone.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a script that completes commands and options in bash and zsh. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = "Print a completion script for bash and zsh: source <(vecraft completion)")
final class CompletionCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    new Output(spec.commandLine().getOut())
        .line(AutoComplete.bash("vecraft", spec.root().commandLine()));
    return ExitCodes.OK;
  }
}
