# Sourced by inside.sh: the chart, by helm's own commands.
# shellcheck shell=bash disable=SC2154,SC2016
chart=helm/clankerbot

rolled_out() { # NUMBER
  works "kubectl rollout status deployment/clankerbot -n $namespace --timeout=180s"
  becomes 90 "$1 pods of app=clankerbot are ready" "ready_pods app=clankerbot $1"
}

check_chart() {
  section 'chart: default values, and the commands of the runbook'
  new_namespace clankerbot-chart
  works "helm install clankerbot ./$chart -n $namespace --set secrets.clockifyApiKey=your_clockify_api_key --set secrets.deepseekApiKey=your_deepseek_key --set secrets.webhookSharedSecret=\$(openssl rand -hex 32) --set config.clockifyBaseUrl=http://clockify.upstream:443/api --set image.tag=latest --timeout 180s" 'STATUS: deployed'
  rolled_out 2
  works "helm status clankerbot -n $namespace" 'STATUS: deployed'
  works "helm test clankerbot -n $namespace --logs --timeout 120s" 'all is well'
  serving clankerbot "helm upgrade clankerbot ./$chart --reuse-values --set image.tag=0.2.1 -n $namespace --wait --timeout 240s"
  works "kubectl get deployment clankerbot -n $namespace -o jsonpath={..image}" 'clankerbot:0.2.1'
  works "helm upgrade clankerbot ./$chart --reuse-values --set config.rateLimitPerMinute=200 -n $namespace --wait --timeout 240s"
  works "kubectl exec deployment/clankerbot -n $namespace -- printenv RATE_LIMIT_PER_MINUTE" 200
  works "helm upgrade clankerbot ./$chart --reuse-values --set autoscaling.enabled=true --set autoscaling.minReplicas=2 --set autoscaling.maxReplicas=10 -n $namespace --wait --timeout 240s"
  works "kubectl get hpa -n $namespace && kubectl describe hpa clankerbot -n $namespace" 'Min replicas: +2'
  works "helm history clankerbot -n $namespace" 'superseded'
  serving clankerbot "helm rollback clankerbot -n $namespace --wait --timeout 240s"
  works "helm rollback clankerbot 2 -n $namespace --wait --timeout 240s"
  works "kubectl exec deployment/clankerbot -n $namespace -- printenv RATE_LIMIT_PER_MINUTE" 60
  works "helm upgrade clankerbot ./$chart --set image.tag=0.2.1 --force -n $namespace --wait --timeout 240s"
  works "helm get values clankerbot -n $namespace && helm get values clankerbot -n $namespace --all" replicaCount
  works "helm test clankerbot -n $namespace --timeout 120s"
  works "helm upgrade clankerbot ./$chart --reuse-values --set networkPolicy.enabled=true --set secrets.clockifyApiKey=your_clockify_api_key --set secrets.webhookSharedSecret=third_secret --set config.clockifyBaseUrl=http://clockify.upstream:443/api -n $namespace --wait --timeout 240s"
  # Helm waits for the new pods, not for the end of the old ones, which have other secrets.
  works "kubectl rollout status deployment/clankerbot -n $namespace --timeout=180s"
  works "helm test clankerbot -n $namespace --logs --timeout 120s" 'all is well'
  unreachable clankerbot-postgresql 5432
  before=$(secret_of clankerbot-generated api-key)
  works "helm uninstall clankerbot -n $namespace"
  becomes 90 'all pods are gone' "[ -z \"\$(kubectl get pods -n $namespace -l app=clankerbot -o name)\" ]"
  works "helm install clankerbot ./$chart -n $namespace --set networkPolicy.enabled=true --set secrets.clockifyApiKey=your_clockify_api_key --set config.clockifyBaseUrl=http://clockify.upstream:443/api --wait --timeout 240s"
  works '[ -n "$before" ] && [ "$before" = "$(secret_of clankerbot-generated api-key)" ] # installed again: the same first key, the same data'
  works "helm test clankerbot -n $namespace --timeout 120s"
  works "helm uninstall clankerbot -n $namespace"
  drop_namespace
}

