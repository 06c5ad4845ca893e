package io.vecraft.query;

/** Kinds of parts of reads, by how long they take. */
enum PartKind {
  SEARCH,
  EXACT_SEARCH,
  GET,
  COUNT,
  HISTORY,
  PAGE,
  VERSION
}
