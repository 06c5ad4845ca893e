package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.Action;
import io.vecraft.index.filter.Filter;
import io.vecraft.query.ChecksumAnswer;
import io.vecraft.query.ChecksumRequestSpec;
import io.vecraft.query.CollectionDescription;
import io.vecraft.query.CountAnswer;
import io.vecraft.query.CountRequestSpec;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.GetRequestSpec;
import io.vecraft.query.HistoryAnswer;
import io.vecraft.query.HistoryRequestSpec;
import io.vecraft.query.QueryProcessor;
import io.vecraft.query.ScrollAnswer;
import io.vecraft.query.ScrollRequestSpec;
import io.vecraft.storage.read.Include;
import java.util.List;
import java.util.Optional;

/** Reads of records but for searches, for REST and gRPC alike. Calls block. */
public final class Reads {
  private final QueryProcessor query;

  public Reads(QueryProcessor query) {
    this.query = query;
  }

  /** One record; {@code record_not_found} when it is not there. */
  public GetAnswer one(Call call, String collection, String id, Include include, ReadWish read) {
    GetAnswer answer = get(call, collection, List.of(id), include, read);
    if (answer.records().isEmpty()) {
      throw new VecraftException(
          ErrorCode.RECORD_NOT_FOUND, "no record " + id + " in collection " + collection, "id");
    }
    return answer;
  }

  public GetAnswer get(
      Call call, String collection, List<String> ids, Include include, ReadWish read) {
    call.principal().require(Action.READ, collection);
    return query.get(new GetRequestSpec(collection, ids, include, read.options(call)));
  }

  public ScrollAnswer scroll(
      Call call,
      String collection,
      Optional<Filter> filter,
      int limit,
      Optional<String> cursor,
      Include include,
      ReadWish read) {
    call.principal().require(Action.READ, collection);
    return query.scroll(
        new ScrollRequestSpec(collection, filter, limit, cursor, include, read.options(call)));
  }

  public CountAnswer count(Call call, String collection, Optional<Filter> filter, ReadWish read) {
    call.principal().require(Action.READ, collection);
    return query.count(new CountRequestSpec(collection, filter, read.options(call)));
  }

  public HistoryAnswer history(
      Call call, String collection, String id, int limit, Optional<String> cursor, ReadWish read) {
    call.principal().require(Action.READ, collection);
    return query.history(new HistoryRequestSpec(collection, id, limit, cursor, read.options(call)));
  }

  /** Checksums of all replicas of a collection at one stamp. */
  public ChecksumAnswer checksums(Call call, String collection, ReadWish read) {
    call.principal().require(Action.READ, collection);
    return query.checksums(new ChecksumRequestSpec(collection, read.options(call)));
  }

  public CollectionDescription describe(Call call, String collection) {
    call.principal().require(Action.READ, collection);
    return query.describe(collection);
  }

  /** The collections that the caller may read. */
  public List<CollectionDescription> list(Call call) {
    return query.list().stream()
        .filter(
            d -> call.principal().grants().allow(Action.READ, d.state().getDefinition().getName()))
        .toList();
  }
}
