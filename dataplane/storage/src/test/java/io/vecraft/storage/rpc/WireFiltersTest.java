package io.vecraft.storage.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.Filter;
import io.vecraft.proto.storage.FilterNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class WireFiltersTest {
  @Test
  void everyTreeComesBackEqual(TestInfo test) throws Exception {
    long seed = System.nanoTime();
    System.out.println(test.getDisplayName() + " seed " + seed);
    var random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      Filter filter = filter(random, 1 + random.nextInt(6));
      FilterNode sent = FilterNode.parseFrom(WireFilters.toWire(filter).toByteArray());
      assertThat(WireFilters.fromWire(sent)).isEqualTo(filter).hasToString(filter.toString());
    }
  }

  private static Filter filter(Random random, int depth) {
    return switch (random.nextInt(depth > 1 ? 6 : 3)) {
      case 0 ->
          new Filter.Compare(
              field(random),
              Filter.Operator.values()[random.nextInt(Filter.Operator.values().length)],
              value(random));
      case 1 -> {
        var values = new ArrayList<Filter.Value>();
        for (int i = random.nextInt(5); i > 0; i--) {
          values.add(value(random));
        }
        yield new Filter.In(field(random), values);
      }
      case 2 -> new Filter.Exists(field(random));
      case 3 -> new Filter.Not(filter(random, depth - 1));
      case 4 -> new Filter.And(filters(random, depth - 1));
      default -> new Filter.Or(filters(random, depth - 1));
    };
  }

  private static List<Filter> filters(Random random, int depth) {
    var filters = new ArrayList<Filter>();
    for (int i = random.nextInt(4); i > 0; i--) {
      filters.add(filter(random, depth));
    }
    return filters;
  }

  private static FieldPath field(Random random) {
    return new FieldPath(
        random.nextBoolean() ? List.of("a.b\\c") : List.of("a", "ü " + random.nextInt(9)));
  }

  private static Filter.Value value(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> new Filter.Value.Text("t" + random.nextInt() + "\u0000\uD83D\uDE00");
      case 1 -> new Filter.Value.Bool(random.nextBoolean());
      case 2 ->
          new Filter.Value.Moment(
              Instant.ofEpochSecond(
                  random.nextLong(-10_000_000_000L, 10_000_000_000L),
                  random.nextInt(1_000_000_000)));
      case 3 -> new Filter.Value.Num(new BigDecimal(random.nextLong()).movePointLeft(7));
      default -> new Filter.Value.Num(new BigDecimal("-1e" + (random.nextInt(19_000) - 9_500)));
    };
  }

  @Test
  void aTreeAsDeepAsAMessageMayBeIsRefusedOrRead() throws Exception {
    Filter filter = new Filter.Exists(new FieldPath(List.of("a")));
    for (int i = 1; i < WireFilters.DEPTH_MAX; i++) {
      filter = new Filter.Not(filter);
    }
    FilterNode deepest = FilterNode.parseFrom(WireFilters.toWire(filter).toByteArray());
    assertThat(WireFilters.fromWire(deepest)).isEqualTo(filter);
    assertInvalid(WireFilters.toWire(new Filter.Not(filter)));
  }

  @Test
  void whatIsNoTreeIsInvalid() {
    var valid =
        WireFilters.toWire(
            new Filter.Compare(
                new FieldPath(List.of("a")),
                Filter.Operator.EQ,
                new Filter.Value.Num(BigDecimal.ONE)));
    assertInvalid(FilterNode.getDefaultInstance());
    assertInvalid(FilterNode.newBuilder().setKind(FilterNode.Kind.NOT).build());
    assertInvalid(FilterNode.newBuilder().setKindValue(99).build());
    assertInvalid(valid.toBuilder().clearField().build());
    assertInvalid(valid.toBuilder().clearOperator().build());
    assertInvalid(valid.toBuilder().clearValues().build());
    assertInvalid(valid.toBuilder().setField(0, "").build());
    var huge = valid.toBuilder();
    huge.getValuesBuilder(0).getNumberBuilder().setScale(Integer.MIN_VALUE);
    assertInvalid(huge.build());
    var noMoment = valid.toBuilder();
    noMoment.getValuesBuilder(0).getMomentBuilder().setSeconds(Long.MAX_VALUE);
    assertInvalid(noMoment.build());
  }

  private static void assertInvalid(FilterNode node) {
    assertThatThrownBy(() -> WireFilters.fromWire(node))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }
}
