package io.vecraft.crd.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What runs the control of a cluster. */
public enum ControlHost {
  /** Pods of its own, which need neither the operator nor the API server. */
  @JsonProperty("Deployment")
  DEPLOYMENT,
  /** The operator's own process. */
  @JsonProperty("Operator")
  OPERATOR
}
