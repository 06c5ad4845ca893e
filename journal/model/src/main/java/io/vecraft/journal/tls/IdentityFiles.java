package io.vecraft.journal.tls;

import java.nio.file.Path;

/** A certificate chain and its private key (PKCS#8), both PEM. */
public record IdentityFiles(Path certificate, Path key) {}
