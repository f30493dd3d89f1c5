{{/* The rules that rbac.yaml has for a component and a scope. (dict "root" $ "component" "controller" "scope" "watched") */}}
{{- define "headgate.rules" -}}
{{- $combined := ne .root.Values.mode "split" }}
{{- $rules := list }}
{{- range .root.Files.Get "rbac.yaml" | fromYamlArray }}
{{- $verbs := list }}
{{- range .verbs }}
{{- if or $combined (has $.component .for) }}{{ $verbs = append $verbs .verb }}{{ end }}
{{- end }}
{{- if and $verbs (eq .scope $.scope) }}
{{- $rules = append $rules (dict "apiGroups" (list .group) "resources" .resources "verbs" $verbs) }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}

{{/* A role and its binding. */}}
{{- define "headgate.role" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .suffix }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- toYaml .labels | nindent 4 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .suffix }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- toYaml .labels | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .suffix }}
  name: {{ .name }}
subjects:
  {{- toYaml (list .subject) | nindent 2 }}
{{- end }}
