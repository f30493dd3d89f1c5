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
- --runner-image=$(HEADGATE_RUNNER_IMAGE)
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

{{/* Its environment: secrets come by reference only. */}}
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
- name: HEADGATE_RUNNER_IMAGE
  value: {{ include "headgate.image" $ | quote }}
{{- with $.Values.pod.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
