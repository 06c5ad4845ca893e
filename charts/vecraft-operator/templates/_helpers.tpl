{{- define "vecraft.name" -}}
{{- if contains "vecraft-operator" .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-vecraft-operator" .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "vecraft.selector" -}}
app.kubernetes.io/name: vecraft-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vecraft.labels" -}}
{{ include "vecraft.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* What the operator may do where its resources are. */}}
{{- define "vecraft.rules" -}}
- apiGroups: [vecraft.io]
  resources: [vecraftclusters]
  verbs: [list, watch]
- apiGroups: [vecraft.io]
  resources: [collections]
  verbs: [get, list, watch, patch]
- apiGroups: [vecraft.io]
  resources: [journalpartitions]
  verbs: [list, watch, create, patch]
- apiGroups: [vecraft.io]
  resources: [vecraftclusters/status, collections/status, journalpartitions/status]
  verbs: [patch]
# Owner references that keep an owner until what it owns is gone.
- apiGroups: [vecraft.io]
  resources: [vecraftclusters/finalizers]
  verbs: [update]
# A StatefulSet is made again, without its Pods, when volumes grow.
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
# A cluster's control may go from its Deployment to the operator.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, delete]
# Services and policies of storage nodes that a collection had for itself.
- apiGroups: [""]
  resources: [services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [list, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors]
  verbs: [get, create, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}
