package io.vecraft.e2e.history;

import java.io.IOException;
import java.util.List;

/** Notes how every attempt ended. Safe for concurrent use where the client is that it asks. */
final class CountedClient implements HistoryClient {
  private final HistoryClient client;
  private final Endings endings;

  CountedClient(HistoryClient client, Endings endings) {
    this.client = client;
    this.endings = endings;
  }

  @Override
  public Told write(String requestId, String token, List<Change> changes, boolean atomic)
      throws IOException {
    long began = System.nanoTime();
    Told told = client.write(requestId, token, changes, atomic);
    String how =
        switch (told) {
          case Told.Done d -> Endings.ANSWERED;
          case Told.NoEffect n -> Endings.CONFLICT;
          case Told.Unknown(String why) -> why;
        };
    endings.ended("write " + requestId, how, System.nanoTime() - began);
    return told;
  }

  @Override
  public Answer read(Look look, String token) throws IOException {
    long began = System.nanoTime();
    Answer answer = client.read(look, token);
    String how =
        switch (answer) {
          case Seen seen -> Endings.ANSWERED;
          case Unanswered(String why) -> why;
        };
    endings.ended("read " + look, how, System.nanoTime() - began);
    return answer;
  }

  @Override
  public void close() {
    client.close();
  }
}
