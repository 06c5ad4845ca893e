package io.vecraft.standalone.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordSourcesTest {
  @TempDir Path directory;

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes);
  }

  private Path write(String name, String text) throws IOException {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<ImportRecord> read(Path file) {
    List<ImportRecord> records = new ArrayList<>();
    try (RecordSource source =
        RecordSources.open(file, ImportFormat.of(file), ImportOptions.defaults())) {
      source.forEachRemaining(records::add);
    }
    return records;
  }

  private static String metadata(ImportRecord record) {
    return new String(record.metadataJson(), StandardCharsets.UTF_8);
  }

  private static byte[] fvecs(int rows, int dimension) {
    ByteBuffer bytes =
        ByteBuffer.allocate(rows * (4 + 4 * dimension)).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      bytes.putInt(dimension);
      for (int i = 0; i < dimension; i++) {
        bytes.putFloat(row + i / 16f);
      }
    }
    return bytes.array();
  }

  @Test
  void readsFvecs() throws IOException {
    // More than one buffer of a mebibyte.
    Path file = write("a.fvecs", fvecs(5_000, 100));
    List<ImportRecord> records = read(file);
    assertThat(records).hasSize(5_000);
    assertThat(records.get(4_999).id()).isEqualTo("4999");
    assertThat(records.get(4_999).vector().orElseThrow()[99]).isEqualTo(4_999 + 99 / 16f);
    assertThat(metadata(records.getFirst())).isEqualTo("{}");
    try (RecordSource source =
        RecordSources.open(file, ImportFormat.FVECS, ImportOptions.defaults())) {
      assertThat(source.totalHint()).isEqualTo(OptionalLong.of(5_000));
    }
    assertThat(read(write("empty.fvecs", new byte[0]))).isEmpty();
  }

  @Test
  void namesTheRowThatIsWrongInFvecs() throws IOException {
    byte[] good = fvecs(3, 4);
    assertThatThrownBy(() -> read(write("cut.fvecs", java.util.Arrays.copyOf(good, 50))))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("row 2 is cut short");
    byte[] other = good.clone();
    other[20] = 5;
    assertThatThrownBy(() -> read(write("other.fvecs", other)))
        .hasMessageContaining("row 1 has 5 dimensions, the rows before 4");
    byte[] nan = good.clone();
    nan[26] = (byte) 0xC0;
    nan[27] = 0x7F;
    assertThatThrownBy(() -> read(write("nan.fvecs", nan)))
        .hasMessageContaining("row 1: number 0 of the vector is NaN");
    assertThatThrownBy(() -> read(write("text.fvecs", "hello, world")))
        .hasMessageContaining("is not an fvecs file");
  }

  private static byte[] npy(
      int version, String descr, boolean fortran, int rows, int columns, String shape) {
    StringBuilder header =
        new StringBuilder(
            "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
                .formatted(descr, fortran ? "True" : "False", shape));
    while ((header.length() + 11) % 64 != 0) {
      header.append(' ');
    }
    header.append('\n');
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    int length = header.length();
    ByteBuffer size = ByteBuffer.allocate(version == 1 ? 2 : 4).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes((version == 1 ? size.putShort((short) length) : size.putInt(length)).array());
    out.writeBytes(header.toString().getBytes(StandardCharsets.UTF_8));
    int bytes = descr.charAt(2) - '0';
    ByteBuffer data =
        ByteBuffer.allocate(rows * columns * bytes)
            .order(descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int at = (fortran ? column * rows + row : row * columns + column) * bytes;
        float value = row * 4 + column * 0.25f;
        switch (bytes) {
          case 2 -> data.putShort(at, Float.floatToFloat16(value));
          case 4 -> data.putFloat(at, value);
          default -> data.putDouble(at, value);
        }
      }
    }
    out.writeBytes(data.array());
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "1,<f4,false",
    "1,<f4,true",
    "2,>f4,false",
    "3,<f8,true",
    "1,>f8,false",
    "1,<f2,false",
    "2,>f2,true"
  })
  void readsNpyOfEveryKind(int version, String descr, boolean fortran) throws IOException {
    Path file = write("a.npy", npy(version, descr, fortran, 50, 3, "(50, 3)"));
    List<ImportRecord> records = read(file);
    assertThat(records).hasSize(50);
    for (int row = 0; row < 50; row++) {
      assertThat(records.get(row).id()).isEqualTo("" + row);
      assertThat(records.get(row).vector().orElseThrow())
          .containsExactly(row * 4, row * 4 + 0.25f, row * 4 + 0.5f);
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void readsNpyOfManyBlocks(boolean fortran) throws IOException {
    Path file = write("a.npy", npy(1, "<f8", fortran, 3_000, 800, "(3000, 800)"));
    List<ImportRecord> records = read(file);
    assertThat(records).hasSize(3_000);
    for (int row = 0; row < 3_000; row += 499) {
      assertThat(records.get(row).vector().orElseThrow()[799]).isEqualTo(row * 4 + 799 * 0.25f);
    }
  }

  @Test
  void saysWhyAnNpyFileCannotBeRead() throws IOException {
    byte[] good = npy(1, "<f4", false, 3, 4, "(3, 4)");
    assertThatThrownBy(() -> read(write("cut.npy", java.util.Arrays.copyOf(good, good.length - 1))))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("its shape (3, 4) needs " + good.length);
    assertThatThrownBy(() -> read(write("int.npy", npy(1, "<i4", false, 3, 4, "(3, 4)"))))
        .hasMessageContaining("numbers of type <i4");
    assertThatThrownBy(() -> read(write("flat.npy", npy(1, "<f4", false, 3, 4, "(12,)"))))
        .hasMessageContaining("needed are two axes");
    assertThatThrownBy(() -> read(write("text.npy", "hello, world and all")))
        .hasMessageContaining("is not an npy file");
    assertThatThrownBy(() -> read(write("short.npy", "x"))).hasMessageContaining("cut short");
    assertThatThrownBy(() -> read(directory.resolve("none.npy")))
        .hasMessageContaining("no such file");
  }

  @Test
  void readsJsonLines() throws IOException {
    List<ImportRecord> records =
        read(
            write(
                "a.jsonl",
                "\uFEFF{\"id\":\"a\",\"vector\":[1,2.5],\"year\":2020,\"price\":1.10}\r\n\n"
                    + "{\"id\":7,\"text\":\"hällo\",\"n\":123456789012345678901234567890}\n"
                    + "{\"vector\":[3,4],\"metadata\":{\"k\":{\"x\":[1]}},\"vector2\":null}"));
    assertThat(records).hasSize(3);
    assertThat(records.get(0).vector().orElseThrow()).containsExactly(1f, 2.5f);
    assertThat(metadata(records.get(0))).isEqualTo("{\"year\":2020,\"price\":1.10}");
    assertThat(records.get(1).id()).isEqualTo("7");
    assertThat(records.get(1).text()).contains("hällo");
    assertThat(metadata(records.get(1)))
        .isEqualTo("{\"text\":\"hällo\",\"n\":123456789012345678901234567890}");
    assertThat(records.get(2).id()).isEqualTo("2");
    assertThat(metadata(records.get(2))).isEqualTo("{\"vector2\":null,\"k\":{\"x\":[1]}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"id\":\"a\"} | line 2 has no vector in field vector and no text in field text",
        "[1] | line 2 is not a JSON object",
        "{\"vector\":[1] | line 2 is not JSON",
        "{\"vector\":[1],\"vector\":[2]} | line 2 is not JSON",
        "{\"vector\":[1,\"x\"]} | line 2: number 1 of the vector is not a number",
        "{\"vector\":[1,1e999]} | line 2: number 1 of the vector is Infinity",
        "{\"vector\":\"1 2\"} | line 2: field vector is not an array of numbers",
        "{\"text\":5} | line 2: field text is not a text",
        "{\"id\":1.5,\"vector\":[1]} | line 2: the id in field id is neither",
        "{\"vector\":[1],\"a\":1,\"metadata\":{\"a\":2}} | line 2: field a is there beside",
      })
  void namesTheLineThatIsWrong(String line, String message) throws IOException {
    Path file = write("a.jsonl", "{\"vector\":[1]}\n" + line + "\n");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesLinesThatAreNotUtf8() throws IOException {
    Path file = write("a.jsonl", "{\"text\":\"ä\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> read(file)).hasMessageContaining("line 1 is not UTF-8");
  }

  @Test
  void readsCsv() throws IOException {
    List<ImportRecord> records =
        read(
            write(
                "a.csv",
                "\uFEFFid,vector,title,year,zip,active,none\r\n"
                    + "a,\"[0.5, 1]\",\"say \"\"hi\"\",\nthere\",2020,00123,true,\r\n"
                    + "b,2 3.5,x,1e3,1.10,no,\n"));
    assertThat(records).hasSize(2);
    assertThat(records.get(0).vector().orElseThrow()).containsExactly(0.5f, 1f);
    assertThat(metadata(records.get(0)))
        .isEqualTo(
            "{\"title\":\"say \\\"hi\\\",\\nthere\",\"year\":2020,\"zip\":\"00123\",\"active\":true}");
    assertThat(records.get(1).id()).isEqualTo("b");
    assertThat(records.get(1).vector().orElseThrow()).containsExactly(2f, 3.5f);
    List<ImportRecord> tabbed = read(write("a.tsv", "text\tk\nhello, you\tv\n"));
    assertThat(tabbed.getFirst().id()).isEqualTo("0");
    assertThat(tabbed.getFirst().text()).contains("hello, you");
    assertThat(metadata(tabbed.getFirst())).isEqualTo("{\"text\":\"hello, you\",\"k\":\"v\"}");
    assertThat(read(write("empty.csv", ""))).isEmpty();
  }

  @Test
  void namesTheLineThatIsWrongInCsv() throws IOException {
    String header = "id,vector\n";
    assertThatThrownBy(() -> read(write("a.csv", header + "a,1 2\nb,1 x\n")))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("line 3: number 1 of the vector is not a number: x");
    assertThatThrownBy(() -> read(write("b.csv", header + "a,1 2\nb\n")))
        .hasMessageContaining("line 3 has 1 values for 2 columns");
    assertThatThrownBy(() -> read(write("c.csv", header + "a,\n")))
        .hasMessageContaining("line 2 has no vector in column vector");
    assertThatThrownBy(() -> read(write("d.csv", "id,id\n")))
        .hasMessageContaining("line 1 names no column, or one twice");
    assertThatThrownBy(() -> read(write("e.csv", header + "a,\"1 2\n")))
        .isInstanceOf(ImportException.class);
    assertThatThrownBy(
            () -> read(write("f.csv", (header + "ä,1\n").getBytes(StandardCharsets.ISO_8859_1))))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("not UTF-8");
  }
}
