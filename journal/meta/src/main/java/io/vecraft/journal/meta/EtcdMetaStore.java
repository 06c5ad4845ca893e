package io.vecraft.journal.meta;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContextBuilder;
import io.vecraft.journal.meta.Transaction.Change;
import io.vecraft.journal.meta.Transaction.Condition;
import io.vecraft.journal.tls.RenewedTls;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link MetaStore} on etcd 3.4 or newer, reads linearizable.
 *
 * <p>Of the client library no more is trusted than was found to hold: every call has a deadline of
 * its own; a watch that met any error is over, since the library takes it up again at a revision
 * that may skip changes; a lease is kept alive by its holder, call by call, since the library's own
 * keeping goes by the wall clock and ends in silence.
 *
 * <p>Safe for concurrent use. Listeners are called on the client's threads.
 */
public final class EtcdMetaStore implements MetaStore {
  private static final int PAGE_KEYS = 100;
  private static final int MESSAGE_BYTES = PAGE_KEYS * (MAX_VALUE_BYTES + MAX_KEY_BYTES + 256);

  private final Client client;
  private final Optional<RenewedTls> tls;
  private final String namespace;
  private final Duration timeout;

  private EtcdMetaStore(
      Client client, Optional<RenewedTls> tls, String namespace, Duration timeout) {
    this.client = client;
    this.tls = tls;
    this.namespace = namespace;
    this.timeout = timeout;
  }

  /**
   * Connects; does not wait for etcd to be there.
   *
   * @throws MetaStoreException when a certificate or key cannot be read
   */
  public static EtcdMetaStore open(EtcdSettings settings) {
    ClientBuilder builder =
        Client.builder()
            .endpoints(settings.endpoints())
            .connectTimeout(settings.timeout())
            .keepaliveTime(Duration.ofSeconds(10))
            .keepaliveTimeout(Duration.ofSeconds(5))
            .maxInboundMessageSize(MESSAGE_BYTES)
            // The deadline of a call bounds its tries.
            .retryMaxDuration(settings.timeout());
    settings
        .credentials()
        .ifPresent(c -> builder.user(bytes(c.user())).password(bytes(c.password())));
    Optional<RenewedTls> tls = settings.tls().map(EtcdMetaStore::load);
    tls.ifPresent(t -> secure(builder, t));
    return new EtcdMetaStore(builder.build(), tls, settings.namespace(), settings.timeout());
  }

  private static RenewedTls load(EtcdSettings.Tls files) {
    try {
      return RenewedTls.load(files.authority(), files.identity());
    } catch (IOException | GeneralSecurityException e) {
      throw new MetaStoreException("the certificates for etcd cannot be read: " + e, e);
    }
  }

  private static void secure(ClientBuilder builder, RenewedTls tls) {
    try {
      SslContextBuilder context = GrpcSslContexts.forClient().trustManager(tls.trust());
      tls.identity().ifPresent(context::keyManager);
      builder.sslContext(context.build());
    } catch (SSLException e) {
      tls.close();
      throw new MetaStoreException("the certificates for etcd cannot be used: " + e, e);
    }
  }

  @Override
  public Optional<Entry> get(String key) {
    return call("get " + key, client.getKVClient().get(full(key))).getKvs().stream()
        .findFirst()
        .map(this::entry);
  }

  @Override
  public Listing snapshot(String prefix) {
    ByteSequence end = bytes(prefixEnd(namespace + prefix));
    ByteSequence from = full(prefix);
    var entries = new ArrayList<Entry>();
    long revision = 0;
    while (true) {
      GetOption page =
          GetOption.builder()
              .withRange(end)
              .withLimit(PAGE_KEYS)
              // Later pages are of the moment of the first one.
              .withRevision(revision)
              .withSortField(GetOption.SortTarget.KEY)
              .withSortOrder(GetOption.SortOrder.ASCEND)
              .build();
      GetResponse response = call("list " + prefix, client.getKVClient().get(from, page));
      if (revision == 0) {
        revision = response.getHeader().getRevision();
      }
      response.getKvs().forEach(kv -> entries.add(entry(kv)));
      if (!response.isMore()) {
        return new Listing(entries, revision);
      }
      from = response.getKvs().getLast().getKey().concat(ByteSequence.from(new byte[] {0}));
    }
  }

  @Override
  public OptionalLong transact(Transaction transaction) {
    Cmp[] conditions = transaction.conditions().stream().map(this::condition).toArray(Cmp[]::new);
    Op[] changes = transaction.changes().stream().map(this::operation).toArray(Op[]::new);
    TxnResponse response =
        call("transaction", client.getKVClient().txn().If(conditions).Then(changes).commit());
    return response.isSucceeded()
        ? OptionalLong.of(response.getHeader().getRevision())
        : OptionalLong.empty();
  }

  private Cmp condition(Condition condition) {
    // An absent key compares as of modification revision 0.
    return new Cmp(
        full(condition.key()), Cmp.Op.EQUAL, CmpTarget.modRevision(condition.revision()));
  }

