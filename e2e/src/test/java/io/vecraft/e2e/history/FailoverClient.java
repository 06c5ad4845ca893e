package io.vecraft.e2e.history;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

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
      return new Told.Unknown();
    }
  }

  @Override
  public Optional<Seen> read(Look look, String token) {
    try {
      Optional<Seen> seen = servers.get(current).read(look, token);
      if (seen.isEmpty()) {
        next();
      }
      return seen;
    } catch (IOException e) {
      next();
      return Optional.empty();
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
