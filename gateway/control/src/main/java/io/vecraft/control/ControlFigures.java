package io.vecraft.control;

import io.vecraft.proto.journal.ReplicaStage;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What control counts, at one moment.
 *
 * @param leads whether this process controls
 * @param changes of the map of replicas since the start
 * @param shardsMoved shards brought to another partition since the start
 * @param failures passes that failed since the start
 * @param replicas in the map, by stage; empty while another process controls
 * @param storageNodes by whether they are here, away or gone; empty while another process controls
 * @param clockOffsetsSeconds that the machine clocks of the cluster's processes are ahead of the
 *     one here, by name
 */
public record ControlFigures(
    boolean leads,
    long changes,
    long shardsMoved,
    long failures,
    Map<String, Double> replicas,
    Map<String, Double> storageNodes,
    Map<String, Double> clockOffsetsSeconds) {
  public ControlFigures {
    replicas = Map.copyOf(replicas);
    storageNodes = Map.copyOf(storageNodes);
    clockOffsetsSeconds = Map.copyOf(clockOffsetsSeconds);
  }

  static Map<String, Double> stages(Observation observed) {
    Map<String, Double> stages = new TreeMap<>();
    for (ReplicaStage stage :
        new ReplicaStage[] {ReplicaStage.JOINING, ReplicaStage.SERVING, ReplicaStage.LEAVING}) {
      stages.put(stage.name().toLowerCase(Locale.ROOT), 0.0);
    }
    observed
        .catalog()
        .collections()
        .forEach(c ->
            c.getPlacementsList()
                .forEach(p ->
                    p.getReplicasList()
                        .forEach(r ->
                            stages.merge(
                                r.getStage().name().toLowerCase(Locale.ROOT), 1.0, Double::sum))));
    return stages;
  }

  static Map<String, Double> presences(Observation observed) {
    Map<String, Double> presences = new TreeMap<>(Map.of("here", 0.0, "away", 0.0, "gone", 0.0));
    observed
        .nodes()
        .forEach(
            n -> presences.merge(n.presence().name().toLowerCase(Locale.ROOT), 1.0, Double::sum));
    return presences;
  }
}