  private Op operation(Change change) {
    return switch (change) {
      case Change.Put put ->
          Op.put(
              full(put.key()),
              ByteSequence.from(put.value()),
              PutOption.builder().withLeaseId(put.lease().orElse(0)).build());
      case Change.Delete delete -> Op.delete(full(delete.key()), DeleteOption.DEFAULT);
    };
  }

  @Override
  public Watch watch(String prefix, long afterRevision, Listener listener) {
    WatchOption option =
        WatchOption.builder()
            .withRange(bytes(prefixEnd(namespace + prefix)))
            .withRevision(afterRevision + 1)
            .withRequireLeader(true)
            .build();
    var watch = new EtcdWatch(listener);
    watch.begin(client.getWatchClient().watch(full(prefix), option, watch));
    return watch;
  }

  @Override
  public long revision() {
    GetOption count = GetOption.builder().withCountOnly(true).build();
    return call("revision", client.getKVClient().get(bytes(namespace), count))
        .getHeader()
        .getRevision();
  }

  @Override
  public Lease grant(Duration timeToLive) {
    if (timeToLive.toMillis() < 1) {
      throw new IllegalArgumentException("time to live must be at least 1 ms");
    }
    long seconds = timeToLive.plusSeconds(1).minusNanos(1).toSeconds();
    return new EtcdLease(call("grant", client.getLeaseClient().grant(seconds)).getID());
  }

  @Override
  public void close() {
    client.close();
    tls.ifPresent(RenewedTls::close);
  }

  private Entry entry(KeyValue kv) {
    return new Entry(
        key(kv), kv.getValue().getBytes(), kv.getCreateRevision(), kv.getModRevision());
  }

  private String key(KeyValue kv) {
    return kv.getKey().toString(UTF_8).substring(namespace.length());
  }

  private ByteSequence full(String key) {
    return bytes(namespace + key);
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  /** The first text above all that begin with the prefix; U+10FFFF is in no key of ours. */
  private static String prefixEnd(String prefix) {
    return prefix + Character.toString(Character.MAX_CODE_POINT);
  }

  private <T> T call(String what, CompletableFuture<T> answer) {
    try {
      return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (isMissingLease(cause)) {
        throw new IllegalStateException("the lease has run out", cause);
      }
      throw new MetaStoreException("etcd: " + what + " failed: " + cause.getMessage(), cause);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new MetaStoreException(
          "etcd: " + what + " was not answered in " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new MetaStoreException("etcd: interrupted in " + what, e);
    }
  }

  private static boolean isMissingLease(Throwable cause) {
    Status status = Status.fromThrowable(cause);
    return (status.getCode() == Status.Code.NOT_FOUND
            || (cause instanceof EtcdException e && e.getErrorCode() == ErrorCode.NOT_FOUND))
        && String.valueOf(cause.getMessage()).contains("lease");
  }

  /** Hands on events until it is closed or meets an error. */
  private final class EtcdWatch implements Watch, io.etcd.jetcd.Watch.Listener {
    private final Listener listener;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<io.etcd.jetcd.Watch.Watcher> watcher =
        new CompletableFuture<>();

    EtcdWatch(Listener listener) {
      this.listener = listener;
    }

    void begin(io.etcd.jetcd.Watch.Watcher begun) {
      watcher.complete(begun);
    }

    @Override
    public void onNext(WatchResponse response) {
      for (WatchEvent event : response.getEvents()) {
        KeyValue kv = event.getKeyValue();
        switch (event.getEventType()) {
          case PUT -> tell(kv, kv.getValue().getBytes());
          case DELETE -> tell(kv, null);
          case UNRECOGNIZED -> lose();
        }
      }
    }

    private void tell(KeyValue kv, byte @Nullable [] value) {
      if (!ended.get()) {
        listener.changed(new Event(key(kv), Optional.ofNullable(value), kv.getModRevision()));
      }
    }

    @Override
    public void onError(Throwable error) {
      lose();
    }

    @Override
    public void onCompleted() {
      lose();
    }

    private void lose() {
      if (ended.compareAndSet(false, true)) {
        // Not here: the client's own lock may be held.
        watcher.thenAcceptAsync(io.etcd.jetcd.Watch.Watcher::close);
        listener.lost();
      }
    }

    @Override
    public void close() {
      ended.set(true);
      watcher.thenAccept(io.etcd.jetcd.Watch.Watcher::close);
    }
  }

  private final class EtcdLease implements Lease {
    private final long id;

    EtcdLease(long id) {
      this.id = id;
    }

    @Override
    public long id() {
      return id;
    }

    @Override
    public boolean keepAlive() {
      try {
        return call("keep alive", client.getLeaseClient().keepAliveOnce(id)).getTTL() > 0;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Override
    public void close() {
      try {
        call("revoke", client.getLeaseClient().revoke(id));
      } catch (IllegalStateException e) {
        // It had run out: its keys are gone already.
        return;
      }
    }
  }
}
