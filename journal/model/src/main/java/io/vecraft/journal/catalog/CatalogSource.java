package io.vecraft.journal.catalog;

/** The catalog as a projection of SYSTEM. Safe for concurrent use. */
public interface CatalogSource {
  /** What is known without asking; never goes back. */
  Catalog current();

  /** After every SYSTEM record that was committed before the call. */
  Catalog refresh();
}
