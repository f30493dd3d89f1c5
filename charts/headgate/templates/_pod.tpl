{{/* The restricted Pod Security Standard. (a user id) */}}
{{- define "headgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "headgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The template of a Pod of controller or API. (dict "root" $ "component" "controller" "role" "all" "settings" .Values.controller) */}}
{{- define "headgate.podTemplate" -}}
{{- $ := .root }}
{{- $pod := $.Values.pod }}
metadata:
  labels:
    {{- include "headgate.selectorLabels" . | nindent 4 }}
    {{- with omit $pod.labels "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # The settings are read at the start.
    headgate.dev/runner-settings: {{ include "headgate.runnerSettings" $ | sha256sum | trunc 16 | quote }}
    {{- with $pod.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "headgate.accountName" . }}
  # Kubernetes would set HEADGATE_PORT and the like for Services of that name, which are settings of the program.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $pod.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "headgate.podSecurity" 65532 | nindent 4 }}
  {{- with $.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  containers:
    - name: headgate
      image: {{ include "headgate.image" $ | quote }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args:
        {{- include "headgate.args" . | nindent 8 }}
      env:
        {{- include "headgate.env" . | nindent 8 }}
      {{- with $pod.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http
          containerPort: 8080
      # Opening the store may take a while after it was restarted.
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
      resources:
        {{- toYaml .settings.resources | nindent 8 }}
      securityContext:
        {{- include "headgate.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: runner-settings, mountPath: /etc/headgate, readOnly: true}
        {{- if $.Values.outputs.enabled }}
        - {name: outputs, mountPath: /outputs}
        {{- end }}
        {{- with $pod.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    # Mirrors of repositories, fetched again when they are lost.
    - {name: data, emptyDir: {}}
    - {name: tmp, emptyDir: {}}
    - name: runner-settings
      configMap:
        name: {{ include "headgate.fullname" $ }}-runner
    {{- if $.Values.outputs.enabled }}
    - name: outputs
      persistentVolumeClaim:
        claimName: {{ include "headgate.claim" $ }}
    {{- end }}
    {{- with $pod.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- include "headgate.placement" . | nindent 2 }}
{{- end }}

{{/* Where a Pod runs. */}}
{{- define "headgate.placement" -}}
{{- $ := .root }}
{{- $pod := $.Values.pod }}
{{- $selector := dict "labelSelector" (dict "matchLabels" (include "headgate.selectorLabels" . | fromYaml)) }}
{{- if $pod.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range $pod.topologySpreadConstraints }}
  {{- toYaml (list (mergeOverwrite (deepCopy $selector) .)) | nindent 2 }}
  {{- end }}
{{- else if $pod.spread }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  {{- toYaml (list (merge (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway") $selector)) | nindent 2 }}
  {{- end }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "hostAliases" "priorityClassName" }}
{{- with index $pod $key }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- end }}
