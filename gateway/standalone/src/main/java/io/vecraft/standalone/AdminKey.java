package io.vecraft.standalone;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first key of a server that requires keys: 256 random bits in a file that only its owner can
 * read. It is made once; other keys are made with it. Never logged.
 */
final class AdminKey {
  private static final Logger LOG = LoggerFactory.getLogger(AdminKey.class);
  private static final int KEY_BYTES = 32;
  private static final int MIN_LENGTH = 32;

  private AdminKey() {}

  /** Reads the key, making it when the file is absent. */
  static String load(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file);
        LOG.info("the admin key is in {}", file);
      }
      String key = Files.readString(file, StandardCharsets.US_ASCII).strip();
      if (key.length() < MIN_LENGTH) {
        throw new VecraftException(
            ErrorCode.INVALID_ARGUMENT,
            "the key in " + file + " has " + key.length() + " characters, at least " + MIN_LENGTH);
      }
      return key;
    } catch (IOException e) {
      throw new UncheckedIOException("the admin key in " + file + " cannot be read or made", e);
    }
  }

  private static void create(Path file) throws IOException {
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    String key = "vk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n";
    FileAttribute<?> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
      channel.write(StandardCharsets.US_ASCII.encode(key));
      channel.force(true);
    }
  }
}
