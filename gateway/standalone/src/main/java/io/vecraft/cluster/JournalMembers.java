package io.vecraft.cluster;

import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.proto.journal.JournalMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The journal nodes of a cluster, as people write them: {@code NAME=HOST:PORT/HOST:PORT} each, the
 * internal services first, then replication; separated by commas.
 */
public final class JournalMembers {
  private final List<Member> members;

  private record Member(String name, HostAndPort address, HostAndPort raft) {
    @Override
    public String toString() {
      return name + "=" + address + "/" + raft;
    }
  }

  private JournalMembers(List<Member> members) {
    this.members = List.copyOf(members);
    long names = members.stream().map(Member::name).distinct().count();
    if (members.isEmpty() || names != members.size()) {
      throw new IllegalArgumentException("members are missing, or two have one name");
    }
  }

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException when the text is not such a list
   */
  public static JournalMembers of(String text) {
    var members = new ArrayList<Member>();
    for (String one : text.split(",")) {
      int equals = one.indexOf('=');
      int slash = one.indexOf('/');
      if (equals < 1 || slash < equals) {
        throw new IllegalArgumentException("'" + one + "' is not NAME=HOST:PORT/HOST:PORT");
      }
      String name = one.substring(0, equals);
      if (!NodeSettings.isName(name)) {
        throw new IllegalArgumentException("'" + name + "' is no name of a node");
      }
      members.add(
          new Member(
              name,
              HostAndPort.of(one.substring(equals + 1, slash)),
              HostAndPort.of(one.substring(slash + 1))));
    }
    return new JournalMembers(members);
  }

  /** Those of a cluster's record. */
  static JournalMembers of(List<JournalMember> record) {
    return new JournalMembers(
        record.stream()
            .map(m ->
                new Member(
                    m.getName(),
                    HostAndPort.of(m.getAddress()),
                    HostAndPort.of(m.getRaftAddress())))
            .toList());
  }

  List<JournalMember> record() {
    return members.stream()
        .map(m ->
            JournalMember.newBuilder()
                .setName(m.name)
                .setAddress(m.address.toString())
                .setRaftAddress(m.raft.toString())
                .build())
        .toList();
  }

  List<RaftMember> raft() {
    return members.stream().map(m -> new RaftMember(m.name, m.raft.host(), m.raft.port())).toList();
  }

  /** Where the member of that name replicates; empty for one that is not among them. */
  Optional<HostAndPort> raftAddress(String name) {
    return members.stream().filter(m -> m.name.equals(name)).findFirst().map(Member::raft);
  }

  @Override
  public String toString() {
    return members.stream().map(Member::toString).collect(Collectors.joining(","));
  }
}
