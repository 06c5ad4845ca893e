package io.vecraft.index.vector;

import java.util.Arrays;

/**
 * Walks and grows a {@link Graph} as described by Malkov and Yashunin, "Efficient and robust
 * approximate nearest neighbor search using Hierarchical Navigable Small World graphs".
 */
final class GraphWalk {
  /** Marks candidates that were selected together before: they need not be compared again. */
  private static final long TOGETHER = Scores.EXPANDED;

  private final Graph graph;
  private final int m;
  private final int efConstruction;
  private final Object entryLock = new Object();

  GraphWalk(Graph graph, int m, int efConstruction) {
    this.graph = graph;
    this.m = m;
    this.efConstruction = efConstruction;
  }

  /**
   * Collects in the pool what is nearest to the query of the scratch's scorer.
   *
   * @param k accepted candidates that are wanted
   * @param ef accepted candidates to be kept
   * @param visitMax vectors after which the walk gives up
   * @return whether it came to its end
   */
  boolean nearest(Scratch scratch, int size, int k, int ef, OrdinalFilter filter, long visitMax) {
    int entry = graph.entry();
    scratch.pool.reset(k, ef, 0);
    if (entry == Graph.NO_NODE) {
      return true;
    }
    int start = descend(scratch, size, entry, graph.level(entry), 0);
    scratch.newWalk(size);
    seed(scratch, start, filter);
    return spread(scratch, 0, filter, visitMax);
  }

  /** The nearest node that greedy steps reach on the levels from {@code level} down to above. */
  private int descend(Scratch scratch, int size, int entry, int level, int above) {
    scratch.newWalk(size);
    scratch.see(entry);
    int best = entry;
    float bestScore = score(scratch, entry);
    for (int l = level; l > above; l--) {
      boolean nearer = true;
      while (nearer) {
        nearer = false;
        // What was compared before, on whatever level, is not nearer now.
        int count = unseen(scratch, l, best);
        scratch.scorer.score(scratch.links, 0, count, scratch.scores);
        scratch.visited += count;
        for (int i = 0; i < count; i++) {
          if (scratch.scores[i] < bestScore) {
            bestScore = scratch.scores[i];
            best = scratch.links[i];
            nearer = true;
          }
        }
      }
    }
    return best;
  }

  /** Puts those of a node's links first that this walk has not seen before; returns how many. */
  private int unseen(Scratch scratch, int level, int node) {
    int[] links = scratch.links;
    int count = graph.links(level, node, links);
    int unseen = 0;
    for (int i = 0; i < count; i++) {
      int link = links[i];
      links[unseen] = link;
      unseen += scratch.see(link);
    }
    return unseen;
  }

  private float score(Scratch scratch, int ordinal) {
    scratch.links[0] = ordinal;
    scratch.scorer.score(scratch.links, 0, 1, scratch.scores);
    scratch.visited++;
    return scratch.scores[0];
  }

  private void seed(Scratch scratch, int ordinal, OrdinalFilter filter) {
    scratch.see(ordinal);
    long[] arrivals = scratch.pool.arrivals(1);
    long marks = filter.accepts(ordinal) ? Scores.ACCEPTED : 0;
    arrivals[0] = scratch.pool.entry(score(scratch, ordinal), ordinal) | marks;
    scratch.pool.addArrivals(1);
  }

  private boolean spread(Scratch scratch, int level, OrdinalFilter filter, long visitMax) {
    CandidatePool pool = scratch.pool;
    int[] links = scratch.links;
    float[] scores = scratch.scores;
    long[] arrivals = pool.arrivals(links.length);
    int node = pool.expandNext();
    while (node >= 0) {
      int fresh = unseen(scratch, level, node);
      scratch.scorer.score(links, 0, fresh, scores);
      scratch.visited += fresh;
      int arrived = 0;
      for (int i = 0; i < fresh; i++) {
        long entry = pool.entry(scores[i], links[i]);
        if (pool.admits(entry)) {
          arrivals[arrived++] = filter.accepts(links[i]) ? entry | Scores.ACCEPTED : entry;
        }
      }
      pool.addArrivals(arrived);
      if (scratch.visited > visitMax) {
        return false;
      }
      node = pool.expandNext();
    }
    return true;
  }

  /** Links a node that no other thread is linking. */
  void insert(Scratch scratch, int ordinal, int size) {
    int entry = graph.entry();
    if (entry != Graph.NO_NODE && graph.level(ordinal) <= graph.level(entry)) {
      connect(scratch, ordinal, size, entry);
      return;
    }
    // A node above all others becomes the entry; only one at a time may.
    synchronized (entryLock) {
      int present = graph.entry();
      if (present != Graph.NO_NODE) {
        connect(scratch, ordinal, size, present);
      }
      if (present == Graph.NO_NODE || graph.level(ordinal) > graph.level(present)) {
        graph.entry(ordinal);
      }
    }
  }

