package io.vecraft.gateway.embedding;

import io.vecraft.journal.time.Deadline;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Vectors from words and their parts, without a model: texts that share words, word beginnings or
 * spellings are near. The same text gives the same vector everywhere and always.
 *
 * <ol>
 *   <li>The text is brought to NFKC and split into words of letters and digits; a word in mixed
 *       case ({@code MetadataIndex}) counts as its parts as well. All are lower-cased.
 *   <li>Features are the words (weight 1, very common English words 0.15), pairs of neighbouring
 *       words (0.4), and the 3- to 5-grams of each word with its ends marked (1 in all for a word,
 *       so that inflected and misspelt words stay near).
 *   <li>A feature that occurs n times counts 1 + ln n times.
 *   <li>A 64-bit hash of the feature picks a dimension and a sign; the vector is scaled to length
 *       1.
 * </ol>
 *
 * <p>Immutable and safe for many threads.
 */
public final class HashingEmbedder implements EmbeddingProvider {
  /** Used where the settings name no dimension. */
  public static final int DIMENSION_DEFAULT = 384;

  /** Most dimensions. */
  public static final int DIMENSION_MAX = 65_536;

  private static final double COMMON_WORD = 0.15;
  private static final double PAIR = 0.4;
  private static final int GRAM_MIN = 3;
  private static final int GRAM_MAX = 5;

  /** Longer words are cut: nobody searches for them, and their parts would cost without end. */
  private static final int WORD_CHARS_MAX = 64;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");
  private static final Pattern PART =
      Pattern.compile("\\p{Lu}+(?!\\p{Ll})|\\p{Lu}?[\\p{Ll}\\p{M}]+|\\p{N}+|\\p{Lo}+");
  private static final Set<String> COMMON =
      Set.of(
          ("a about all also an and any are as at be been but by can could did do does for from had"
                  + " has have he her his how i if in into is it its just may me more most my no"
                  + " not of on one only or other our out over she so some such than that the their"
                  + " them then there these they this to two up us use used very was we were what"
                  + " when where which who why will with would you your")
              .split(" "));

  private final int dimension;

  /**
   * @param dimension 1 to {@value #DIMENSION_MAX}
   */
  public HashingEmbedder(int dimension) {
    if (dimension < 1 || dimension > DIMENSION_MAX) {
      throw new IllegalArgumentException(
          "dimension must be 1 to " + DIMENSION_MAX + ", not " + dimension);
    }
    this.dimension = dimension;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public float[][] embed(List<String> texts, Deadline deadline) {
    float[][] vectors = new float[texts.size()][];
    for (int i = 0; i < vectors.length; i++) {
      deadline.check("embedding texts");
      vectors[i] = embed(texts.get(i));
    }
    return vectors;
  }

  private float[] embed(String text) {
    Map<Long, Feature> features = features(text);
    double[] sums = new double[dimension];
    features.forEach((hash, feature) -> {
      double weight = feature.weight * (1 + Math.log(feature.count));
      int at = (int) Math.unsignedMultiplyHigh(hash, dimension);
      sums[at] += (hash & 1) == 0 ? weight : -weight;
    });
    double squares = 0;
    for (double sum : sums) {
      squares += sum * sum;
    }
    if (squares < 1e-12) {
      // Nothing to tell texts apart by; a vector needs a direction all the same.
      sums[(int) Math.unsignedMultiplyHigh(hash('e', text), dimension)] = 1;
      squares = 1;
    }
    float[] vector = new float[dimension];
    double scale = 1 / Math.sqrt(squares);
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (sums[i] * scale);
    }
    return vector;
  }

  private static final class Feature {
    final double weight;
    int count;

    Feature(double weight) {
      this.weight = weight;
    }
  }

  private static Map<Long, Feature> features(String text) {
    Map<Long, Feature> features = new HashMap<>();
    String before = "";
    Matcher words = WORD.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC));
    while (words.find()) {
      String word = words.group();
      if (word.length() > WORD_CHARS_MAX) {
        word = word.substring(0, WORD_CHARS_MAX);
      }
      String lower = word.toLowerCase(Locale.ROOT);
      word(features, lower);
      List<String> parts = parts(word);
      if (parts.size() > 1) {
        parts.forEach(part -> word(features, part));
      }
      if (!before.isEmpty() && !(COMMON.contains(before) && COMMON.contains(lower))) {
        add(features, hash('p', before + " " + lower), PAIR);
      }
      before = lower;
    }
    return features;
  }

  private static List<String> parts(String word) {
    List<String> parts = new ArrayList<>();
    Matcher matcher = PART.matcher(word);
    while (matcher.find()) {
      parts.add(matcher.group().toLowerCase(Locale.ROOT));
    }
    return parts;
  }

  private static void word(Map<Long, Feature> features, String word) {
    boolean common = COMMON.contains(word);
    add(features, hash('w', word), common ? COMMON_WORD : 1);
    if (common) {
      return;
    }
    String marked = "<" + word + ">";
    int grams = 0;
    for (int length = GRAM_MIN; length <= GRAM_MAX; length++) {
      grams += Math.max(0, marked.length() - length + 1);
    }
    // Squares add up in the length of a vector: so the parts of a word weigh as much as the word.
    double weight = 1 / Math.sqrt(Math.max(1, grams));
    for (int length = GRAM_MIN; length <= GRAM_MAX; length++) {
      for (int at = 0; at + length <= marked.length(); at++) {
        add(features, hash('g', marked.substring(at, at + length)), weight);
      }
    }
  }

  private static void add(Map<Long, Feature> features, long hash, double weight) {
    features.computeIfAbsent(hash, h -> new Feature(weight)).count++;
  }

  /** FNV-1a over the chars, then a mixer, because high and low bits are used alone. */
  private static long hash(char kind, String text) {
    long hash = (0xcbf29ce484222325L ^ kind) * 0x100000001b3L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
