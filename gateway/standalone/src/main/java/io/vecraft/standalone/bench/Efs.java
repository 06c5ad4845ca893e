package io.vecraft.standalone.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which numbers of candidates are tried, and which of what was measured is at a recall. */
final class Efs {
  private static final double STEP = 1.2;
  private static final int FIRST = 10;
  private static final int LAST = 1_200;

  /** Where a sweep may end. */
  static final double ENOUGH = 0.9925;

  static final List<Double> RECALLS = List.of(0.95, 0.99);

  private Efs() {}

  /** One setting and what it gave. */
  interface Point {
    int ef();

    double recall();

    double perSecond();
  }

  /** Numbers of candidates, each a fifth above the last. */
  static List<Integer> tried() {
    List<Integer> efs = new ArrayList<>();
    for (double ef = FIRST; ef <= LAST; ef = Math.max(ef * STEP, ef + 1)) {
      efs.add((int) Math.round(ef));
    }
    return efs;
  }

  /** The first setting that reaches the recall. */
  static <P extends Point> Optional<P> first(List<P> points, double recall) {
    return points.stream().filter(p -> p.recall() >= recall).findFirst();
  }

  /** Queries a second at a recall, between the settings on both sides of it; 0 if none is. */
  static double perSecondAt(List<? extends Point> points, double recall) {
    double best = 0;
    for (int i = 0; i < points.size(); i++) {
      Point high = points.get(i);
      if (high.recall() >= recall) {
        best = Math.max(best, high.perSecond());
        if (i > 0 && points.get(i - 1).recall() < recall) {
          Point low = points.get(i - 1);
          double part = (recall - low.recall()) / (high.recall() - low.recall());
          best =
              Math.max(
                  best,
                  Math.exp(
                      (1 - part) * Math.log(low.perSecond()) + part * Math.log(high.perSecond())));
        }
      }
    }
    return best;
  }
}
