package io.vecraft.operator.kubernetes;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Prints what a test's Kubernetes looks like when the test, or what goes before it, has failed. */
final class TellWhy
    implements TestExecutionExceptionHandler, LifecycleMethodExecutionExceptionHandler {
  /** A test that knows. */
  interface Teller {
    String tell() throws Exception;
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    tell(context, failure);
    throw failure;
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    tell(context, failure);
    throw failure;
  }

  private static void tell(ExtensionContext context, Throwable failure) {
    if (context.getRequiredTestInstance() instanceof Teller teller) {
      try {
        System.out.println(teller.tell());
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
  }
}
