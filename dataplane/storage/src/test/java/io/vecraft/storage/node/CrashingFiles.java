package io.vecraft.storage.node;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * The real file system, on which every operation that changes something is a step, and all fail
 * from one of them on, as if the process had died there. {@link #losePower} then takes back what
 * was not made durable: content that was not forced, and names that their directory was not synced
 * for.
 */
final class CrashingFiles extends FileSystemProvider {
  private final FileSystem real;
  private final FileSystemProvider provider;
  private final Volume volume = new Volume();
  private int steps;
  private int failAt = Integer.MAX_VALUE;

  /** Files written since they were last forced. */
  private final Map<Path, Boolean> unforced = new LinkedHashMap<>();

  /** Changes of names, in their order, that are not durable. */
  private final List<Change> unsynced = new ArrayList<>();

  /** What a name stood for before; nothing when it was not there. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Change(Path name, Optional<byte[]> before) {}

  CrashingFiles(Path somewhere) {
    this.real = somewhere.getFileSystem();
    this.provider = real.provider();
  }

  /** A path of the real file system as one of this. */
  Path path(Path path) {
    return wrap(path);
  }

  /** Steps so far. */
  synchronized int steps() {
    return steps;
  }

  /** All steps from that one on, counted from now and from 1, fail. */
  synchronized void failAt(int step) {
    failAt = steps + step;
  }

  /** Whether a step has failed. */
  synchronized boolean failed() {
    return steps >= failAt;
  }

  private synchronized void step() throws IOException {
    if (++steps >= failAt) {
      throw new IOException("the process has died at step " + steps);
    }
  }

  /** Takes back, each by chance, what was not made durable. */
  synchronized void losePower(Random random) throws IOException {
    for (Path file : unforced.keySet()) {
      if (Files.isRegularFile(file)) {
        byte[] bytes = Files.readAllBytes(file);
        byte[] kept = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        if (random.nextBoolean()) {
          // The length was made durable before the content.
          kept = Arrays.copyOf(kept, bytes.length);
        }
        Files.write(file, kept);
      }
    }
    for (Change change : unsynced.reversed()) {
      if (random.nextBoolean()) {
        if (change.before.isPresent()) {
          Files.write(change.name, change.before.get());
        } else {
          Files.deleteIfExists(change.name);
        }
      }
    }
  }

  private synchronized void changing(Path name) throws IOException {
    unsynced.add(
        new Change(
            name,
            Files.isRegularFile(name) ? Optional.of(Files.readAllBytes(name)) : Optional.empty()));
  }

  private synchronized void wrote(Path file) {
    unforced.put(file, true);
  }

  private synchronized void forced(Path file) {
    unforced.remove(file);
    unsynced.removeIf(change -> file.equals(change.name.getParent()));
  }

  private Path wrap(Path path) {
    return (Path)
        Proxy.newProxyInstance(
            CrashingFiles.class.getClassLoader(),
            new Class<?>[] {Path.class, Wrapped.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "real" -> {
                  return path;
                }
                case "getFileSystem" -> {
                  return volume;
                }
                case "iterator" -> {
                  List<Path> names = new ArrayList<>();
                  path.forEach(name -> names.add(wrap(name)));
                  return names.iterator();
                }
                default -> {
                  return onPath(path, method, arguments);
                }
              }
            });
  }

  private Object onPath(Path path, java.lang.reflect.Method method, Object[] arguments)
      throws Throwable {
    Object[] unwrapped = arguments == null ? new Object[0] : arguments.clone();
    for (int i = 0; i < unwrapped.length; i++) {
      unwrapped[i] = unwrapped[i] instanceof Wrapped w ? w.real() : unwrapped[i];
    }
    try {
      Object result = method.invoke(path, unwrapped);
      return result instanceof Path p ? wrap(p) : result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private interface Wrapped {
    Path real();
  }

  private static Path real(Path path) {
    return path instanceof Wrapped wrapped ? wrapped.real() : path;
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path file = real(path);
    boolean writes =
        options.contains(StandardOpenOption.CREATE)
            || options.contains(StandardOpenOption.TRUNCATE_EXISTING);
    if (writes) {
      step();
      changing(file);
      wrote(file);
    }
    return new Channel(file, provider.newFileChannel(file, options, attributes));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    DirectoryStream<Path> stream = provider.newDirectoryStream(real(directory), p -> true);
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        Iterator<Path> files = stream.iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return files.hasNext();
          }

          @Override
          public Path next() {
            return wrap(files.next());
          }
        };
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    step();
    provider.createDirectory(real(directory), attributes);
  }

  @Override
  public void delete(Path path) throws IOException {
    step();
    changing(real(path));
    provider.delete(real(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    step();
    changing(real(target));
    wrote(real(target));
    provider.copy(real(source), real(target), options);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    step();
    changing(real(source));
    changing(real(target));
    provider.move(real(source), real(target), options);
    synchronized (this) {
      if (unforced.remove(real(source)) != null) {
        unforced.put(real(target), true);
      }
    }
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return provider.isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return provider.isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return provider.getFileStore(real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    provider.checkAccess(real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return provider.getFileAttributeView(real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return provider.readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return provider.readAttributes(real(path), names, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    provider.setAttribute(real(path), name, value, options);
  }

  @Override
  public String getScheme() {
    return "crashing";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return volume;
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  /** The file system that paths of this provider belong to. */
  private final class Volume extends FileSystem {
    @Override
    public FileSystemProvider provider() {
      return CrashingFiles.this;
    }

    @Override
    public void close() {}

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public String getSeparator() {
      return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      List<Path> roots = new ArrayList<>();
      real.getRootDirectories().forEach(root -> roots.add(wrap(root)));
      return roots;
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
      return wrap(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
      PathMatcher matcher = real.getPathMatcher(pattern);
      return path -> matcher.matches(real(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
      return real.newWatchService();
    }
  }

  /** A channel whose writes and forces are steps. */
  private final class Channel extends FileChannel {
    private final Path file;
    private final FileChannel channel;

    Channel(Path file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      step();
      wrote(file);
      return channel.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
      step();
      wrote(file);
      return channel.write(sources, offset, length);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      step();
      wrote(file);
      return channel.write(source, position);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      step();
      wrote(file);
      channel.truncate(size);
      return this;
    }

    @Override
    public void force(boolean metadata) throws IOException {
      step();
      channel.force(metadata);
      forced(file);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count)
        throws IOException {
      step();
      wrote(file);
      return channel.transferFrom(source, position, count);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      return channel.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
      return channel.read(targets, offset, length);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public long position() throws IOException {
      return channel.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
      channel.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
      return channel.map(mode, position, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long position, long size, Arena arena)
        throws IOException {
      return channel.map(mode, position, size, arena);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
      return channel.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      channel.close();
    }
  }
}
