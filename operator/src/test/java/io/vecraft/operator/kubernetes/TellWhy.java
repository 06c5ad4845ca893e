package io.vecraft.operator.kubernetes;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Prints what a test's Kubernetes looks like when the test has failed. */
final class TellWhy implements TestExecutionExceptionHandler {
  /** A test that knows. */
  interface Teller {
    String tell() throws Exception;
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (context.getRequiredTestInstance() instanceof Teller teller) {
      try {
        System.out.println(teller.tell());
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
    throw failure;
  }
}
