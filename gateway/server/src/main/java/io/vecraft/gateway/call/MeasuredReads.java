package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.query.ChecksumAnswer;
import io.vecraft.query.ChecksumRequestSpec;
import io.vecraft.query.CollectionDescription;
import io.vecraft.query.ConsistencyInfo;
import io.vecraft.query.ConsistencyLevel;
import io.vecraft.query.CountAnswer;
import io.vecraft.query.CountRequestSpec;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.GetRequestSpec;
import io.vecraft.query.HistoryAnswer;
import io.vecraft.query.HistoryRequestSpec;
import io.vecraft.query.QueryProcessor;
import io.vecraft.query.ReadOptions;
import io.vecraft.query.ScrollAnswer;
import io.vecraft.query.ScrollRequestSpec;
import io.vecraft.query.SearchAnswer;
import io.vecraft.query.SearchRequestSpec;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Counts what reads take and whether they keep their promises: time by level, reads for which the
 * journal was asked first, bounded reads that exceeded their bound, answers older than their
 * session. As safe for concurrent use as what it stands in front of.
 */
public final class MeasuredReads implements QueryProcessor {
  private static final Set<ErrorCode> LATE =
      EnumSet.of(ErrorCode.STALENESS_EXCEEDED, ErrorCode.DEADLINE_EXCEEDED, ErrorCode.UNAVAILABLE);
  private static final String AS_OF = "as_of";

  private final QueryProcessor query;
  private final Metrics.Timer seconds;
  private final Metrics.Counter syncs;
  private final Metrics.Counter stale;
  private final Metrics.Counter backwards;

  /** In front of that. */
  public MeasuredReads(QueryProcessor query, Metrics metrics) {
    this.query = query;
    seconds =
        metrics.timer(
            "vecraft_gateway_read_seconds", "Time of a read, failed ones too, by level", "level");
    syncs =
        metrics.counter(
            "vecraft_gateway_syncs_total",
            "Reads for which the journal was asked first, by outcome: done, failed",
            "outcome");
    stale =
        metrics.counter(
            "vecraft_gateway_staleness_violations_total",
            "Bounded reads that were not answered within their bound");
    backwards =
        metrics.counter(
            "vecraft_gateway_session_violations_total",
            "Answers older than what their session had seen; there should be none");
    // Rules divide by these: they are there before the first.
    syncs.labels("done");
    syncs.labels("failed");
    stale.labels();
    backwards.labels();
    for (ConsistencyLevel level : ConsistencyLevel.values()) {
      seconds.labels(text(level));
    }
  }

  private static String text(ConsistencyLevel level) {
    return level.name().toLowerCase(Locale.ROOT);
  }

  private <T> T read(
      ReadOptions options, Supplier<T> call, Function<T, ConsistencyInfo> consistency) {
    boolean past = options.asOf().isPresent();
    String level = past ? AS_OF : text(options.level());
    long began = System.nanoTime();
    try {
      T answer = call.get();
      answered(options, consistency.apply(answer));
      return answer;
    } catch (VecraftException e) {
      if (!past) {
        failed(options, e.code());
      }
      throw e;
    } finally {
      seconds.labels(level).observe(System.nanoTime() - began);
    }
  }

  private void answered(ReadOptions options, ConsistencyInfo info) {
    if (info.syncPerformed()) {
      syncs.labels("done").run();
    }
    if (options.asOf().isPresent()) {
      return;
    }
    if (options.level() == ConsistencyLevel.BOUNDED
        && info.stalenessMs() > options.maxStalenessMs()) {
      stale.labels().run();
    }
    if (info.asOf() < options.sessionStamp()) {
      backwards.labels().run();
    }
  }

  private void failed(ReadOptions options, ErrorCode code) {
    if (LATE.contains(code) && options.level() != ConsistencyLevel.EVENTUAL) {
      syncs.labels("failed").run();
      if (options.level() == ConsistencyLevel.BOUNDED) {
        stale.labels().run();
      }
    }
  }

  @Override
  public boolean answersAtOnce(String collection, ReadOptions options) {
    return query.answersAtOnce(collection, options);
  }

  @Override
  public SearchAnswer search(SearchRequestSpec request) {
    return read(request.options(), () -> query.search(request), SearchAnswer::consistency);
  }

  @Override
  public GetAnswer get(GetRequestSpec request) {
    return read(request.options(), () -> query.get(request), GetAnswer::consistency);
  }

  @Override
  public ScrollAnswer scroll(ScrollRequestSpec request) {
    return read(request.options(), () -> query.scroll(request), ScrollAnswer::consistency);
  }

  @Override
  public CountAnswer count(CountRequestSpec request) {
    return read(request.options(), () -> query.count(request), CountAnswer::consistency);
  }

  @Override
  public ChecksumAnswer checksums(ChecksumRequestSpec request) {
    return query.checksums(request);
  }

  @Override
  public HistoryAnswer history(HistoryRequestSpec request) {
    return read(request.options(), () -> query.history(request), HistoryAnswer::consistency);
  }

  @Override
  public CollectionDescription describe(String collection) {
    return query.describe(collection);
  }

  @Override
  public List<CollectionDescription> list() {
    return query.list();
  }
}
