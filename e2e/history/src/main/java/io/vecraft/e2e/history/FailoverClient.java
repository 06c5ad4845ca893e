package io.vecraft.e2e.history;

import java.io.IOException;
import java.util.List;

/** Goes to the next server when one does not answer. For one thread at a time. */
final class FailoverClient implements HistoryClient {
  private final List<HistoryClient> servers;
  private int current;

  FailoverClient(List<HistoryClient> servers) {
    this.servers = List.copyOf(servers);
  }

  @Override
  public Told write(String requestId, String token, List<Change> changes, boolean atomic) {
    try {
      Told told = servers.get(current).write(requestId, token, changes, atomic);
      if (told instanceof Told.Unknown) {
        next();
      }
      return told;
    } catch (IOException e) {
      next();
      return new Told.Unknown(Endings.of(e));
    }
  }

  @Override
  public Answer read(Look look, String token) {
    try {
      Answer answer = servers.get(current).read(look, token);
      if (answer instanceof Unanswered) {
        next();
      }
      return answer;
    } catch (IOException e) {
      next();
      return new Unanswered(Endings.of(e));
    }
  }

  private void next() {
    current = (current + 1) % servers.size();
  }

  @Override
  public void close() {
    servers.forEach(HistoryClient::close);
  }
}
