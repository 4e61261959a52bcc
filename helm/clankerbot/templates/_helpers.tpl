{{- define "clankerbot.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 48 | trimSuffix "-" -}}
{{- end -}}

{{- define "clankerbot.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "clankerbot.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects the pods of one component. These labels never change: a Deployment's selector cannot. */}}
{{- define "clankerbot.selectorLabels" -}}
app.kubernetes.io/name: {{ include "clankerbot.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "clankerbot.labels" -}}
{{ include "clankerbot.selectorLabels" . }}
{{ include "clankerbot.commonLabels" .root }}
{{- end -}}

{{- define "clankerbot.commonLabels" -}}
app.kubernetes.io/part-of: {{ include "clankerbot.name" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
Postgres has a name of its own, so that what selects Clankerbot's pods by name does not select it. Kubernetes puts it with
eleven characters more into a label, which holds 63: a longer one is cut, and a digest tells it from others that begin alike.
Up to 41 characters the name never changes, because the volume's comes from it.
*/}}
{{- define "clankerbot.postgresql.name" -}}
{{- $base := include "clankerbot.fullname" . -}}
{{- if gt (len $base) 41 -}}
{{- $base = printf "%s-%s" (trunc 32 $base | trimSuffix "-") (sha256sum $base | trunc 8) -}}
{{- end -}}
{{ $base }}-postgresql
{{- end -}}

{{- define "clankerbot.postgresql.selectorLabels" -}}
app.kubernetes.io/name: {{ include "clankerbot.name" . }}-postgresql
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: database
{{- end -}}

{{/* repository:tag, or repository@digest. */}}
{{- define "clankerbot.imageOf" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .defaultTag .image.tag }}
{{- end -}}
{{- end -}}

{{- define "clankerbot.image" -}}
{{ include "clankerbot.imageOf" (dict "image" .Values.image "defaultTag" .Chart.AppVersion) }}
{{- end -}}

{{- define "clankerbot.serviceAccountName" -}}
{{- default (ternary (include "clankerbot.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "clankerbot.generatedSecretName" -}}
{{- default (printf "%s-generated" (include "clankerbot.fullname" .)) .Values.firstSecrets.name -}}
{{- end -}}

{{/* Where the data is: embedded, external or bundled. */}}
{{- define "clankerbot.databaseMode" -}}
{{- if .Values.database.embedded -}}
embedded
{{- else if or .Values.database.url .Values.database.existingSecret (and .Values.existingSecret (has "database-url" .Values.existingSecretKeys)) -}}
external
{{- else -}}
bundled
{{- end -}}
{{- end -}}

{{/* Brings the schema up to date before the pods start: only a database that is there before the release can be. */}}
{{- define "clankerbot.hasMigrationJob" -}}
{{- if and .Values.migration.enabled (eq (include "clankerbot.databaseMode" .) "external") -}}true{{- end -}}
{{- end -}}

{{- define "clankerbot.hasFirstSecretsJob" -}}
{{- $isNeeded := has "generated" (include "clankerbot.secretSources" . | fromYaml | values) -}}
{{- if and .Values.firstSecrets.create (or $isNeeded (eq (include "clankerbot.databaseMode" .) "bundled")) -}}true{{- end -}}
{{- end -}}

{{/* Pods at the least: decides whether one may be taken away. */}}
{{- define "clankerbot.minPods" -}}
{{- if .autoscaling.enabled -}}{{ .autoscaling.minReplicas }}{{- else -}}{{ .replicaCount }}{{- end -}}
{{- end -}}

{{- define "clankerbot.terminationGracePeriodSeconds" -}}
{{- if kindIs "invalid" .Values.terminationGracePeriodSeconds -}}
{{ add (int .Values.preStopSeconds) (int .Values.config.shutdownGraceSeconds) 10 }}
{{- else -}}
{{ .Values.terminationGracePeriodSeconds }}
{{- end -}}
{{- end -}}

{{/* The version without what providers append: v1.29.4-gke.1 is at least 1.27. */}}
{{- define "clankerbot.kubeAtLeast" -}}
{{- if semverCompare (printf ">=%s-0" .version) .root.Capabilities.KubeVersion.Version -}}true{{- end -}}
{{- end -}}

{{/* A text as a value of the environment: numbers from YAML are floats, lists are comma-separated. */}}
{{- define "clankerbot.environmentValue" -}}
{{- if kindIs "invalid" . -}}
{{- else if kindIs "float64" . -}}{{ int64 . }}
{{- else if kindIs "slice" . -}}{{ join "," . }}
{{- else -}}{{ . }}
{{- end -}}
{{- end -}}

{{/* The port of a URL, or what it is by default. Not by urlParse, which prints the URL where a password is none to its taste. */}}
{{- define "clankerbot.portOf" -}}
{{- $authority := regexReplaceAll "^[a-z]+://" (default "" .url) "" | regexFind "^[^/?#]*" -}}
{{- regexFind "[^@]*$" $authority | regexFind ":[0-9]+$" | trimPrefix ":" | default (.default | toString) -}}
{{- end -}}
