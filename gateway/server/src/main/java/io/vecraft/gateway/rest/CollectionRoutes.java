package io.vecraft.gateway.rest;

import static com.linecorp.armeria.common.HttpMethod.DELETE;
import static com.linecorp.armeria.common.HttpMethod.GET;
import static com.linecorp.armeria.common.HttpMethod.PATCH;
import static com.linecorp.armeria.common.HttpMethod.POST;
import static com.linecorp.armeria.common.HttpMethod.PUT;

import com.linecorp.armeria.common.HttpMethod;
import io.vecraft.gateway.body.CollectionBody;
import io.vecraft.gateway.body.KeyBody;
import io.vecraft.gateway.body.ShardBody;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Collections;
import io.vecraft.gateway.call.Reads;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.query.ChecksumAnswer;
import io.vecraft.query.CollectionDescription;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/** Collections and keys. */
final class CollectionRoutes {
  private static final String COLLECTION = "/v1/collections/{collection}";
  private static final int KEY_ID_CHARS = 128;

  private final CollectionBody bodies;
  private final ShardBody shardBodies;
  private final KeyBody keyBodies;
  private final Collections collections;
  private final Reads reads;
  private final Writers writers;
  private final Checks checks;

  CollectionRoutes(
      CollectionBody bodies,
      ShardBody shardBodies,
      KeyBody keyBodies,
      Collections collections,
      Reads reads,
      Writers writers,
      Checks checks) {
    this.bodies = bodies;
    this.shardBodies = shardBodies;
    this.keyBodies = keyBodies;
    this.collections = collections;
    this.reads = reads;
    this.writers = writers;
    this.checks = checks;
  }

  List<Route> routes() {
    return List.of(
        route(PUT, COLLECTION, Route.Kind.WRITE, this::create),
        route(GET, "/v1/collections", Route.Kind.READ, this::list),
        route(GET, COLLECTION, Route.Kind.READ, this::get),
        route(PATCH, COLLECTION, Route.Kind.WRITE, this::alter),
        route(DELETE, COLLECTION, Route.Kind.WRITE, this::drop),
        route(PUT, COLLECTION + "/shards/{shard}", Route.Kind.WRITE, this::move),
        new Route(
            GET,
            COLLECTION + "/checksums",
            Route.Kind.READ,
            List.of("as_of"),
            (Route.Handler.Blocking) this::checksums),
        route(POST, "/v1/keys", Route.Kind.WRITE, this::createKey),
        route(GET, "/v1/keys", Route.Kind.READ, this::keys),
        route(DELETE, "/v1/keys/{key}", Route.Kind.WRITE, this::revokeKey));
  }

  private static Route route(
      HttpMethod method, String template, Route.Kind kind, Route.Handler.Blocking handler) {
    return new Route(method, template, kind, List.of(), handler);
  }

  private String collection(Exchange x) {
    return checks.collection(x.parameter(0), "collection");
  }

  private Answer create(Exchange x, byte[] body) {
    Collections.Changed done = collections.create(x.call(), collection(x), bodies.definition(body));
    return changed(x, done.created() ? 201 : 200, done);
  }

  private Answer alter(Exchange x, byte[] body) {
    return changed(x, 200, collections.alter(x.call(), collection(x), bodies.change(body)));
  }

  private Answer changed(Exchange x, int status, Collections.Changed done) {
    JsonOut out = new JsonOut(1_024).object();
    description(out, done.description());
    return writers.written(status, out, x.call(), done.stamp(), done.stamp());
  }

  private Answer drop(Exchange x, byte[] body) {
    String name = collection(x);
    long stamp = collections.drop(x.call(), name);
    JsonOut out = new JsonOut().object().text("name", name).text("outcome", "dropped");
    return writers.written(200, out, x.call(), stamp, stamp);
  }

  private Answer move(Exchange x, byte[] body) {
    int shard = shard(x.parameter(1));
    Collections.Moving moving =
        collections.move(x.call(), collection(x), shard, shardBodies.partition(body));
    JsonOut out = new JsonOut().object();
    home(out, moving.shard());
    return writers.written(200, out, x.call(), moving.stamp(), moving.stamp());
  }

