{{/* The options of `headgate serve`. (dict "root" $ "role" "all") */}}
{{- define "headgate.args" -}}
{{- $ := .root }}
- serve
- --platform=kubernetes
- --role={{ .role }}
- --listen=0.0.0.0:8080
- --environment={{ $.Values.environment }}
- --log-level={{ $.Values.logLevel }}
- --max-runs={{ $.Values.maxRuns }}
- --runner-pull-policy={{ $.Values.image.pullPolicy }}
- --runner-pod-template={{ $.Values.runner.podTemplate }}
- --runner-settings=/etc/headgate/runner.json
{{- with $.Values.image.pullSecrets }}
- --runner-pull-secrets={{ join "," . }}
{{- end }}
{{- with $.Values.runner.serviceAccountName }}
- --runner-service-account={{ . }}
{{- end }}
- --own-secrets={{ list (include "headgate.authSecret" $) (include "headgate.storeSecret" $) | uniq | join "," }}
{{- with $.Values.runner.storeSecret }}
- --runner-store-secret={{ . }}
{{- end }}
{{- if $.Values.auth.serviceAccountTokens }}
- --auth=kubernetes
{{- end }}
{{- if $.Values.outputs.enabled }}
- --outputs-claim={{ include "headgate.claim" $ }}
- --outputs=/outputs
{{- end }}
{{- with $.Values.outputs.s3 }}
{{- if .url }}
- {{ printf "--outputs-s3=%s" .url | quote }}
{{- with .existingSecret }}
- --outputs-s3-secret={{ . }}
{{- end }}
{{- end }}
{{- end }}
- --grace={{ sub $.Values.pod.terminationGracePeriodSeconds 5 }}s
- --quiet
{{- with $.Values.watchNamespaces }}
- --namespaces={{ join "," . }}
{{- end }}
{{- with $.Values.repository }}
{{- if .url }}
- --repo={{ .url }}
- --branch={{ .branch }}
- --path={{ .path }}
- --write-back={{ .writeBack }}
{{- end }}
{{- end }}
{{- range $.Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{/* Its environment: secrets come by reference only. The image stands here and not among the options, where kustomize finds it. */}}
{{- define "headgate.env" -}}
{{- $ := .root }}
- name: HEADGATE_STORE
  valueFrom:
    secretKeyRef: {name: {{ include "headgate.storeSecret" $ }}, key: {{ include "headgate.storeKey" $ }}}
- name: HEADGATE_ADMIN_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ include "headgate.authSecret" $ }}, key: admin-token}
- name: HEADGATE_SECRET_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "headgate.authSecret" $ }}, key: secret-key}
- name: HEADGATE_DATA
  value: /data
- name: HEADGATE_RUNNER_IMAGE
  value: {{ include "headgate.image" $ | quote }}
{{- with $.Values.outputs.s3 }}
{{- if and .url .existingSecret }}
- name: HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: access-key-id}
- name: HEADGATE_OUTPUTS_S3_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: secret-access-key}
- name: HEADGATE_OUTPUTS_S3_SESSION_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: session-token, optional: true}
{{- end }}
{{- end }}
{{- with $.Values.pod.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What Pods of runners are like: the file of --runner-settings. */}}
{{- define "headgate.runnerSettings" -}}
{{- $runner := .Values.runner }}
{{- $settings := dict "resources" $runner.resources "tmpSize" $runner.tmpSize "dataVolume" (dict "emptyDir" (dict "sizeLimit" $runner.dataSize)) }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "annotations" }}
{{- with index $runner $key }}{{ $_ := set $settings $key . }}{{ end }}
{{- end }}
{{- toJson $settings }}
{{- end }}
