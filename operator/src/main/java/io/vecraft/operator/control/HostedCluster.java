package io.vecraft.operator.control;

/**
 * A cluster whose control runs here. One that is made again under the same name is another.
 *
 * @param namespace of the resource
 * @param name of the resource
 * @param uid of the resource
 */
public record HostedCluster(String namespace, String name, String uid) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
