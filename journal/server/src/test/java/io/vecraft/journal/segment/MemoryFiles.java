package io.vecraft.journal.segment;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that can lose what was not synced, tear writes at pages, and fail. Names and
 * contents become durable apart, as on a real file system.
 */
final class MemoryFiles implements FileAccess {
  private static final int PAGE = 64;

  /** Content as programs see it, and as it would be after a loss of power. */
  private static final class Node {
    byte[] cached = new byte[0];
    byte[] durable = new byte[0];
  }

  private Map<Path, Node> cachedNames = new TreeMap<>();

  /** The names as they were since the directory was synced: any of them may be found again. */
  private final List<Map<Path, Node>> pastNames = new ArrayList<>(List.of(new TreeMap<>()));

  /** Operations that change something, counted. */
  int operations;

  /** The operation that fails, with half of a write done; 0 for none. */
  int failAt;

  boolean failed;

  /** Power is lost: of what was not synced, some pages and names are there and some are not. */
  void losePower(Random random) {
    Map<Path, Node> names = pastNames.get(random.nextInt(pastNames.size()));
    for (Node node : names.values()) {
      node.cached = mixed(node, random);
      node.durable = node.cached.clone();
    }
    cachedNames = new TreeMap<>(names);
    namesAreDurable();
    failAt = 0;
    failed = false;
  }

  private static byte[] mixed(Node node, Random random) {
    int size = random.nextBoolean() ? node.cached.length : node.durable.length;
    byte[] mixed = new byte[size];
    for (int at = 0; at < size; at += PAGE) {
      byte[] from = random.nextBoolean() ? node.cached : node.durable;
      if (Arrays.equals(page(node.cached, at), page(node.durable, at))) {
        from = node.cached;
      }
      byte[] page = page(from, at);
      System.arraycopy(page, 0, mixed, at, Math.min(page.length, size - at));
    }
    return mixed;
  }

  private static byte[] page(byte[] bytes, int at) {
    return Arrays.copyOf(
        at < bytes.length ? Arrays.copyOfRange(bytes, at, bytes.length) : new byte[0], PAGE);
  }

  /** A copy of what programs see, all of it durable. */
  MemoryFiles copy() {
    var copy = new MemoryFiles();
    cachedNames.forEach((path, node) -> {
      var n = new Node();
      n.cached = node.cached.clone();
      n.durable = node.cached.clone();
      copy.cachedNames.put(path, n);
    });
    copy.namesAreDurable();
    return copy;
  }

  Map<Path, byte[]> contents() {
    var contents = new HashMap<Path, byte[]>();
    cachedNames.forEach((path, node) -> contents.put(path, node.cached));
    return contents;
  }

  void put(Path path, byte[] content) {
    Node node = cachedNames.computeIfAbsent(path, p -> new Node());
    node.cached = content;
    node.durable = content.clone();
    namesAreDurable();
  }

  void remove(Path path) {
    cachedNames.remove(path);
    namesAreDurable();
  }

  private void namesAreDurable() {
    pastNames.clear();
    namesChanged();
  }

  private void namesChanged() {
    pastNames.add(new TreeMap<>(cachedNames));
  }

  private boolean fails() {
    operations++;
    if (failed) {
      return true;
    }
    failed = operations == failAt;
    return failed;
  }

  private void operation(String what) throws IOException {
    if (fails()) {
      throw new IOException("injected: " + what);
    }
  }

  @Override
  public void makeDirectories(Path directory) {}

  @Override
  public List<Path> list(Path directory) {
    return cachedNames.keySet().stream()
        .filter(p -> directory.equals(p.getParent()))
        .sorted()
        .toList();
  }

  @Override
  public OpenFile create(Path file) throws IOException {
    operation("create " + file);
    if (cachedNames.containsKey(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    cachedNames.put(file, new Node());
    namesChanged();
    return open(file, true);
  }

  @Override
  public OpenFile open(Path file, boolean writable) throws IOException {
    Node node = cachedNames.get(file);
    if (node == null) {
      throw new NoSuchFileException(file.toString());
    }
    return new Handle(node, file.toString());
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    operation("rename " + from);
    Node node = cachedNames.remove(from);
    if (node == null) {
      throw new FileNotFoundException(from.toString());
    }
    cachedNames.put(to, node);
    namesChanged();
  }

  @Override
  public void delete(Path file) throws IOException {
    operation("delete " + file);
    cachedNames.remove(file);
    namesChanged();
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    operation("delete " + directory);
    cachedNames.keySet().removeIf(file -> file.startsWith(directory));
    namesChanged();
  }

  @Override
  public boolean exists(Path file) {
    return cachedNames.containsKey(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    operation("sync directory");
    namesAreDurable();
  }

  @Override
  public long usableBytes(Path path) {
    return Long.MAX_VALUE;
  }

  private final class Handle implements OpenFile {
    private final Node node;
    private final String name;

    Handle(Node node, String name) {
      this.node = node;
      this.name = name;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      boolean fail = fails();
      byte[] bytes = new byte[fail ? source.remaining() / 2 : source.remaining()];
      source.get(bytes);
      int end = (int) position + bytes.length;
      byte[] next = Arrays.copyOf(node.cached, Math.max(end, node.cached.length));
      System.arraycopy(bytes, 0, next, (int) position, bytes.length);
      node.cached = next;
      if (fail) {
        throw new IOException("injected: No space left on device: " + name);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) {
      int count = (int) Math.clamp(node.cached.length - position, 0, target.remaining());
      if (count > 0) {
        target.put(node.cached, (int) position, count);
      }
      return count;
    }

    @Override
    public long size() {
      return node.cached.length;
    }

    @Override
    public void truncate(long size) throws IOException {
      operation("truncate " + name);
      node.cached = Arrays.copyOf(node.cached, (int) size);
    }

    @Override
    public void sync() throws IOException {
      operation("sync " + name);
      node.durable = node.cached.clone();
    }

    @Override
    public void close() {}
  }
}