check_production() {
  section "chart: the runbook's production-values.yaml, unchanged"
  kubectl label node node-1 workload=api >/dev/null
  new_namespace clankerbot-production
  works "helm install clankerbot ./$chart -f $chart/ci/production-values.yaml -n $namespace --timeout 180s" 'STATUS: deployed'
  works "helm status clankerbot -n $namespace" 'STATUS: deployed'
  works "kubectl rollout status deployment/clankerbot -n $namespace --timeout=180s"
  becomes 90 'at least 2 pods are ready, on the node with workload=api' "ready_pods app=clankerbot 2 || ready_pods app=clankerbot 3"
  works "kubectl get ingress,hpa,pdb -n $namespace" 'clankerbot.example.com'
  works "helm upgrade clankerbot ./$chart -f $chart/ci/production-values.yaml -n $namespace --wait --timeout 240s"
  works "helm uninstall clankerbot -n $namespace"
  drop_namespace
}

check_embedded() {
  section 'chart: the embedded Postgres on a volume'
  new_namespace clankerbot-embedded
  local values="-f $chart/ci/embedded-values.yaml --set config.clockifyBaseUrl=http://clockify.upstream:443/api --set secrets.clockifyApiKey=your_clockify_api_key --set secrets.webhookSharedSecret=embedded_secret"
  works "helm install clankerbot ./$chart $values -n $namespace --wait --timeout 180s" 'STATUS: deployed'
  rolled_out 1
  works "helm test clankerbot -n $namespace --logs --timeout 120s" 'all is well'
  works "helm upgrade clankerbot ./$chart $values --set config.rateLimitPerMinute=77 -n $namespace --wait --timeout 240s"
  becomes 60 'the volume has passed to the new pod' 'ready_pods app=clankerbot 1'
  works "kubectl exec deployment/clankerbot -n $namespace -- printenv RATE_LIMIT_PER_MINUTE" 77
  refused "helm upgrade clankerbot ./$chart $values --set replicaCount=2 -n $namespace" 'replicaCount'
  refused "helm upgrade clankerbot ./$chart $values --set replicaCuont=2 -n $namespace" 'replicaCuont'
  works "helm uninstall clankerbot -n $namespace"
  drop_namespace
}

# A database of the operator's, for which the chart has its migration job: it must stop what would break.
check_failures() {
  section 'chart: a release whose migration fails, with a database of yours'
  new_namespace clankerbot-failures
  kubectl create namespace database >/dev/null
  kubectl create secret generic clankerbot-generated -n database --from-literal=postgres-password=abc >/dev/null
  works "kubectl apply -n database -f k8s/access.yaml -f k8s/postgres.yaml"
  works "kubectl rollout status statefulset/clankerbot-postgresql -n database --timeout=120s"
  local values="--set database.url=postgres://clankerbot:abc@clankerbot-postgresql.database:5432/clankerbot --set secrets.webhookSharedSecret=some_secret --set networkPolicy.enabled=true"
  works "helm install clankerbot ./$chart $values -n $namespace --wait --timeout 240s" 'STATUS: deployed'
  rolled_out 2
  serving clankerbot "! helm upgrade clankerbot ./$chart $values --set image.tag=broken -n $namespace --timeout 240s --set migration.backoffLimit=0"
  works "kubectl logs job/clankerbot-migration -n $namespace" 'fails on purpose'
  works "kubectl get deployment clankerbot -n $namespace -o jsonpath={..image}" ':0.1.0$'
  works "ready_pods app=clankerbot 2"
  works "helm history clankerbot -n $namespace" 'failed'
  serving clankerbot "helm upgrade clankerbot ./$chart $values -n $namespace --wait --timeout 240s"
  works "helm uninstall clankerbot -n $namespace"
  kubectl delete namespace database >/dev/null
  drop_namespace
}

# Every example of the chart, as the API server itself sees it.
check_examples() {
  section 'chart: every example, validated by the API server'
  local file
  new_namespace clankerbot-examples
  for file in "$KUBERNETES_SCHEMAS"/definitions/*.yaml; do kubectl create -f "$file" >/dev/null; done
  # What everything-values.yaml takes for granted. Of a Deployment nobody asks for it, of the pod of the test it is asked.
  kubectl create priorityclass important --value=1000 >/dev/null
  kubectl create -f - >/dev/null <<<'{"apiVersion":"node.k8s.io/v1","kind":"RuntimeClass","metadata":{"name":"gvisor"},"handler":"runsc"}'
  for file in "$chart"/ci/*-values.yaml; do
    works "helm template clankerbot ./$chart -f $file -n $namespace --api-versions monitoring.coreos.com/v1 --api-versions gateway.networking.k8s.io/v1 | kubectl create --dry-run=server -n $namespace -f -"
  done
  kubectl delete priorityclass/important runtimeclass/gvisor >/dev/null
  drop_namespace
}
