{{- define "headgate.name" -}}
{{- default "headgate" .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* The prefix of all names: at most 40 characters, so that every name made from it fits into a label. */}}
{{- define "headgate.fullname" -}}
{{- $name := include "headgate.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* (dict "root" $ "component" "controller") */}}
{{- define "headgate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "headgate.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "headgate.labels" -}}
{{ include "headgate.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: headgate
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "headgate.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* The component whose Pods answer the API. */}}
{{- define "headgate.apiComponent" -}}
{{ ternary "api" "controller" (eq .Values.mode "split") }}
{{- end }}

{{/* (dict "root" $ "component" "controller") */}}
{{- define "headgate.accountName" -}}
{{- $full := include "headgate.fullname" .root }}
{{- if .root.Values.serviceAccount.name }}
{{- .root.Values.serviceAccount.name }}
{{- else if and (eq .component "api") .root.Values.serviceAccount.create }}
{{- $full }}-api
{{- else if .root.Values.serviceAccount.create }}
{{- $full }}
{{- else }}
{{- "default" }}
{{- end }}
{{- end }}

{{/* The components that have a Deployment, separated by blanks. */}}
{{- define "headgate.components" -}}
{{ ternary "controller api" "controller" (eq .Values.mode "split") }}
{{- end }}

{{- define "headgate.storeSecret" -}}
{{- if and .Values.store.existingSecret .Values.redis.enabled }}
{{- fail "store.existingSecret names another store than the Redis of the chart: set redis.enabled to false" }}
{{- else if .Values.store.existingSecret }}
{{- .Values.store.existingSecret }}
{{- else if .Values.redis.enabled }}
{{- .Values.redis.existingSecret | default (printf "%s-redis" (include "headgate.fullname" .)) }}
{{- else }}
{{- fail "a store is needed: set redis.enabled, or store.existingSecret to a Secret whose key `url` holds redis://user:password@host:6379" }}
{{- end }}
{{- end }}

{{- define "headgate.storeKey" -}}
{{ ternary .Values.store.key "url" (ne .Values.store.existingSecret "") }}
{{- end }}

{{- define "headgate.authSecret" -}}
{{ .Values.auth.existingSecret | default (include "headgate.fullname" .) }}
{{- end }}

{{- define "headgate.claim" -}}
{{ .Values.outputs.existingClaim | default (printf "%s-outputs" (include "headgate.fullname" .)) }}
{{- end }}
