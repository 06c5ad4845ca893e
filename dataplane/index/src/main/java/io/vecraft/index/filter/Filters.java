package io.vecraft.index.filter;

import java.util.List;

/** Builds trees without needless levels, so that equal filters of all forms are equal trees. */
final class Filters {
  private Filters() {}

  static Filter and(List<Filter> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
  }

  static Filter or(List<Filter> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Filter.Or(parts);
  }
}
