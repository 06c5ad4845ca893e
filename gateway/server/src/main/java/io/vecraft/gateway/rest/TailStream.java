package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Faults;
import io.vecraft.gateway.call.HeaderNames;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.time.Deadline;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a tail as server-sent events. One batch is in memory at a time: the next is asked for when
 * the connection has taken the last, and a reader that does not take it within the limit is cut
 * off; it resumes by {@code Last-Event-ID}.
 */
final class TailStream {
  private static final Logger LOG = LoggerFactory.getLogger(TailStream.class);
  private static final long POLL_MS = 500;
  private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final HttpData KEEP_ALIVE = HttpData.ofUtf8(": nothing new\n\n");

  private final Executor threads;
  private final BooleanSupplier closing;
  private final long stallMs;

  /**
   * @param closing whether the server wants to stop
   * @param stallMs how long a reader may leave a batch untaken
   */
  TailStream(Executor threads, BooleanSupplier closing, long stallMs) {
    this.threads = threads;
    this.closing = closing;
    this.stallMs = stallMs;
  }

  /**
   * Takes the tail and closes it in the end.
   *
   * @param end when to stop; never, unless the server does, where there is none
   */
  HttpResponse open(Lineage.Tail tail, String requestId, Optional<Deadline> end) {
    HttpResponseWriter writer = HttpResponse.streaming();
    writer.write(
        ResponseHeaders.builder(200)
            .contentType(MediaType.EVENT_STREAM)
            .set("cache-control", "no-store")
            .set(HeaderNames.REQUEST_ID, requestId)
            .build());
    threads.execute(() -> {
      try (tail) {
        send(tail, writer, requestId, end);
      }
    });
    return writer;
  }

  private void send(
      Lineage.Tail tail, HttpResponseWriter writer, String requestId, Optional<Deadline> end) {
    try {
      long lastSent = System.nanoTime();
      while (writer.isOpen()
          && !closing.getAsBoolean()
          && !end.map(Deadline::passed).orElse(false)) {
        List<Lineage.DecidedRecord> records = tail.next(poll(end));
        boolean quiet = System.nanoTime() - lastSent > KEEP_ALIVE_NANOS;
        if (records.isEmpty() && !quiet) {
          continue;
        }
        if (!writer.tryWrite(records.isEmpty() ? KEEP_ALIVE : events(records))) {
          return;
        }
        writer.whenConsumed().get(stallMs, TimeUnit.MILLISECONDS);
        lastSent = System.nanoTime();
      }
      writer.close();
    } catch (TimeoutException e) {
      LOG.atInfo()
          .addKeyValue("request_id", requestId)
          .log("a tail's reader stalled and was cut off");
      writer.close(e);
    } catch (ExecutionException e) {
      LOG.atDebug().addKeyValue("request_id", requestId).log("a tail's reader has gone");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      writer.close(e);
    } catch (RuntimeException e) {
      fail(writer, Faults.of(e, false, requestId));
    }
  }

  private static Deadline poll(Optional<Deadline> end) {
    long left = end.map(d -> TimeUnit.NANOSECONDS.toMillis(d.remainingNanos())).orElse(POLL_MS);
    return Deadline.afterMillis(Math.clamp(left, 0, POLL_MS));
  }

  /** The status is long sent: the error is the last event. */
  private static void fail(HttpResponseWriter writer, VecraftException e) {
    JsonOut out = new JsonOut().object().object("error").text("code", e.code().code());
    out.text("message", e.reason()).endObject().endObject();
    if (writer.tryWrite(HttpData.ofUtf8("event: error\ndata: " + out.string() + "\n\n"))) {
      writer.close();
    }
  }

  private static HttpData events(List<Lineage.DecidedRecord> records) {
    var text = new StringBuilder(256 * records.size());
    for (Lineage.DecidedRecord record : records) {
      JsonOut out = new JsonOut();
      RecordJson.decided(out, record);
      text.append("id: ").append(Long.toUnsignedString(record.stamp())).append('\n');
      text.append("event: record\ndata: ").append(out.string()).append("\n\n");
    }
    return HttpData.ofUtf8(text);
  }
}
