package io.vecraft.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.ClusterState;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
  private final ApiKeys.NewKey key =
      ApiKeys.make("reader", List.of("read", "write:docs"), 1, new SecureRandom());
  private final AtomicReference<Catalog> catalog = new AtomicReference<>(catalog(key.key()));
  private final ApiKeys keys = new ApiKeys(catalog::get, Optional.of("first"), true);

  private static Catalog catalog(ApiKey... keys) {
    return Catalog.restore(
        new Partitions(1), 1, 1, List.of(), List.of(keys), ClusterState.getDefaultInstance());
  }

  private static void refused(ApiKeys keys, String text) {
    assertThatThrownBy(() -> keys.authenticate(Optional.of(text)))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
  }

  @Test
  void aKeyIsItsPrincipal() {
    Principal principal = keys.authenticate(Optional.of(key.text()));
    assertThat(principal.name()).isEqualTo(key.key().getId());
    assertThat(principal.grants().allow(Action.READ)).isTrue();
    assertThat(principal.grants().allow(Action.WRITE)).isFalse();
    assertThat(principal.grants().allow(Action.WRITE, "docs")).isTrue();
    assertThat(principal.grants().allow(Action.ADMIN, "docs")).isFalse();
  }

  @Test
  void theTextIsNotStored() {
    assertThat(key.key().toByteString().toString(StandardCharsets.ISO_8859_1))
        .doesNotContain(key.text().substring(20));
    assertThat(key.toString()).doesNotContain(key.text());
  }

  @Test
  void otherTextsAreRefused() {
    refused(keys, "");
    refused(keys, "vk_");
    refused(keys, key.text() + "x");
    refused(keys, key.text().substring(0, key.text().length() - 1));
    refused(keys, key.text().toUpperCase(java.util.Locale.ROOT));
    refused(keys, "x".repeat(10_000));
    assertThatThrownBy(() -> keys.authenticate(Optional.empty()))
        .isInstanceOf(VecraftException.class);
  }

  @Test
  void aRevokedKeyIsRefusedAtOnce() {
    keys.authenticate(Optional.of(key.text()));
    catalog.set(catalog());
    refused(keys, key.text());
  }

  @Test
  void theFirstKeyMayDoEverything() {
    assertThat(keys.authenticate(Optional.of("first")).grants().allow(Action.ADMIN)).isTrue();
  }

  @Test
  void withoutRequirementAMissingKeyIsLocalAndAWrongOneIsWrong() {
    ApiKeys open = new ApiKeys(catalog::get, Optional.empty(), false);
    assertThat(open.authenticate(Optional.empty())).isEqualTo(Principal.LOCAL);
    refused(open, "first");
  }

  @Test
  void badGrantsAreNamed() {
    for (String bad : List.of("", "root", "read:", "READ", "write docs")) {
      assertThatThrownBy(() -> Grants.parse(List.of("read", bad)))
          .isInstanceOfSatisfying(
              VecraftException.class, e -> assertThat(e.field()).contains("grants[1]"));
    }
  }
}
