package io.vecraft.index.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.index.memory.StoredFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphTest {
  private static final int M = 4;
  private static final int NODES = 40;

  @TempDir Path directory;

  @Test
  void aListSaysHowManyOfItsLinksWereSelectedTogetherAlsoAfterItWasStored() throws Exception {
    try (Graph graph = Graph.create(M)) {
      for (int ordinal = 0; ordinal < NODES; ordinal++) {
        graph.add(ordinal);
      }
      graph.links(0, 0, new int[] {0, 7, NODES - 1, 3}, 4);
      assertThat(graph.selected(0, 0)).isEqualTo(4);
      graph.append(0, 0, 4, 9);
      graph.append(0, 0, 5, NODES - 2);
      assertThat(links(graph, 0)).containsExactly(0, 7, NODES - 1, 3, 9, NODES - 2);
      assertThat(graph.selected(0, 0)).isEqualTo(4);
      graph.append(0, 1, 0, 5);
      assertThat(graph.selected(0, 1)).isZero();
      int[] full = {8, 9, 10, 11, 12, 13, 14, 15};
      graph.links(0, 2, full, full.length);
      assertThat(graph.selected(0, 2)).isEqualTo(full.length);

      // Links to later nodes are not stored.
      int stored = 20;
      List<StoredFile> files = graph.checkpoint(directory, 1, stored, graph.upperRows(stored));
      try (Graph same =
          Graph.open(
              M,
              new IndexFiles(directory, files),
              stored,
              graph.upperRows(stored),
              Graph.NO_NODE)) {
        assertThat(links(same, 0)).containsExactly(0, 7, 3, 9);
        assertThat(same.selected(0, 0)).isEqualTo(3);
        assertThat(links(same, 1)).containsExactly(5);
        assertThat(same.selected(0, 1)).isZero();
        assertThat(links(same, 2)).containsExactly(full);
        assertThat(same.selected(0, 2)).isEqualTo(full.length);
      }
    }
  }

  private static int[] links(Graph graph, int ordinal) {
    int[] into = new int[2 * M];
    return Arrays.copyOf(into, graph.links(0, ordinal, into));
  }
}
