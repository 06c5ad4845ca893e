package io.vecraft.operator.cluster;

/** The parts of a cluster that run in Pods. */
enum Component implements Part {
  ETCD("etcd"),
  JOURNAL("journal"),
  STORAGE("storage"),
  QUERY("query"),
  GATEWAY("gateway"),
  CONTROL("control");

  private final String text;

  Component(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public Component component() {
    return this;
  }
}
