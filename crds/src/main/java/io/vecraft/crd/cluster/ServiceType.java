package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the gateways are reached. */
public enum ServiceType {
  @JsonProperty("ClusterIP")
  CLUSTER_IP("ClusterIP"),
  @JsonProperty("NodePort")
  NODE_PORT("NodePort"),
  @JsonProperty("LoadBalancer")
  LOAD_BALANCER("LoadBalancer");

  private final String text;

  ServiceType(String text) {
    this.text = text;
  }

  /** As Kubernetes spells it. */
  public String text() {
    return text;
  }
}
