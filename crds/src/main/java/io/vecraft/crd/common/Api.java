package io.vecraft.crd.common;

/** Group and version of the custom resources. */
public final class Api {
  public static final String GROUP = "vecraft.io";
  public static final String VERSION = "v1alpha1";

  private Api() {}
}
