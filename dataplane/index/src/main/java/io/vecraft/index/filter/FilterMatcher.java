package io.vecraft.index.filter;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether a record matches a filter, from its metadata alone.
 *
 * <ul>
 *   <li>A field that is missing or null satisfies no comparison and no {@code In}; {@code Not} is
 *       the plain negation, so it matches those.
 *   <li>Numbers compare with numbers by value, texts with texts by code points, booleans with
 *       booleans; everything else is unequal and unordered.
 *   <li>An array satisfies a comparison if one of its elements does; arrays within arrays and
 *       objects equal nothing.
 *   <li>A {@code Moment} compares with RFC 3339 texts as time. A text operand on a field declared
 *       {@code datetime} does so too, where both are RFC 3339; else they compare as texts.
 * </ul>
 *
 * <p>Immutable and safe for many threads; one pass over the bytes, and only the fields in question
 * are decoded.
 */
public final class FilterMatcher {
  private final FieldWalker walker;
  private final Slot[] slots;
  private final int leaves;
  private final Node root;

  private FilterMatcher(FieldWalker walker, Slot[] slots, int leaves, Node root) {
    this.walker = walker;
    this.slots = slots;
    this.leaves = leaves;
    this.root = root;
  }

  /** Compiles a filter; the schema matters for datetime fields only. */
  public static FilterMatcher of(Filter filter, MetadataSchema schema) {
    Compiler compiler = new Compiler(schema);
    Node root = compiler.node(filter);
    return new FilterMatcher(
        new FieldWalker(List.copyOf(compiler.fields.keySet())),
        compiler.fields.values().stream().map(Slot::of).toArray(Slot[]::new),
        compiler.leaves,
        root);
  }

  /**
   * Whether a record with that metadata matches.
   *
   * @param metadataJson a JSON object in UTF-8; empty means {@code {}}
   */
  public boolean matches(byte[] metadataJson) {
    boolean[] hits = new boolean[leaves];
    walker.walk(metadataJson, new Run(slots, hits));
    return root.test(hits);
  }

  /** What is asked of one field: parallel arrays of tests and the leaves that they decide. */
  private record Slot(FieldTest[] tests, int[] leaves, int[] existsLeaves) {
    static Slot of(List<Leaf> leaves) {
      return new Slot(
          leaves.stream().flatMap(l -> l.test.stream()).toArray(FieldTest[]::new),
          leaves.stream().filter(l -> l.test.isPresent()).mapToInt(Leaf::index).toArray(),
          leaves.stream().filter(l -> l.test.isEmpty()).mapToInt(Leaf::index).toArray());
    }
  }

  /** A leaf of the tree; without a test it asks for presence. */
  private record Leaf(int index, Optional<FieldTest> test) {}

  private sealed interface Node {
    boolean test(boolean[] hits);

    record LeafNode(int index) implements Node {
      @Override
      public boolean test(boolean[] hits) {
        return hits[index];
      }
    }

    record NotNode(Node part) implements Node {
      @Override
      public boolean test(boolean[] hits) {
        return !part.test(hits);
      }
    }

    /** All parts for {@code all}, else any. */
    record Parts(List<Node> parts, boolean all) implements Node {
      @Override
      public boolean test(boolean[] hits) {
        for (Node part : parts) {
          if (part.test(hits) != all) {
            return !all;
          }
        }
        return all;
      }
    }
  }

  private static final class Compiler {
    private final MetadataSchema schema;
    private final Map<FieldPath, List<Leaf>> fields = new LinkedHashMap<>();
    private int leaves;

    Compiler(MetadataSchema schema) {
      this.schema = schema;
    }

    Node node(Filter filter) {
      return switch (filter) {
        case Filter.And(List<Filter> parts) -> new Node.Parts(nodes(parts), true);
        case Filter.Or(List<Filter> parts) -> new Node.Parts(nodes(parts), false);
        case Filter.Not(Filter part) -> new Node.NotNode(node(part));
        case Filter.Compare compare ->
            leaf(
                compare.field(),
                Optional.of(
                    FieldTest.of(
                        compare.operator(), compare.value(), isDatetime(compare.field()))));
        case Filter.In in ->
            leaf(
                in.field(), Optional.of(new FieldTest.InTest(in.values(), isDatetime(in.field()))));
        case Filter.Exists(FieldPath field) -> leaf(field, Optional.empty());
      };
    }

    private List<Node> nodes(List<Filter> parts) {
      return parts.stream().map(this::node).toList();
    }

    private Node leaf(FieldPath field, Optional<FieldTest> test) {
      int index = leaves++;
      fields.computeIfAbsent(field, f -> new ArrayList<>()).add(new Leaf(index, test));
      return new Node.LeafNode(index);
    }

    private boolean isDatetime(FieldPath field) {
      return schema.type(field).filter(type -> type == FieldType.DATETIME).isPresent();
    }
  }

  /** One record's walk. */
  private record Run(Slot[] slots, boolean[] hits) implements FieldWalker.Sink {
    @Override
    public void present(int slot) {
      for (int leaf : slots[slot].existsLeaves) {
        hits[leaf] = true;
      }
    }

    @Override
    public void text(int slot, String value) {
      Slot s = slots[slot];
      for (int i = 0; i < s.tests.length; i++) {
        hits[s.leaves[i]] |= s.tests[i].text(value);
      }
    }

    @Override
    public void integer(int slot, long value) {
      Slot s = slots[slot];
      for (int i = 0; i < s.tests.length; i++) {
        hits[s.leaves[i]] |= s.tests[i].integer(value);
      }
    }

    @Override
    public void decimal(int slot, String text) {
      Optional<BigDecimal> number = JsonNumbers.parse(text);
      if (number.isPresent()) {
        Slot s = slots[slot];
        for (int i = 0; i < s.tests.length; i++) {
          hits[s.leaves[i]] |= s.tests[i].decimal(number.get());
        }
      }
    }

    @Override
    public void bool(int slot, boolean value) {
      Slot s = slots[slot];
      for (int i = 0; i < s.tests.length; i++) {
        hits[s.leaves[i]] |= s.tests[i].bool(value);
      }
    }

    @Override
    public void other(int slot) {
      // Equal to nothing.
    }
  }
}
