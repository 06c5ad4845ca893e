package io.vecraft.gateway;

import java.nio.file.Path;

/**
 * A certificate chain and its private key, both PEM. They are read again while the server runs, so
 * that a renewed certificate is served without a restart.
 */
public record TlsFiles(Path certificates, Path privateKey) {}
