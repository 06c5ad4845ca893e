package io.vecraft.cluster.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.vecraft.journal.catalog.NodePool;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A cluster of real processes on this machine: etcd, journal nodes, storage nodes, query
 * processors, gateways, control. What runs is written down in its directory, so that another call
 * of the program, or another test, finds it again.
 *
 * <p>Not safe for concurrent use by several processes.
 */
public final class LocalCluster {
  private static final String FILE = "cluster.json";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  static final String ADMIN_KEY = "admin.key";
  private static final int KEY_BYTES = 32;
  private static final int PROBES = 10;
  private static final int PROBLEM_BYTES = 4_096;
  private static final int PROBE_MS = 2_000;
  private static final long PROBE_EVERY_MS = 200;

  private final Path directory;
  private Saved saved;

  /**
   * What is written down.
   *
   * @param shape what was asked for
   * @param subnet of the networks, where processes have their own
   * @param processes in the order in which they are started
   * @param endpoints of the gateways
   */
  public record Saved(
      ClusterShape shape, int subnet, List<LocalProcess> processes, List<String> endpoints) {}

  /** A signal to a process. */
  public enum Signal {
    /** Ends it at once, as a crash does. */
    KILL,
    /** Asks it to end in order. */
    TERM,
    /** Stops it where it is. */
    STOP,
    /** Lets a stopped one go on. */
    CONT
  }

  private LocalCluster(Path directory, Saved saved) {
    this.directory = directory;
    this.saved = saved;
  }

  /** The cluster of a directory, if one was made there. */
  public static Optional<LocalCluster> find(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    return Files.exists(file)
        ? Optional.of(new LocalCluster(directory, JSON.readValue(file.toFile(), Saved.class)))
        : Optional.empty();
  }

  /**
   * Makes the cluster of an empty directory; {@link #start} starts it.
   *
   * @param program what runs {@code vecraft}: the launcher, or a JVM with its arguments
   * @param etcd the program {@code etcd}
   */
  public static LocalCluster create(
      Path directory, ClusterShape shape, List<String> program, Path etcd) throws IOException {
    Files.createDirectories(directory.resolve("logs"));
    if (shape.namespaces()) {
      makeKey(directory.resolve(ADMIN_KEY));
    }
    Saved saved = new ClusterLayout(directory, shape, program, etcd).saved();
    var cluster = new LocalCluster(directory, saved);
    cluster.save();
    return cluster;
  }

  /** Gateways that other networks can reach need a key. */
  private static void makeKey(Path file) throws IOException {
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    Files.writeString(file, Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** File of the key that may do everything, where the gateways require keys. */
  public Optional<Path> adminKey() {
    return saved.shape().namespaces()
        ? Optional.of(directory.resolve(ADMIN_KEY))
        : Optional.empty();
  }

  /** Where the cluster's files are. */
  public Path directory() {
    return directory;
  }

  /** The processes, in the order in which they are started. */
  public List<LocalProcess> processes() {
    return saved.processes();
  }

  /** Where the gateways are. */
  public List<String> endpoints() {
    return saved.endpoints();
  }

  /** The process of that name. */
  public LocalProcess process(String name) {
    return saved.processes().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no process '"
                    + name
                    + "'; there are "
                    + String.join(
                        ", ", saved.processes().stream().map(LocalProcess::name).toList())));
  }

  /**
   * Adds one more storage node; {@link #start(String)} starts it. Returns its name.
   *
   * @param pool that it is in
   */
  public String addStorage(String pool) throws IOException {
    return add("storage", List.of("--pool", pool));
  }

  /**
   * Adds a journal node; in the shared pool it is a spare, which gets the place of one that is
   * gone. Returns its name.
   *
   * @param pool that it is in
   */
  public String addJournal(String pool) throws IOException {
    return add("journal", pool.equals(NodePool.SHARED) ? List.of() : List.of("--pool", pool));
  }

