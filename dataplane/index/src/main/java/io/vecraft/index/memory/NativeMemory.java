package io.vecraft.index.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Zeroed memory that the operating system commits page by page when touched: an allocation that is
 * mostly unused costs address space only. It can be asked to use huge pages, which cost fewer walks
 * through page tables when rows are read here and there. Where the system calls are not to be had,
 * plain allocation takes their place.
 */
final class NativeMemory {
  private static final Logger LOG = LoggerFactory.getLogger(NativeMemory.class);

  /** What begins at a multiple of it can be one huge page. */
  static final long HUGE_PAGE_BYTES = 2 << 20;

  /** A multiple of the pages of every system. */
  private static final long PAGE_BYTES = 64 << 10;

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_ANONYMOUS_LINUX = 0x20;
  private static final int MAP_NORESERVE_LINUX = 0x4000;
  private static final int MAP_ANONYMOUS_MAC = 0x1000;
  private static final int MADV_HUGEPAGE_LINUX = 14;
  private static final int MADV_COLLAPSE_LINUX = 25;
  private static final Optional<Calls> CALLS = Calls.find();

  private NativeMemory() {}

  /**
   * Zeroed memory, freed with the arena. It is aligned to 64 bytes, and to a huge page if it is as
   * large as one.
   */
  static MemorySegment allocate(Arena arena, long bytes) {
    return CALLS
        .flatMap(calls -> calls.map(arena, bytes))
        .orElseGet(() -> arena.allocate(bytes, 64));
  }

  /**
   * Asks for huge pages in all of a segment that {@link #allocate} returned: a page is committed
   * whole when a part of it is touched. What has been touched before is copied into huge pages at
   * once. Does nothing where there are none.
   */
  static void useHugePages(MemorySegment segment) {
    if (segment.byteSize() >= HUGE_PAGE_BYTES) {
      CALLS.filter(Calls::hugePages).ifPresent(calls -> calls.adviseHugePages(segment));
    }
  }

  private record Calls(
      MethodHandle mmap, MethodHandle munmap, MethodHandle madvise, int flags, boolean hugePages) {
    static Optional<Calls> find() {
      String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
      boolean linux = system.contains("linux");
      if (!linux && !system.contains("mac")) {
        return Optional.empty();
      }
      int flags =
          linux
              ? MAP_PRIVATE | MAP_ANONYMOUS_LINUX | MAP_NORESERVE_LINUX
              : MAP_PRIVATE | MAP_ANONYMOUS_MAC;
      try {
        Linker linker = Linker.nativeLinker();
        SymbolLookup lookup = linker.defaultLookup();
        var address = ValueLayout.ADDRESS;
        var size = ValueLayout.JAVA_LONG;
        var number = ValueLayout.JAVA_INT;
        return Optional.of(
            new Calls(
                linker.downcallHandle(
                    lookup.findOrThrow("mmap"),
                    FunctionDescriptor.of(address, address, size, number, number, number, size)),
                linker.downcallHandle(
                    lookup.findOrThrow("munmap"), FunctionDescriptor.of(number, address, size)),
                linker.downcallHandle(
                    lookup.findOrThrow("madvise"),
                    FunctionDescriptor.of(number, address, size, number)),
                flags,
                linux));
      } catch (RuntimeException e) {
        LOG.info(
            "anonymous mappings are not to be had, plain allocation is used: {}", e.toString());
        return Optional.empty();
      }
    }

    Optional<MemorySegment> map(Arena arena, long bytes) {
      long kept = roundUp(bytes, PAGE_BYTES);
      // Room to align the start: a huge page must begin on its own multiple.
      boolean large = kept >= HUGE_PAGE_BYTES;
      long mapped = large ? kept + HUGE_PAGE_BYTES : kept;
      try {
        MemorySegment start =
            (MemorySegment)
                mmap.invokeExact(MemorySegment.NULL, mapped, PROT_READ_WRITE, flags, -1, 0L);
        if (start.address() == -1) {
          return Optional.empty();
        }
        MemorySegment all = start.reinterpret(mapped);
        long skip = large ? roundUp(all.address(), HUGE_PAGE_BYTES) - all.address() : 0;
        // What was only for the alignment goes back: no more stays reserved than is counted.
        unmap(all.asSlice(0, skip));
        unmap(all.asSlice(skip + kept));
        MemorySegment aligned = all.asSlice(skip, kept).reinterpret(arena, this::unmap);
        return Optional.of(aligned.asSlice(0, bytes));
      } catch (Throwable e) {
        throw new IllegalStateException("mmap of %d bytes failed".formatted(mapped), e);
      }
    }

    /** Whether it was heard does not matter to the caller: everything works without. */
    void adviseHugePages(MemorySegment segment) {
      if (segment.address() % HUGE_PAGE_BYTES != 0) {
        return;
      }
      long bytes = roundUp(segment.byteSize(), PAGE_BYTES);
      try {
        int ignored = (int) madvise.invokeExact(segment, bytes, MADV_HUGEPAGE_LINUX);
        int ignoredToo = (int) madvise.invokeExact(segment, bytes, MADV_COLLAPSE_LINUX);
      } catch (Throwable e) {
        throw new IllegalStateException("madvise failed", e);
      }
    }

    private void unmap(MemorySegment segment) {
      if (segment.byteSize() == 0) {
        return;
      }
      try {
        int ignored = (int) munmap.invokeExact(segment, segment.byteSize());
      } catch (Throwable e) {
        throw new IllegalStateException("munmap failed", e);
      }
    }

    private static long roundUp(long value, long unit) {
      return (value + unit - 1) / unit * unit;
    }
  }
}
