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
{{- /* Not the schema's to say: it prints the value, password and all. */ -}}
{{- if and $v.database.url (not (regexMatch "^(postgres|postgresql)://" $v.database.url)) -}}
  {{- fail "database.url must begin with postgres:// or postgresql://" -}}
{{- end -}}
{{- if and $v.redis.url (not (regexMatch "^(redis|rediss)://" $v.redis.url)) -}}
  {{- fail "redis.url must begin with redis:// or rediss://" -}}
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
{{- include "clankerbot.validateScale" (dict "root" . "scale" $v "at" "") -}}
{{- if $v.worker.enabled -}}
  {{- include "clankerbot.validateScale" (dict "root" . "scale" $v.worker "at" "worker.") -}}
{{- end -}}
{{- end -}}

{{/* Of one kind of pods. {root, scale: where replicaCount and autoscaling are, at: what their names begin with} */}}
{{- define "clankerbot.validateScale" -}}
{{- $auto := .scale.autoscaling -}}
{{- $count := printf "%sreplicaCount" .at -}}
{{- if $auto.enabled -}}
  {{- $name := printf "%sautoscaling" .at -}}
  {{- $count = printf "%s.minReplicas" $name -}}
  {{- if gt (int $auto.minReplicas) (int $auto.maxReplicas) -}}
    {{- fail (printf "%s.minReplicas (%d) must not be more than %s.maxReplicas (%d)" $name (int $auto.minReplicas) $name (int $auto.maxReplicas)) -}}
  {{- end -}}
  {{- if not (or $auto.targetCPUUtilizationPercentage $auto.targetMemoryUtilizationPercentage) -}}
    {{- fail (printf "%s.enabled needs %s.targetCPUUtilizationPercentage or %s.targetMemoryUtilizationPercentage: without both Kubernetes goes by 80 %% of the CPU" $name $name $name) -}}
  {{- end -}}
{{- end -}}
{{- $budget := .root.Values.podDisruptionBudget -}}
{{- $pods := include "clankerbot.minPods" .scale | int -}}
{{- $kept := int $budget.minAvailable -}}
{{- if kindIs "string" $budget.minAvailable -}}
  {{- /* Kubernetes rounds up. */ -}}
  {{- $kept = div (add (mul (trimSuffix "%" $budget.minAvailable | int) $pods) 99) 100 | int -}}
{{- end -}}
{{- if and $budget.enabled (gt $pods 1) (ge $kept $pods) -}}
  {{- fail (printf "podDisruptionBudget.minAvailable (%v) must leave one of the %d pods of %s free to move, or their nodes can never be drained" $budget.minAvailable $pods $count) -}}
{{- end -}}
{{- end -}}