  private static int shard(String text) {
    boolean number =
        !text.isEmpty() && text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!number) {
      throw Checks.invalid("a shard is a number from 0", "shard");
    }
    return Integer.parseInt(text);
  }

  private static void home(JsonOut out, ShardPlacement shard) {
    out.number("shard", shard.getShard())
        .number("partition", shard.getPartition())
        .number("epoch", shard.getEpoch());
    if (ShardHomes.isMoving(shard)) {
      out.number("moving_to", shard.getMovingTo());
    }
  }

  private Answer get(Exchange x, byte[] body) {
    CollectionDescription description = reads.describe(x.call(), collection(x));
    JsonOut out = new JsonOut(1_024).object();
    description(out, description);
    return Answer.json(200, out.endObject());
  }

  private Answer list(Exchange x, byte[] body) {
    JsonOut out = new JsonOut(4_096).object().array("collections");
    for (CollectionDescription description : reads.list(x.call())) {
      out.object();
      description(out, description);
      out.endObject();
    }
    return Answer.json(200, out.endArray().endObject());
  }

  private Answer checksums(Exchange x, byte[] body) {
    ChecksumAnswer answer = reads.checksums(x.call(), collection(x), x.read());
    JsonOut out = new JsonOut(1_024).object();
    out.bool("agree", answer.shards().stream().allMatch(ChecksumAnswer.Shard::agree))
        .array("shards");
    for (ChecksumAnswer.Shard shard : answer.shards()) {
      out.object().number("shard", shard.shard()).bool("agree", shard.agree()).array("replicas");
      for (ChecksumAnswer.Replica replica : shard.replicas()) {
        out.object().text("node", replica.node());
        replica.checksum().ifPresent(sum -> out.text("checksum", HexFormat.of().toHexDigits(sum)));
        if (!replica.problem().isEmpty()) {
          out.text("problem", replica.problem());
        }
        out.endObject();
      }
      out.endArray().endObject();
    }
    out.endArray();
    Writers.consistency(out, answer.consistency());
    return writers.read(out.endObject(), answer.consistency());
  }

  private static void description(JsonOut out, CollectionDescription description) {
    CollectionDefinition definition = description.state().getDefinition();
    out.text("name", definition.getName())
        .number("id", description.state().getId())
        .number("dimension", definition.getDimension())
        .text("metric", definition.getMetric())
        .number("shards", definition.getShards())
        .object("schema");
    new TreeMap<>(definition.getSchemaMap()).forEach(out::text);
    out.endObject()
        .number("time_travel_window_s", definition.getTimeTravelWindowS())
        .object("index")
        .number("m", definition.getHnswM())
        .number("ef_construction", definition.getHnswEfConstruction())
        .text("quantization", definition.getQuantization())
        .endObject();
    if (definition.getReplicas() != 0) {
      out.number("replicas", definition.getReplicas());
    }
    if (!definition.getPool().isEmpty()) {
      out.text("pool", definition.getPool());
    }
    if (!definition.getEmbeddingJson().isEmpty()) {
      out.raw("embedding", definition.getEmbeddingJson().getBytes(StandardCharsets.UTF_8));
    }
    if (!definition.getOwner().isEmpty()) {
      out.text("owner", definition.getOwner());
    }
    Writers.moment(out, "created", description.state().getCreatedStamp());
    out.stamp("schema_version", description.state().getSchemaStamp())
        .number("records", description.records())
        .array("shard_states");
    description
        .shards()
        .forEach(shard ->
            shard(out, description.state().getPlacements(shard.shard()), shard.replicas()));
    out.endArray();
  }

  /** A shard: its freshest replica first, as if it were the only one, then all of them. */
  private static void shard(
      JsonOut out,
      ShardPlacement placement,
      List<CollectionDescription.ReplicaDescription> replicas) {
    out.object();
    home(out, placement);
    replicas.stream()
        .max(Comparator.comparingLong(CollectionDescription.ReplicaDescription::frontier))
        .ifPresent(freshest -> replica(out, freshest));
    out.array("replicas");
    for (CollectionDescription.ReplicaDescription replica : replicas) {
      out.object().text("node", replica.node());
      replica(out, replica);
      out.endObject();
    }
    out.endArray().endObject();
  }

  private static void replica(JsonOut out, CollectionDescription.ReplicaDescription replica) {
    out.number("records", replica.records())
        .number("applied_offset", replica.appliedOffset())
        .stamp("frontier", replica.frontier())
        .number("staleness_ms", Writers.staleness(replica.stalenessMs()))
        .number("indexed_vectors", replica.vectorsIndexed())
        .number("not_indexed_vectors", replica.vectorsNotIndexed())
        .number("off_heap_bytes", replica.offHeapBytes());
  }

  private Answer createKey(Exchange x, byte[] body) {
    KeyBody.Key wish = keyBodies.read(body);
    Collections.MadeKey made = collections.createKey(x.call(), wish.name(), wish.grants());
    JsonOut out = new JsonOut().object();
    key(out, made.key().key());
    out.text("key", made.key().text());
    return writers.written(201, out, x.call(), made.stamp(), made.stamp());
  }

  private Answer keys(Exchange x, byte[] body) {
    JsonOut out = new JsonOut(2_048).object().array("keys");
    for (ApiKey key : collections.keys(x.call())) {
      out.object();
      key(out, key);
      out.endObject();
    }
    return Answer.json(200, out.endArray().endObject());
  }

  private static void key(JsonOut out, ApiKey key) {
    out.text("id", key.getId()).text("name", key.getName()).array("grants");
    key.getGrantsList().forEach(out::text);
    out.endArray().text("created", Instant.ofEpochMilli(key.getCreatedMs()).toString());
  }

  private Answer revokeKey(Exchange x, byte[] body) {
    String id = x.parameter(0);
    if (id.length() > KEY_ID_CHARS) {
      throw Checks.invalid("a key's id has at most " + KEY_ID_CHARS + " characters", "key");
    }
    long stamp = collections.revokeKey(x.call(), id);
    JsonOut out = new JsonOut().object().text("id", id).text("outcome", "revoked");
    return writers.written(200, out, x.call(), stamp, stamp);
  }
}
