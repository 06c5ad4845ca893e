package io.vecraft.e2e.sim;

/**
 * What a world is like: how often things go wrong, and what its clients do. Weights are relative to
 * their sum. Each provokes other rare accidents; all run without a mistake too.
 */
enum Scenario {
  /** A little of everything. */
  MIXED(
      new Messages(0.02, 0.02, 0.05, 0.05),
      new FaultRates(40, 6, 4, 4, 4, 2, 3, 0),
      new Work(5, 3, 3, 2, 4, 2, 1, 1)),
  /** Clocks that differ and jump, leaders that change; nothing is lost. */
  CLOCKS(
      new Messages(0, 0, 0.02, 0.05),
      new FaultRates(40, 8, 0, 0, 0, 0, 0, 0),
      new Work(6, 0, 4, 0, 4, 0, 0, 0)),
  /** Machines crash, messages are lost and sent twice. */
  CRASHES(
      new Messages(0.05, 0.05, 0.1, 0.08),
      new FaultRates(20, 4, 14, 6, 0, 3, 1, 0),
      new Work(5, 2, 3, 2, 4, 1, 1, 0)),
  /** Requests arrive twice, and what they store in the clock group is slow or lost. */
  RETRIES(
      new Messages(0.02, 0.25, 0.4, 0.15),
      new FaultRates(20, 4, 2, 2, 0, 0, 1, 0),
      new Work(7, 0, 3, 0, 5, 0, 0, 0)),
  /** The clock group changes again and again. */
  MEMBERS(
      new Messages(0.01, 0.01, 0.05, 0.1),
      new FaultRates(20, 4, 2, 0, 16, 0, 0, 0),
      new Work(6, 1, 4, 1, 5, 0, 0, 0)),
  /** Many strong readers beside few writers, whose stamps reach one member long before the next. */
  READERS(
      new Messages(0, 0.5, 0, 0.02),
      new FaultRates(20, 2, 10, 0, 0, 0, 0, 0),
      new Work(4, 0, 1, 0, 8, 0, 0, 0)),
  /** Slow messages, and one machine that does it all. */
  SHARING(
      new Messages(0, 0, 0, 0.3),
      new FaultRates(10, 0, 0, 0, 0, 0, 0, 0),
      new Work(5, 0, 3, 0, 5, 0, 0, 0)),
  /** Shards go from partition to partition. */
  MOVES(
      new Messages(0.03, 0.02, 0.15, 0.08),
      new FaultRates(20, 8, 6, 4, 2, 6, 0, 40),
      new Work(8, 3, 3, 2, 4, 2, 1, 1)),
  /** Clients that build on what they have seen, acknowledged or not. */
  SESSIONS(
      new Messages(0.01, 0.2, 0.05, 0.1),
      new FaultRates(30, 6, 2, 2, 2, 2, 0, 0),
      new Work(6, 3, 2, 2, 2, 3, 2, 8));

  /**
   * Shares of the messages.
   *
   * @param lost between clients and machines
   * @param storesLost of stamps on their way to members of the clock group
   * @param doubled that arrive twice
   * @param slow that take long
   */
  record Messages(double lost, double storesLost, double doubled, double slow) {}

  /**
   * What goes wrong.
   *
   * @param jump of a machine's clock
   * @param leader another replica of a partition is elected
   * @param crash of a machine
   * @param cut a replica is cut off from its peers
   * @param members the clock group changes
   * @param storage a storage node loses its memory
   * @param fence a shard gets another epoch, or SYSTEM a record
   * @param move a shard is brought to another partition; its epochs are counted by that alone
   */
  record FaultRates(
      int jump, int leader, int crash, int cut, int members, int storage, int fence, int move) {}

  /**
   * What clients do.
   *
   * @param write of one record
   * @param conditional the same under a condition
   * @param transaction over both shards
   * @param decided the same under conditions, which takes an outcome record
   * @param strong read of both shards
   * @param session read of both shards, read-your-writes
   * @param eventual read of both shards, or as of an earlier stamp
   * @param tail a look at the newest record of a partition
   */
  record Work(
      int write,
      int conditional,
      int transaction,
      int decided,
      int strong,
      int session,
      int eventual,
      int tail) {}

  private final Messages messages;
  private final FaultRates faults;
  private final Work work;

  Scenario(Messages messages, FaultRates faults, Work work) {
    this.messages = messages;
    this.faults = faults;
    this.work = work;
  }

  /** The scenario that a seed runs. */
  static Scenario of(long seed) {
    return values()[(int) Math.floorMod(seed, (long) values().length)];
  }

  Messages messages() {
    return messages;
  }

  FaultRates faults() {
    return faults;
  }

  Work work() {
    return work;
  }

  /** Whether leaders and readers gather on one machine. */
  boolean oneMachine() {
    return this == SHARING;
  }
}
