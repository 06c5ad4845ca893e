package io.vecraft.index.vector;

import java.util.Arrays;

/** What one search or link needs and leaves behind for the next: one thread at a time. */
final class Scratch {
  /** Whether it is borrowed; see {@link ScratchPool}. */
  volatile boolean inUse;

  private static final int MARKS_MIN = 1 << 10;

  final Scorer scorer;

  /** For distances between neighbours, while the other one keeps its query. */
  final Scorer between;

  final Scorer exact;
  final CandidatePool pool = new CandidatePool();
  final int[] links;
  final float[] scores;
  final int[] selected;

  /** Of the selected those that no earlier selection has compared with others. */
  final int[] alone;

  final float[] selectedScores;

  /** Vectors compared. */
  long visited;

  /** A vector was seen in this walk if its mark is the epoch. */
  private byte[] marks = new byte[MARKS_MIN];

  private byte epoch;

  Scratch(VectorEncoding encoding, VectorEncoding exact, int width) {
    this.scorer = encoding.scorer();
    this.between = encoding.scorer();
    this.exact = exact.scorer();
    this.links = new int[width + 1];
    this.scores = new float[width + 1];
    this.selected = new int[width + 1];
    this.alone = new int[width + 1];
    this.selectedScores = new float[width + 1];
  }

  /** Forgets what was seen. */
  void newWalk(int size) {
    if (marks.length < size) {
      marks = new byte[roomFor(size)];
      epoch = 0;
    }
    epoch++;
    if (epoch == 0) {
      Arrays.fill(marks, (byte) 0);
      epoch = 1;
    }
  }

  /** Marks a vector as seen: 1 if that is for the first time in this walk, else 0. */
  int see(int ordinal) {
    if (ordinal >= marks.length) {
      // Appended since the walk began.
      marks = Arrays.copyOf(marks, roomFor(ordinal + 1));
    }
    // Nobody can guess which have been seen: arithmetic instead of a branch.
    int difference = marks[ordinal] ^ epoch;
    marks[ordinal] = epoch;
    return (difference | -difference) >>> (Integer.SIZE - 1);
  }

  private static int roomFor(int size) {
    return size + Math.max(MARKS_MIN, size >>> 3);
  }
}
