package io.vecraft.e2e.sim;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PutKey;
import java.util.List;
import java.util.Optional;

/** What goes wrong, one thing after another, until it is told to stop. */
final class Faults implements SimNetwork.Endpoint {
  private static final List<Long> JUMPS_MILLIS = List.of(1L, 1L, 3L, 9L, -3L, 40L);

  private final SimWorld world;
  private final SimLoop loop;
  private final Scenario.FaultRates rates;
  private boolean stopped;
  private int requests;

  /** Begins at once. */
  Faults(SimWorld world) {
    this.world = world;
    this.loop = world.loop();
    this.rates = world.scenario().faults();
    next();
  }

  @Override
  public boolean alive() {
    return true;
  }

  /** Nothing more goes wrong. */
  void stop() {
    stopped = true;
  }

  private void next() {
    loop.after(
        loop.between(5, 60),
        () -> {
          if (!stopped) {
            one();
            next();
          }
        });
  }

  private void one() {
    int dice = loop.random().nextInt(100);
    if ((dice -= rates.jump()) < 0) {
      loop.pick(world.machines()).jump(loop.pick(JUMPS_MILLIS));
    } else if ((dice -= rates.leader()) < 0) {
      loop.pick(world.journal().partitions()).elect(loop.pick(world.hosts()));
    } else if ((dice -= rates.crash()) < 0) {
      crash(loop.pick(world.machines()));
    } else if ((dice -= rates.cut()) < 0) {
      cut(loop.pick(world.journal().partitions()), loop.pick(world.hosts()));
    } else if ((dice -= rates.members()) < 0) {
      changeMembers();
    } else if ((dice -= rates.storage()) < 0) {
      world.anyStorage().crash();
    } else if ((dice -= rates.fence()) < 0) {
      logged();
    } else if ((dice -= rates.move()) < 0) {
      world.move().start(loop.random().nextInt(SimCollection.SHARDS));
    }
  }

  private void crash(SimMachine machine) {
    if (machine.process().isPresent()) {
      world.crash(machine);
      loop.after(loop.between(20, 300), () -> world.start(machine));
    }
  }

  private void cut(SimPartition partition, SimMachine machine) {
    partition
        .replicaOn(machine)
        .ifPresent(replica -> {
          replica.model().cutOff(true);
          loop.after(
              loop.between(20, 300),
              () -> {
                replica.model().cutOff(false);
                partition.wake();
              });
        });
  }

  private void changeMembers() {
    List<SimMachine> members = world.clockGroups().newest().members();
    List<SimMachine> others = world.machines().stream().filter(m -> !members.contains(m)).toList();
    world.clockGroups().change(loop.pick(members), loop.pick(others));
  }

  /** A shard moves on to another epoch, or SYSTEM gets a record. */
  private void logged() {
    if (loop.chance(0.5)) {
      int shard = loop.random().nextInt(SimCollection.SHARDS);
      send(world.collection().home(shard).partition(), world.collection().nextEpoch(shard));
    } else {
      var key = ApiKey.newBuilder().setId("key-" + requests);
      send(
          Partitions.SYSTEM,
          Operation.newBuilder().setPutKey(PutKey.newBuilder().setKey(key)).build());
    }
  }

  private void send(int partition, Operation operation) {
    var append =
        Append.newBuilder()
            .setRequestId("fault-" + ++requests)
            .setRequestDigest(ByteString.copyFromUtf8("fault-" + requests))
            .addOperations(operation)
            .build();
    deliver(partition, append);
  }

  /** Again and again, so that a shard does not stay at an epoch that nobody uses. */
  private void deliver(int partition, Append append) {
    world
        .network()
        .watch(
            world
                .journal()
                .append(this, partition, append)
                .handle((result, error) -> {
                  boolean failed = error != null || result.hasFailure();
                  Optional<String> code =
                      error == null && failed
                          ? Optional.of(result.getFailure().getCode())
                          : Optional.empty();
                  if (failed && !code.equals(Optional.of("moved"))) {
                    world
                        .network()
                        .watch(world.journal().pause().thenRun(() -> deliver(partition, append)));
                  }
                  return null;
                }));
  }
}
