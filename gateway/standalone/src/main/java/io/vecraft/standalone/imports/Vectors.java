package io.vecraft.standalone.imports;

/** What all readers ask of vectors. */
final class Vectors {
  /** Most dimensions that a file may claim; far above what a server takes. */
  static final int DIMENSION_MAX = 1 << 20;

  private static final byte[] NO_METADATA = {'{', '}'};

  private Vectors() {}

  static byte[] noMetadata() {
    return NO_METADATA.clone();
  }

  /** Refuses a vector with a number that is not finite; {@code where} names its line or row. */
  static float[] checked(float[] vector, String where) {
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new ImportException(
            where + ": number " + i + " of the vector is " + vector[i] + ", not finite");
      }
    }
    return vector;
  }

  /** Reads text such as {@code [0.1, 0.2]} or {@code 0.1 0.2}. */
  static float[] parse(String text, String where) {
    String inner = text.strip();
    if (inner.startsWith("[") && inner.endsWith("]")) {
      inner = inner.substring(1, inner.length() - 1).strip();
    }
    if (inner.isEmpty()) {
      throw new ImportException(where + ": the vector is empty");
    }
    String[] numbers = inner.split("[\\s,;]+", -1);
    float[] vector = new float[numbers.length];
    for (int i = 0; i < vector.length; i++) {
      try {
        vector[i] = Float.parseFloat(numbers[i]);
      } catch (NumberFormatException e) {
        throw new ImportException(
            where + ": number " + i + " of the vector is not a number: " + shortened(numbers[i]),
            e);
      }
    }
    return checked(vector, where);
  }

  static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 37) + "...";
  }
}
