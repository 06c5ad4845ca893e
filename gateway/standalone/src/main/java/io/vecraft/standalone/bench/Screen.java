package io.vecraft.standalone.bench;

import java.util.List;

/** Where a measurement shows what it found, part by part. */
public interface Screen {
  /** Shows one line. */
  void line(String text);

  /** Says what is being done now, for who waits. */
  void working(String text);

  /** Shows aligned columns under their names. */
  void table(List<String> header, List<List<String>> rows);
}
