package io.vecraft.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.SearchWish;
import io.vecraft.gateway.call.Searches;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.proto.api.ScoredVector;
import io.vecraft.proto.api.SearchInfo;
import io.vecraft.proto.api.SearchRequest;
import io.vecraft.proto.api.SearchResponse;
import io.vecraft.proto.api.VectorSearchServiceGrpc;
import io.vecraft.query.SearchAnswer;
import io.vecraft.storage.read.Include;

/** {@code VectorSearchService}. */
final class SearchGrpc extends VectorSearchServiceGrpc.VectorSearchServiceImplBase {
  private final GrpcRunner runner;
  private final Convert convert;
  private final Searches searches;

  SearchGrpc(GrpcRunner runner, Convert convert, Searches searches) {
    this.runner = runner;
    this.convert = convert;
    this.searches = searches;
  }

  @Override
  public void search(SearchRequest request, StreamObserver<SearchResponse> out) {
    runner.staged(out, call -> prepare(call, request));
  }

  private GrpcRunner.Staged<SearchResponse> prepare(GrpcCall call, SearchRequest request) {
    SearchWish wish = wish(request);
    wish.read.headers(call.headers());
    Searches.Prepared prepared =
        searches.prepare(call.call().inSession(convert.token(request.getSessionToken())), wish);
    return new GrpcRunner.Staged<>() {
      @Override
      public boolean atOnce() {
        return prepared.atOnce();
      }

      @Override
      public SearchResponse run() {
        SearchAnswer answer = prepared.run();
        String token = convert.tokens().encode(answer.consistency().sessionStamp());
        return response(answer, wish.include()).setSessionToken(call.token(token)).build();
      }
    };
  }

  private SearchWish wish(SearchRequest request) {
    Checks checks = convert.checks();
    var wish = new SearchWish();
    if (request.getVectorCount() > 0) {
      wish.vector(
          checks.vector(Convert.floats(request.getVectorCount(), request::getVector), "vector"));
    }
    if (!request.getText().isEmpty()) {
      wish.text(checks.text(request.getText(), "text"));
    }
    if (request.getK() != 0) {
      wish.k(checks.positive(Limit.K, request.getK(), "k"));
    }
    if (request.getEf() != 0) {
      wish.ef(checks.positive(Limit.EF, request.getEf(), "ef"));
    }
    Convert.level(request.getConsistencyLevel(), wish.read);
    Convert.staleness(request.getMaxStalenessMs(), wish.read);
    wish.read.minRequiredStamp(
        Convert.stamp(request.getMinRequiredOffset(), "min_required_offset"));
    if (request.getAsOf() != 0) {
      wish.read.asOf(Convert.stamp(request.getAsOf(), "as_of"));
    }
    wish.read.allowPartial(request.getAllowPartial());
    wish.collection(convert.collection(request.getCollection(), "collection"));
    convert.filter(request.getFilter(), request.getFiltersMap()).ifPresent(wish::filter);
    wish.exact(request.getExact());
    wish.include(new Include(true, request.getIncludeVector()));
    if (request.hasScoreThreshold()) {
      if (!Float.isFinite(request.getScoreThreshold())) {
        throw Checks.invalid("the threshold is not finite", "score_threshold");
      }
      wish.scoreThreshold(request.getScoreThreshold());
    }
    return wish;
  }

  private static SearchResponse.Builder response(SearchAnswer answer, Include include) {
    SearchResponse.Builder response = SearchResponse.newBuilder();
    for (SearchAnswer.ScoredHit hit : answer.hits()) {
      ScoredVector.Builder scored =
          ScoredVector.newBuilder()
              .setId(hit.record().id())
              .setScore(hit.score())
              .setDistance(hit.distance())
              .setVersion(hit.record().version())
              .setMetadata(Structs.struct(hit.record().metadata()));
      if (include.vector()) {
        for (float value : hit.record().vector()) {
          scored.addVector(value);
        }
      }
      response.addResults(scored);
    }
    return response
        .setConsistencyInfo(Convert.consistency(answer.consistency()))
        .setSearchInfo(
            SearchInfo.newBuilder()
                .setExact(answer.info().exact())
                .setStrategy(answer.info().strategy())
                .setVisited(answer.info().visited())
                .setTookUs(answer.info().tookMicros()));
  }
}
