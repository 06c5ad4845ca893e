package io.vecraft.journal.tls;

import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process shows and whom it believes, from PEM files that are looked at every {@value
 * #POLL_SECONDS} seconds: a connection made after they were replaced is made with the new ones, one
 * that stands goes on. Files are taken up when one has changed and none has since the last look, so
 * that a certificate and its key which are written one after the other are read together; files
 * that cannot be used leave it at what was read last, which is said in the log. A peer must be good
 * for the name that it is reached by. Safe for concurrent use.
 */
public final class RenewedTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RenewedTls.class);
  private static final long POLL_SECONDS = 5;

  private final AdvancedTlsX509TrustManager believed;
  private final List<Watched> watched = new ArrayList<>();
  private final Optional<AdvancedTlsX509KeyManager> shown;
  // The managers could poll by themselves, but no more often than once a minute.
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("renewed-tls").daemon().factory());

  /** Reads files. */
  private interface Reading {
    void run() throws IOException, GeneralSecurityException;
  }

  /** Files that are read together. Not safe for concurrent use. */
  private static final class Watched {
    private final List<Path> files;
    private final Reading reading;
    private List<FileTime> read = List.of();
    private List<FileTime> seen = List.of();

    Watched(List<Path> files, Reading reading) {
      this.files = files;
      this.reading = reading;
    }

    void readNow() throws IOException, GeneralSecurityException {
      List<FileTime> now = times();
      reading.run();
      read = now;
    }

    /** Reads them where they are others than those that were read last, and no longer changing. */
    boolean readSettled() throws IOException, GeneralSecurityException {
      List<FileTime> now = times();
      boolean settled = now.equals(seen);
      seen = now;
      if (!settled || now.equals(read)) {
        return false;
      }
      reading.run();
      read = now;
      return true;
    }

    private List<FileTime> times() throws IOException {
      var now = new ArrayList<FileTime>();
      for (Path file : files) {
        now.add(Files.getLastModifiedTime(file));
      }
      return List.copyOf(now);
    }
  }

  private RenewedTls(Path authority, Optional<IdentityFiles> identity) throws CertificateException {
    this.believed = AdvancedTlsX509TrustManager.newBuilder().build();
    this.shown = identity.map(own -> new AdvancedTlsX509KeyManager());
    watched.add(
        new Watched(List.of(authority), () -> believed.updateTrustCredentials(authority.toFile())));
    identity.ifPresent(own ->
        watched.add(
            new Watched(
                List.of(own.certificate(), own.key()),
                () ->
                    shown
                        .orElseThrow()
                        .updateIdentityCredentials(
                            own.certificate().toFile(), own.key().toFile()))));
  }

  /**
   * Reads the files and goes on looking for new ones.
   *
   * @param authority certificates that those of others must be signed by
   * @param identity what is shown, where something is
   * @throws IOException if they cannot be read
   * @throws GeneralSecurityException if they are not what they should be
   */
  public static RenewedTls load(Path authority, Optional<IdentityFiles> identity)
      throws IOException, GeneralSecurityException {
    var tls = new RenewedTls(authority, identity);
    try {
      for (Watched files : tls.watched) {
        files.readNow();
      }
      tls.poller.scheduleWithFixedDelay(tls::poll, POLL_SECONDS, POLL_SECONDS, TimeUnit.SECONDS);
      return tls;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      tls.close();
      throw e;
    }
  }

  private void poll() {
    for (Watched files : watched) {
      try {
        if (files.readSettled()) {
          LOG.info("read again: {}", files.files);
        }
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        LOG.warn("{} cannot be used; going on with what was read before", files.files, e);
      }
    }
  }

  /** What is shown; empty when nothing is. */
  public Optional<X509ExtendedKeyManager> identity() {
    return shown.map(manager -> manager);
  }

  /** Who is believed. */
  public X509ExtendedTrustManager trust() {
    return believed;
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
