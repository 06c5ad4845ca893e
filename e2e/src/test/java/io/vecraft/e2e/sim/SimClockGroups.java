package io.vecraft.e2e.sim;

import io.vecraft.journal.time.ClockAnswer;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockGroupChange;
import io.vecraft.journal.time.ClockMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The clock groups that the SYSTEM log names, one after another, and how one follows another: the
 * log names the new one, of which every machine learns in its own time; a majority of the old is
 * sealed, and the new is installed at or above what that knew.
 */
final class SimClockGroups {
  private static final long PURSUE_TICKS = 120;

  private final SimWorld world;
  private final List<Group> named = new ArrayList<>();
  private Optional<Change> wanted = Optional.empty();

  /**
   * A group as the log names it.
   *
   * @param floor what a mistaken change installs it with
   */
  record Group(long epoch, List<SimMachine> members, long floor) {}

  /** A change under way: what it replaces, and by what. */
  private record Change(Group old, List<SimMachine> members) {}

  SimClockGroups(SimWorld world, List<SimMachine> first) {
    this.world = world;
    named.add(new Group(1, first, 0));
  }

  Group of(long epoch) {
    return named.get((int) epoch - 1);
  }

  Group newest() {
    return named.getLast();
  }

  /** Whether no change is under way. */
  boolean settled() {
    return wanted.isEmpty();
  }

  /** Replaces a member by a machine that is not one; one change at a time. */
  void change(SimMachine out, SimMachine in) {
    if (wanted.isPresent()) {
      return;
    }
    var members = new ArrayList<>(newest().members());
    members.remove(out);
    members.add(in);
    switch (world.mistake()) {
      case MEMBER_WIPED -> wipe(members);
      case EPOCH_LEARNT_LATE -> changeUnsealed(members, in);
      default -> {
        var change = new Change(newest(), members);
        wanted = Optional.of(change);
        pursue(change);
      }
    }
  }

  /** Whether changes are made in a way that is wrong. */
  boolean isMistaken() {
    return switch (world.mistake()) {
      case MEMBER_WIPED, EPOCH_LEARNT_LATE -> true;
      default -> false;
    };
  }

  /** Whoever is alive goes on with the change, again and again until it is through. */
  private void pursue(Change change) {
    if (underway(change)) {
      if (newest() == change.old) {
        name(new Group(change.old.epoch() + 1, change.members, 0));
      }
      world.anyProcess().ifPresent(process -> carryThrough(process, change));
      world.loop().after(PURSUE_TICKS, () -> pursue(change));
    }
  }

  private boolean underway(Change change) {
    return wanted.filter(w -> w == change).isPresent();
  }

  private void carryThrough(SimProcess process, Change change) {
    ClockGroup next = process.group(of(change.old.epoch() + 1));
    world
        .network()
        .watch(
            ClockGroupChange.carryThrough(process.group(change.old), next)
                .thenRun(() -> over(change)));
  }

  private void over(Change change) {
    if (underway(change)) {
      wanted = Optional.empty();
    }
  }

  /** The log names a group; machines read of it at different times. */
  private void name(Group group) {
    named.add(group);
    for (SimMachine machine : world.machines()) {
      world
          .loop()
          .after(
              world.loop().between(1, 400),
              () -> machine.process().ifPresent(process -> process.learn(group)));
    }
  }

  /** A process that has started reads the log. */
  void started(SimProcess process) {
    world
        .loop()
        .after(
            world.loop().between(1, 100),
            () -> {
              if (process.alive()) {
                process.learn(newest());
              }
            });
  }

  /** {@link Mistake#MEMBER_WIPED}: no floor, and everybody in the new epoch at once. */
  private void wipe(List<SimMachine> members) {
    var group = new Group(newest().epoch() + 1, List.copyOf(members), 0);
    named.add(group);
    for (SimMachine machine : world.machines()) {
      machine.knows(group.epoch());
      machine.process().ifPresent(process -> process.learn(group));
    }
  }

  /**
   * {@link Mistake#EPOCH_LEARNT_LATE}: the newcomer copies a majority of the old group, which goes
   * on answering until each member learns of the new one.
   */
  private void changeUnsealed(List<SimMachine> members, SimMachine in) {
    Group old = newest();
    Optional<SimProcess> process = in.process();
    if (process.isEmpty()) {
      return;
    }
    var change = new Change(old, members);
    wanted = Optional.of(change);
    ClockGroup asked = process.get().group(old);
    var values = new ArrayList<Long>();
    for (ClockMember member : asked.members()) {
      CompletableFuture<ClockAnswer> answer = member.ask(old.epoch());
      var unused =
          answer.thenAccept(a -> {
            if (!a.refused()) {
              values.add(a.value());
            }
            if (values.size() == asked.majority() && newest() == old) {
              long copied = values.stream().mapToLong(Long::longValue).max().orElseThrow();
              name(new Group(old.epoch() + 1, members, copied));
              process.get().learn(newest());
              over(change);
            }
          });
    }
    world.loop().after(PURSUE_TICKS * 4, () -> over(change));
  }
}
