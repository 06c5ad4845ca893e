package io.vecraft.operator.cluster;

/** The parts of a cluster that run in Pods. */
public enum Component {
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

  /** As in names and labels. */
  public String text() {
    return text;
  }
}
