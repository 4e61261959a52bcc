{{/*
The pod template of a component. {root, component: server|worker, role: all|web|worker, resources}
*/}}
{{- define "clankerbot.podTemplate" -}}
{{- $v := .root.Values -}}
{{- $mode := include "clankerbot.databaseMode" .root -}}
metadata:
  annotations:
    checksum/config: {{ include (print .root.Template.BasePath "/configmap.yaml") .root | sha256sum }}
    checksum/secret: {{ include (print .root.Template.BasePath "/secret.yaml") .root | sha256sum }}
    {{- with $v.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "clankerbot.labels" . | nindent 4 }}
    app: {{ include "clankerbot.name" .root }}
    {{- with $v.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "clankerbot.serviceAccountName" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "clankerbot.terminationGracePeriodSeconds" .root }}
  {{- include "clankerbot.podCommons" .root | nindent 2 }}
  {{- with $v.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    {{- $own := dict "labelSelector" (dict "matchLabels" (include "clankerbot.selectorLabels" $ | fromYaml)) }}
    {{- list (merge (deepCopy .) $own) | toYaml | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with $v.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: clankerbot
      image: {{ include "clankerbot.image" .root }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      securityContext:
        {{- toYaml $v.containerSecurityContext | nindent 8 }}
      ports:
        - name: http
          containerPort: 8000
      envFrom:
        - configMapRef:
            name: {{ include "clankerbot.fullname" .root }}-config
        {{- with $v.extraEnvFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      env:
        - name: PORT
          value: '8000'
        - name: PROCESS_ROLE
          value: {{ .role }}
        - name: MIGRATE_ON_START
          value: {{ ternary "false" "true" (eq (include "clankerbot.hasMigrationJob" .root) "true") | quote }}
        {{- if eq $mode "embedded" }}
        - name: DATA_DIR
          value: /data/db
        {{- end }}
        {{- include "clankerbot.secretsEnv" .root | trim | nindent 8 }}
        {{- with $v.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $v.startupProbe }}
      startupProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.livenessProbe }}
      livenessProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.readinessProbe }}
      readinessProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if gt (int $v.preStopSeconds) 0 }}
      lifecycle:
        preStop:
          exec:
            command: [sleep, {{ $v.preStopSeconds | quote }}]
      {{- end }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - name: secrets
          mountPath: /run/secrets/clankerbot
          readOnly: true
        - name: tmp
          mountPath: /tmp
        {{- if eq $mode "embedded" }}
        - name: data
          mountPath: /data
        {{- end }}
        {{- with $v.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $v.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "clankerbot.secretsVolume" .root | nindent 4 }}
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if eq $mode "embedded" }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ default (printf "%s-data" (include "clankerbot.fullname" .root)) $v.persistence.existingClaim }}
    {{- end }}
    {{- with $v.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* What the service's pods, the Jobs' and the test's have in common. */}}
{{- define "clankerbot.podCommons" -}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
