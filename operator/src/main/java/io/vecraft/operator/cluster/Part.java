package io.vecraft.operator.cluster;

/** Pods that are alike, with names and labels of their own. */
sealed interface Part permits Component, Pool, JournalPool {
  /** As in names and labels. */
  String text();

  /** What runs in its Pods. */
  Component component();
}
