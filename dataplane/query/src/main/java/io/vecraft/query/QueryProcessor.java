package io.vecraft.query;

import io.vecraft.error.VecraftException;
import java.util.List;

/**
 * Reads of collections, each as of one stamp over all shards, at the consistency that it asks for.
 *
 * <p>Calls run on the caller's thread and may block up to the deadline, unless {@link
 * #answersAtOnce} says otherwise. Safe for concurrent use. Errors are {@link VecraftException}s:
 * {@code collection_not_found}, {@code snapshot_expired}, {@code stamp_in_future}, {@code
 * staleness_exceeded}, {@code deadline_exceeded}, {@code unavailable}, and those of the request's
 * fields.
 */
public interface QueryProcessor {

  /** Whether a read with these options needs no waiting just now, so that it may run anywhere. */
  boolean answersAtOnce(String collection, ReadOptions options);

  /** A search of the collection {@code default} before it exists has no hits. */
  SearchAnswer search(SearchRequestSpec request);

  GetAnswer get(GetRequestSpec request);

  ScrollAnswer scroll(ScrollRequestSpec request);

  CountAnswer count(CountRequestSpec request);

  /** Reads every record of every replica: an operator's call, not a client's. */
  ChecksumAnswer checksums(ChecksumRequestSpec request);

  /** Fails with {@code record_not_found} when the record never existed inside the window. */
  HistoryAnswer history(HistoryRequestSpec request);

  CollectionDescription describe(String collection);

  /** All collections by ascending id. */
  List<CollectionDescription> list();
}