  private String add(String role, List<String> more) throws IOException {
    if (saved.shape().namespaces()) {
      throw new IllegalArgumentException(
          "the networks of a cluster with --namespaces are made with it");
    }
    LocalProcess like =
        saved.processes().stream()
            .filter(p -> p.role().equals(role))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("there is no " + role + " node"));
    LocalProcess added = ClusterLayout.another(like, saved.processes(), more);
    var processes = new ArrayList<>(saved.processes());
    processes.add(added);
    saved = new Saved(saved.shape(), saved.subnet(), List.copyOf(processes), saved.endpoints());
    save();
    return added.name();
  }

  /** Forgets a process that does not run; its data and its log stay. */
  public void forget(String name) throws IOException {
    if (runs(process(name))) {
      throw new IllegalArgumentException(name + " runs");
    }
    List<LocalProcess> others =
        saved.processes().stream().filter(p -> !p.name().equals(name)).toList();
    saved = new Saved(saved.shape(), saved.subnet(), others, saved.endpoints());
    save();
  }

  /**
   * Why this process cannot make networks for the processes of a cluster; empty when it can, which
   * is tried.
   */
  public static Optional<String> networksProblem() {
    return LocalNetwork.problem();
  }

  /** Adds options to the command of a process, which count from its next start. */
  public void addOptions(String name, List<String> options) throws IOException {
    LocalProcess process = process(name);
    var command = new ArrayList<>(process.command());
    command.addAll(options);
    replace(
        new LocalProcess(
            process.name(),
            process.role(),
            List.copyOf(command),
            process.log(),
            process.health(),
            process.host(),
            process.pid(),
            process.startMillis()));
  }

  /** Starts every process that does not run. */
  public void start() throws IOException {
    if (saved.shape().namespaces() && saved.processes().stream().noneMatch(this::runs)) {
      network().create(names());
    }
    for (LocalProcess process : saved.processes()) {
      start(process.name());
      if (process.role().equals("etcd")) {
        awaitReady(process.name(), Duration.ofSeconds(30));
      }
    }
  }

  /** Starts one process, unless it runs. */
  public void start(String name) throws IOException {
    LocalProcess process = process(name);
    if (runs(process)) {
      return;
    }
    List<String> command =
        saved.shape().namespaces() ? network().inside(name, process.command()) : process.command();
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(process.log().toFile()));
    builder.environment().put("VECRAFT_HEAP", saved.shape().heap());
    Process started = builder.start();
    started.getOutputStream().close();
    replace(process.started(started.toHandle()));
  }

  /** Sends a signal; the process must run. */
  public void signal(String name, Signal signal) throws IOException {
    LocalProcess process = process(name);
    ProcessHandle handle =
        process.handle().orElseThrow(() -> new IllegalArgumentException(name + " does not run"));
    Process kill =
        new ProcessBuilder("kill", "-" + signal, Long.toString(handle.pid())).inheritIO().start();
    try {
      if (kill.waitFor() != 0) {
        throw new IOException(name + " did not take " + signal);
      }
      if (signal == Signal.KILL) {
        awaitEnd(handle, Duration.ofSeconds(10));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Ends one in order and waits for it. */
  public void stop(String name, Duration patience) throws IOException {
    Optional<ProcessHandle> handle = process(name).handle();
    if (handle.isPresent()) {
      signal(name, Signal.TERM);
      awaitEnd(handle.get(), patience);
    }
  }

  private static void awaitEnd(ProcessHandle handle, Duration patience) throws IOException {
    try {
      handle.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException("process " + handle.pid() + " does not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /**
   * Ends in order and starts again every process but etcd, one after the other; each is ready
   * before the next ends.
   *
   * @param told the name of each process that is ready again
   */
  public void roll(Duration patience, Consumer<String> told) throws IOException {
    for (LocalProcess process : saved.processes().reversed()) {
      // One that does not run, or is a spare without a place, would not get ready either.
      if (!process.role().equals("etcd") && takesPart(process.name())) {
        stop(process.name(), patience);
        start(process.name());
        awaitReady(process.name(), patience);
        told.accept(process.name());
      }
    }
  }

  private boolean takesPart(String name) throws IOException {
    for (int probe = 0; probe < PROBES && process(name).handle().isPresent(); probe++) {
      if (isReady(name)) {
        return true;
      }
      pause();
    }
    return false;
  }

  /** Ends all of them, the last to start first; those that do not end in time are killed. */
  public void down() throws IOException {
    for (LocalProcess process : saved.processes().reversed()) {
      Optional<ProcessHandle> handle = process.handle();
      if (handle.isPresent()) {
        signal(process.name(), Signal.CONT);
        handle.get().destroy();
        waitOrKill(handle.get());
      }
    }
    if (saved.shape().namespaces()) {
      network().delete(names());
    }
  }

  private static void waitOrKill(ProcessHandle handle) {
    try {
      handle.onExit().get(20, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      handle.destroyForcibly();
    } catch (InterruptedException e) {
      handle.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Cuts what one process sends to another.
   *
   * @throws IllegalArgumentException when the processes share a network
   */
  public void cut(String from, String to) throws IOException {
    requireNetworks();
    network().cut(process(from).name(), process(to).host());
  }

  /** Undoes {@link #cut}. */
  public void join(String from, String to) throws IOException {
    requireNetworks();
    network().join(process(from).name(), process(to).host());
  }

  /** Undoes all cuts. */
  public void heal() throws IOException {
    requireNetworks();
    for (LocalProcess from : saved.processes()) {
      for (LocalProcess to : saved.processes()) {
        if (!from.name().equals(to.name())) {
          network().join(from.name(), to.host());
        }
      }
    }
  }

  /** Whether what one process sends to another is cut, by the word of the kernel. */
  public boolean isCut(String from, String to) throws IOException {
    requireNetworks();
    return network().isCut(process(from).name(), process(to).host());
  }

  private void requireNetworks() {
    if (!saved.shape().namespaces()) {
      throw new IllegalArgumentException(
          "the cluster was made without networks of its own (--namespaces)");
    }
  }

  /** Whether it says that it is ready. */
  public boolean isReady(String name) {
    return problem(process(name).health()).isEmpty();
  }

  /** What it says that it lacks, or why it says nothing; empty when it is ready. */
  private static Optional<String> problem(String url) {
    try {
      var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(PROBE_MS);
      connection.setReadTimeout(PROBE_MS);
      try {
        if (connection.getResponseCode() == HttpURLConnection.HTTP_OK) {
          return Optional.empty();
        }
        try (InputStream told = connection.getErrorStream()) {
          byte[] text = told == null ? new byte[0] : told.readNBytes(PROBLEM_BYTES);
          return Optional.of(new String(text, StandardCharsets.UTF_8));
        }
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  /** Waits until it is ready; fails when it ends or time is up, with the end of its log. */
  public void awaitReady(String name, Duration patience) throws IOException {
    long until = System.nanoTime() + patience.toNanos();
    for (Optional<String> problem = problem(process(name).health());
        problem.isPresent();
        problem = problem(process(name).health())) {
      if (process(name).handle().isEmpty()) {
        throw new IOException(name + " has ended:\n" + logEnd(name));
      }
      if (System.nanoTime() - until > 0) {
        throw new IOException(
            "%s does not get ready: %s%n%s".formatted(name, problem.get(), logEnd(name)));
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PROBE_EVERY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The last lines of its output. */
  public String logEnd(String name) throws IOException {
    List<String> lines = Files.readAllLines(process(name).log());
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  private boolean runs(LocalProcess process) {
    return process.handle().isPresent();
  }

  private List<String> names() {
    return saved.processes().stream().map(LocalProcess::name).toList();
  }

  private LocalNetwork network() {
    return new LocalNetwork(saved.subnet());
  }

  private void replace(LocalProcess changed) throws IOException {
    List<LocalProcess> processes =
        saved.processes().stream().map(p -> p.name().equals(changed.name()) ? changed : p).toList();
    saved = new Saved(saved.shape(), saved.subnet(), processes, saved.endpoints());
    save();
  }

  private void save() throws IOException {
    Path temporary = directory.resolve(FILE + ".new");
    JSON.writeValue(temporary.toFile(), saved);
    Files.move(
        temporary,
        directory.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
