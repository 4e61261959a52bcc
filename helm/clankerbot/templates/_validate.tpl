{{/* What the schema cannot say, or not in words. */}}
{{- define "clankerbot.validate" -}}
{{- $v := .Values -}}
{{- if $v.database.embedded -}}
  {{- if or (gt (int $v.replicaCount) 1) $v.autoscaling.enabled $v.worker.enabled -}}
    {{- fail "database.embedded is one process's database: it goes with replicaCount 1, without autoscaling and without worker" -}}
  {{- end -}}
  {{- if or $v.database.url $v.database.existingSecret -}}
    {{- fail "database.embedded and database.url or database.existingSecret exclude each other: keep one" -}}
  {{- end -}}
{{- end -}}
{{- if and $v.database.url $v.database.existingSecret -}}
  {{- fail "database.url and database.existingSecret are both set: keep one" -}}
{{- end -}}
{{- if and $v.redis.url $v.redis.existingSecret -}}
  {{- fail "redis.url and redis.existingSecret are both set: keep one" -}}
{{- end -}}
{{- if $v.existingSecret -}}
  {{- range $name, $value := $v.secrets -}}
    {{- if $value }}{{- fail (printf "existingSecret and secrets.%s are both set: keep one" $name) -}}{{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
  {{- fail "ingress.enabled needs ingress.hosts, such as [{host: clankerbot.example.com, paths: [{path: /, pathType: Prefix}]}]" -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
  {{- fail "httpRoute.enabled needs httpRoute.parentRefs, such as [{name: my-gateway}]" -}}
{{- end -}}
{{- $stop := include "clankerbot.terminationGracePeriodSeconds" . | int -}}
{{- $needed := add (int $v.preStopSeconds) (int $v.config.shutdownGraceSeconds) 3 | int -}}
{{- if le $stop $needed -}}
  {{- fail (printf "terminationGracePeriodSeconds (%d) must be more than preStopSeconds + config.shutdownGraceSeconds + 3 (%d), or pods are killed while they finish their work" $stop $needed) -}}
{{- end -}}
{{- end -}}