  /**
   * Chooses neighbours from the top down, then links from the bottom up: whoever meets the node on
   * a level finds its links on all levels below.
   */
  private void connect(Scratch scratch, int ordinal, int size, int entry) {
    int level = graph.level(ordinal);
    int top = graph.level(entry);
    scratch.scorer.queryStored(ordinal);
    int nearest = descend(scratch, size, entry, top, level);
    CandidatePool pool = scratch.pool;
    Neighbours[] chosen = new Neighbours[Math.min(top, level) + 1];
    for (int l = chosen.length - 1; l >= 0; l--) {
      pool.reset(efConstruction, efConstruction, salt(ordinal));
      scratch.newWalk(size);
      scratch.see(ordinal);
      if (nearest != ordinal) {
        seed(scratch, nearest, OrdinalFilter.ALL);
      }
      spread(scratch, l, OrdinalFilter.ALL, Long.MAX_VALUE);
      if (pool.size() > 0) {
        nearest = pool.ordinal(pool.get(0));
      }
      chosen[l] = choose(scratch, ordinal);
    }
    for (int l = 0; l < chosen.length; l++) {
      link(scratch, l, ordinal, chosen[l]);
    }
  }

  /** What a node is to be linked to on a level. */
  private record Neighbours(int[] ordinals, float[] scores) {}

  private Neighbours choose(Scratch scratch, int ordinal) {
    CandidatePool pool = scratch.pool;
    long[] candidates = pool.arrivals(pool.size());
    int count = pool.size();
    for (int i = 0; i < count; i++) {
      candidates[i] = pool.get(i) & ~TOGETHER;
    }
    int selected = select(scratch, candidates, count, m, salt(ordinal));
    return new Neighbours(
        Arrays.copyOf(scratch.selected, selected), Arrays.copyOf(scratch.selectedScores, selected));
  }

  private void link(Scratch scratch, int level, int ordinal, Neighbours neighbours) {
    int[] ordinals = neighbours.ordinals();
    if (ordinals.length == 0) {
      return;
    }
    synchronized (graph.lock(ordinal)) {
      graph.links(level, ordinal, ordinals, ordinals.length);
    }
    for (int i = 0; i < ordinals.length; i++) {
      linkBack(scratch, level, ordinals[i], ordinal, neighbours.scores()[i]);
    }
  }

  private void linkBack(Scratch scratch, int level, int node, int link, float score) {
    synchronized (graph.lock(node)) {
      int[] links = scratch.links;
      int count = graph.links(level, node, links);
      for (int i = 0; i < count; i++) {
        if (links[i] == link) {
          return;
        }
      }
      if (count < graph.width(level)) {
        graph.append(level, node, count, link);
        return;
      }
      scratch.between.queryStored(node);
      scratch.between.score(links, 0, count, scratch.scores);
      int salt = salt(node);
      long[] candidates = scratch.pool.arrivals(count + 1);
      int together = graph.selected(level, node);
      for (int i = 0; i < count; i++) {
        long mark = i < together ? TOGETHER : 0;
        candidates[i] = Scores.pack(scratch.scores[i], links[i] ^ salt, mark);
      }
      candidates[count] = Scores.pack(score, link ^ salt, 0);
      Arrays.sort(candidates, 0, count + 1);
      int selected = select(scratch, candidates, count + 1, graph.width(level), salt);
      graph.links(level, node, scratch.selected, selected);
    }
  }

  /**
   * Selects neighbours in many directions: of the sorted candidates each that is nearer to the node
   * than to all selected before it (algorithm 4 of the paper).
   */
  private int select(Scratch scratch, long[] candidates, int count, int max, int salt) {
    int[] selected = scratch.selected;
    int[] alone = scratch.alone;
    int size = 0;
    int aloneSize = 0;
    for (int i = 0; i < count && size < max; i++) {
      int candidate = Scores.ordinal(candidates[i]) ^ salt;
      float score = Scores.score(candidates[i]);
      boolean together = (candidates[i] & TOGETHER) != 0;
      boolean apart =
          together
              ? isApart(scratch, candidate, score, alone, aloneSize)
              : isApart(scratch, candidate, score, selected, size);
      if (apart) {
        selected[size] = candidate;
        scratch.selectedScores[size++] = score;
        if (!together) {
          alone[aloneSize++] = candidate;
        }
      }
    }
    return size;
  }

  /** Bits that are different for every node. */
  private static int salt(int node) {
    return ((node + 1) * 0x9E3779B9) >>> 2;
  }

  private static boolean isApart(
      Scratch scratch, int candidate, float score, int[] selected, int size) {
    float[] scores = scratch.scores;
    if (size == 0) {
      return true;
    }
    scratch.between.queryStored(candidate);
    for (int from = 0; from < size; from += 4) {
      int to = Math.min(size, from + 4);
      scratch.between.score(selected, from, to, scores);
      for (int i = from; i < to; i++) {
        if (scores[i] < score) {
          return false;
        }
      }
    }
    return true;
  }
}
