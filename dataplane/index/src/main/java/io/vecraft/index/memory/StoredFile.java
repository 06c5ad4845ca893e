package io.vecraft.index.memory;

/**
 * A file of a checkpoint as its manifest names it.
 *
 * @param name file name without a directory
 * @param length bytes
 * @param checksum CRC32C of the file's footer, which holds the checksums of all its blocks: so two
 *     files with the same checksum have the same content
 */
public record StoredFile(String name, long length, int checksum) {}
