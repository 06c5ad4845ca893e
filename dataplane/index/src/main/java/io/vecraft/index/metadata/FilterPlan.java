package io.vecraft.index.metadata;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.MetadataSchema;
import java.util.List;
import java.util.Optional;

/** A filter whose comparisons are turned into queries on keys. Immutable. */
sealed interface FilterPlan {
  /** A comparison of a field that is declared. */
  record Leaf(LeafQuery query) implements FilterPlan {}

  /** A comparison of a field that is not. */
  record Unknown() implements FilterPlan {}

  record Not(FilterPlan part) implements FilterPlan {}

  /** All parts for {@code all}, else any. */
  record Parts(List<FilterPlan> parts, boolean all) implements FilterPlan {}

  static FilterPlan of(Filter filter, MetadataSchema schema) {
    return switch (filter) {
      case Filter.And(List<Filter> parts) ->
          new Parts(parts.stream().map(part -> of(part, schema)).toList(), true);
      case Filter.Or(List<Filter> parts) ->
          new Parts(parts.stream().map(part -> of(part, schema)).toList(), false);
      case Filter.Not(Filter part) -> new Not(of(part, schema));
      case Filter.Compare compare ->
          leaf(
              schema
                  .type(compare.field())
                  .map(type ->
                      LeafQuery.compare(
                          compare.field(), type, compare.operator(), compare.value())));
      case Filter.In in -> leaf(schema.type(in.field()).map(type -> LeafQuery.in(in, type)));
      case Filter.Exists(FieldPath field) ->
          leaf(schema.type(field).map((FieldType type) -> LeafQuery.exists(field, type)));
    };
  }

  private static FilterPlan leaf(Optional<LeafQuery> query) {
    return query.<FilterPlan>map(Leaf::new).orElseGet(Unknown::new);
  }

  /** Whether any part of the filter is on a declared field. */
  default boolean narrows() {
    return switch (this) {
      case Leaf leaf -> true;
      case Unknown unknown -> false;
      case Not(FilterPlan part) -> part.narrows();
      case Parts(List<FilterPlan> parts, boolean all) ->
          parts.isEmpty() || parts.stream().anyMatch(FilterPlan::narrows);
    };
  }
}
