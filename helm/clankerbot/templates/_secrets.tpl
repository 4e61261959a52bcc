{{/*
Where each secret comes from, as YAML {key: source}. A key is a file in the pods, and its variable is KEY_FILE. Sources:
  own        the Secret that the chart makes of `secrets`, database.url and redis.url
  existing   existingSecret
  database   database.existingSecret
  redis      redis.existingSecret
  generated  the Secret that firstSecrets makes once
*/}}
{{- define "clankerbot.secretSources" -}}
{{- $sources := dict -}}
{{- if .Values.existingSecret -}}
{{- range .Values.existingSecretKeys }}{{- $_ := set $sources . "existing" }}{{- end -}}
{{- else -}}
{{- range $name, $value := .Values.secrets }}{{- if $value }}{{- $_ := set $sources (kebabcase $name) "own" }}{{- end }}{{- end -}}
{{- end -}}
{{- if .Values.database.embedded }}{{- $_ := unset $sources "database-url" }}
{{- else if .Values.database.url }}{{- $_ := set $sources "database-url" "own" }}
{{- else if .Values.database.existingSecret }}{{- $_ := set $sources "database-url" "database" }}
{{- else if eq (include "clankerbot.databaseMode" .) "bundled" }}{{- $_ := set $sources "database-url" "generated" }}
{{- end -}}
{{- if .Values.redis.url }}{{- $_ := set $sources "redis-url" "own" }}
{{- else if .Values.redis.existingSecret }}{{- $_ := set $sources "redis-url" "redis" }}
{{- end -}}
{{- range list "api-keys" "encryption-key" -}}
{{- if not (hasKey $sources .) }}{{- $_ := set $sources . "generated" }}{{- end -}}
{{- end -}}
{{- $isProved := or (hasKey $sources "webhook-shared-secret") (hasKey $sources "clockify-webhook-tokens") .Values.config.clockifyWebhookAddonKeys -}}
{{- if and .Values.firstSecrets.webhook (not $isProved) }}{{- $_ := set $sources "webhook-shared-secret" "generated" }}{{- end -}}
{{- toYaml $sources -}}
{{- end -}}

{{/* What the chart's own Secret holds, as YAML {key: value}. */}}
{{- define "clankerbot.ownSecrets" -}}
{{- $own := dict -}}
{{- range $name, $value := .Values.secrets }}{{- if $value }}{{- $_ := set $own (kebabcase $name) $value }}{{- end }}{{- end -}}
{{- if .Values.database.url }}{{- $_ := set $own "database-url" .Values.database.url }}{{- end -}}
{{- if .Values.redis.url }}{{- $_ := set $own "redis-url" .Values.redis.url }}{{- end -}}
{{- toYaml $own -}}
{{- end -}}

{{- define "clankerbot.secretName" -}}
{{- if eq .source "own" -}}{{ include "clankerbot.fullname" .root }}-secrets
{{- else if eq .source "existing" -}}{{ .root.Values.existingSecret }}
{{- else if eq .source "database" -}}{{ .root.Values.database.existingSecret }}
{{- else if eq .source "redis" -}}{{ .root.Values.redis.existingSecret }}
{{- else -}}{{ include "clankerbot.generatedSecretName" .root }}
{{- end -}}
{{- end -}}

{{/* The name of a key inside its Secret, which only the two URLs' own Secrets choose. */}}
{{- define "clankerbot.secretKey" -}}
{{- if eq .source "database" -}}{{ .root.Values.database.existingSecretKey }}
{{- else if eq .source "redis" -}}{{ .root.Values.redis.existingSecretKey }}
{{- else -}}{{ .key }}
{{- end -}}
{{- end -}}

{{/*
The volume with all secrets as files. A Secret of yours may be missing for Kubernetes: the service then says which file it
misses and starts again, where a pod that Kubernetes holds back has no log. Generated ones come in a moment: wait.
*/}}
{{- define "clankerbot.secretsVolume" -}}
{{- $sources := include "clankerbot.secretSources" . | fromYaml -}}
{{- $root := . -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $source := list "own" "existing" "database" "redis" "generated" }}
      {{- $keys := list }}
      {{- range $key, $from := $sources }}{{- if eq $from $source }}{{- $keys = append $keys $key }}{{- end }}{{- end }}
      {{- if $keys }}
      - secret:
          name: {{ include "clankerbot.secretName" (dict "root" $root "source" $source) }}
          {{- if has $source (list "existing" "database" "redis") }}
          optional: true
          {{- end }}
          items:
            {{- range $key := $keys }}
            - key: {{ include "clankerbot.secretKey" (dict "root" $root "source" $source "key" $key) }}
              path: {{ $key }}
            {{- end }}
      {{- end }}
      {{- end }}
{{- end -}}

{{- define "clankerbot.secretsEnv" -}}
{{- range $key, $source := include "clankerbot.secretSources" . | fromYaml }}
- name: {{ $key | upper | replace "-" "_" }}_FILE
  value: /run/secrets/clankerbot/{{ $key }}
{{- end }}
{{- end -}}
