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
  resources: [vecraftclusters, collections]
  verbs: [get, list, watch, patch]
- apiGroups: [vecraft.io]
  resources: [vecraftclusters/status, collections/status]
  verbs: [patch]
# Owner references that keep an owner until what it owns is gone.
- apiGroups: [vecraft.io]
  resources: [vecraftclusters/finalizers, collections/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [statefulsets, deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, delete]
- apiGroups: [""]
  resources: [services, secrets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
{{- end -}}
