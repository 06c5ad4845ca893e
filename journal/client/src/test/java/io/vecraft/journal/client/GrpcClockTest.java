package io.vecraft.journal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcClockService;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockGroupChange;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.LocalClockMember;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import io.vecraft.net.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quorum clock over sockets, each member with files of its own. */
final class GrpcClockTest {
  @TempDir Path directory;

  private final List<Member> members = new ArrayList<>();
  private InternalChannels channels;

  /** A member as a process holds it; its machine's clock can be set. */
  private final class Member {
    final int number;
    long machineAheadMillis;
    FileClockBound bound;
    LocalClockMember member;
    InternalServer server;
    final int port;

    Member(int number) {
      this(number, FreePorts.next());
    }

    Member(int number, int port) {
      this.number = number;
      this.port = port;
    }

    void start() throws IOException {
      bound = FileClockBound.open(Files.createDirectories(directory.resolve("m" + number)));
      MachineTime machine = () -> System.currentTimeMillis() + machineAheadMillis;
      member = new LocalClockMember("m" + number, bound, machine, Runnable::run);
      server =
          InternalServer.start(
              new HostAndPort("127.0.0.1", port),
              Optional.empty(),
              List.of(new GrpcClockService(member)));
    }

    void stop() {
      server.close();
      bound.close();
    }

    ClockMember remote() {
      var channel = channels.to(new HostAndPort("127.0.0.1", port));
      return new GrpcClockMember("m" + number, channel, Duration.ofSeconds(5));
    }
  }

  @BeforeEach
  void start() throws IOException {
    channels = new InternalChannels(Optional.empty());
    for (int n = 1; n <= 3; n++) {
      var member = new Member(n);
      member.start();
      member.member.install(1, 0).join();
      members.add(member);
    }
  }

  @AfterEach
  void stop() {
    channels.close();
    members.forEach(Member::stop);
  }

  private QuorumClock clock() {
    return new QuorumClock(
        new ClockGroup(1, members.stream().map(Member::remote).toList()), spread -> {});
  }

  @Test
  void whatOneProcessStoredIsBelowWhatAnotherAsks() {
    QuorumClock one = clock();
    QuorumClock other = clock();
    long before = 0;
    for (int i = 0; i < 50; i++) {
      QuorumClock asking = i % 2 == 0 ? one : other;
      long stamp = asking.ask().join();
      assertThat(stamp).isGreaterThan(before);
      asking.store(stamp).join();
      before = stamp;
    }
    assertThat(one.readings().join()).hasSize(3);
  }

  @Test
  void oneFastMachineMovesNothing() {
    members.get(2).machineAheadMillis = 3_600_000;
    long stamp = clock().ask().join();
    assertThat(Stamp.millis(stamp)).isLessThan(System.currentTimeMillis() + 60_000);
  }

  @Test
  void aMajorityIsEnoughAndLessIsNot() {
    QuorumClock clock = clock();
    long stamp = clock.ask().join();
    clock.store(stamp).join();
    members.get(0).server.close();
    assertThat(clock.ask().join()).isGreaterThan(stamp);
    members.get(1).server.close();
    assertThatThrownBy(() -> clock.ask().join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  void membersThatComeBackNeverAnswerBelowWhatTheyAdopted() throws IOException {
    QuorumClock clock = clock();
    long ahead = Stamp.of(System.currentTimeMillis() + 100, 0, 0);
    clock.store(ahead).join();
    for (Member member : members) {
      member.stop();
      member.machineAheadMillis = -10_000;
      member.start();
    }
    assertThat(clock().ask().join()).isGreaterThan(ahead);
  }

  @Test
  void aGroupIsChangedBySealAndFloor() throws IOException {
    QuorumClock clock = clock();
    long stamp = clock.ask().join();
    clock.store(stamp).join();
    var fourth = new Member(4);
    fourth.start();
    ClockGroup old = clock.group();
    long floor = ClockGroupChange.seal(old).join();
    assertThat(floor).isGreaterThanOrEqualTo(stamp);
    assertThatThrownBy(() -> clock.ask().join()).isInstanceOf(CompletionException.class);

    var next =
        new ClockGroup(
            2, List.of(members.get(0).remote(), members.get(1).remote(), fourth.remote()));
    ClockGroupChange.install(next, floor).join();
    clock.enter(next);
    assertThat(clock.ask().join()).isGreaterThan(floor);
    members.add(fourth);
  }

  @Test
  void aChangeIsCarriedThroughFromWhereverOthersHaveGotWithIt() throws IOException {
    QuorumClock clock = clock();
    long stored = clock.ask().join();
    clock.store(stored).join();
    var fourth = new Member(4);
    fourth.start();
    members.add(fourth);
    ClockGroup old = clock.group();
    var next =
        new ClockGroup(
            2, List.of(members.get(0).remote(), members.get(1).remote(), fourth.remote()));
    clock.expect(next);
    assertThat(clock.ask().join()).isGreaterThan(stored);
    assertThat(clock.group().epoch()).isEqualTo(1);
    // Whoever began has installed one member and is gone; no majority of the old can be sealed now.
    long floor = ClockGroupChange.seal(old).join();
    members.get(0).member.install(2, floor).join();
    members.get(2).stop();
    members.remove(2);

    var asked = clock.ask();
    ClockGroupChange.carryThrough(old, next).join();
    assertThat(asked.join()).isGreaterThan(stored);
    assertThat(clock.group().epoch()).isEqualTo(2);
    ClockGroupChange.carryThrough(old, next).join();
  }

  @Test
  void aMemberThatLostItsMemoryIsNotInstalledAsWhoItWas() throws IOException {
    Member lost = members.get(2);
    var next = new ClockGroup(2, clock().group().members());
    ClockGroupChange.carryThrough(clock().group(), next).join();
    lost.stop();
    members.remove(2);
    var other = new Member(5, lost.port);
    other.start();
    members.add(other);

    assertThatThrownBy(() -> lost.remote().install(2, 0).join())
        .hasCauseInstanceOf(VecraftException.class)
        .hasMessageContaining("m5");
    assertThat(other.member.epoch()).isZero();
    ClockGroupChange.carryThrough(clock().group(), next).join();
    assertThat(other.member.epoch()).isZero();
  }

  @Test
  void anOpenPortNeedsCertificates() {
    assertThatThrownBy(() ->
            InternalServer.start(
                new HostAndPort("0.0.0.0", 0),
                Optional.empty(),
                List.of(new GrpcClockService(members.get(0).member))))
        .isInstanceOf(VecraftException.class)
        .hasMessageContaining("certificates");
  }
}
