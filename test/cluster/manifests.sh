# Sourced by inside.sh: k8s/, installed and used as the runbook says.
# shellcheck shell=bash disable=SC2154,SC2016

install_manifests() {
  works 'kubectl create secret generic clankerbot-secrets --from-literal=clockify-api-key=your_clockify_api_key --from-literal=deepseek-api-key=your_deepseek_api_key --from-literal=webhook-shared-secret=$(openssl rand -hex 32) -n clankerbot'
  works 'kubectl apply -f k8s/ -n clankerbot'
  works 'kubectl rollout status deployment/clankerbot -n clankerbot --timeout=180s'
  becomes 120 '2 pods of app=clankerbot run, 1/1 ready' 'ready_pods app=clankerbot 2'
  becomes 60 'the jobs clankerbot-setup and clankerbot-migrate are complete' \
    'kubectl wait --for=condition=complete job/clankerbot-setup job/clankerbot-migrate -n clankerbot --timeout=1s'
}

check_manifests() {
  section 'k8s/: install'
  works "diff <(kubectl create --dry-run=client -f k8s/setup-job.yaml -o json | jq -sr '.[] | select(.data).data[\"make-first-secrets.mjs\"]') <(cat helm/clankerbot/scripts/make-first-secrets.mjs; echo) # k8s/ and the chart make their first secrets alike"
  new_namespace clankerbot
  install_manifests
  works 'kubectl get all -n clankerbot' 'service/clankerbot +ClusterIP'
  works 'kubectl get pods -n clankerbot' '1/1 +Running'
  follows 'kubectl logs -f deployment/clankerbot -n clankerbot' '"Ready"'
  follows 'kubectl logs -f -l app=clankerbot -n clankerbot' 'Listening|request'
  works 'kubectl logs --tail=100 deployment/clankerbot -n clankerbot' '"Listening"'
  works 'kubectl describe pod -l app=clankerbot -n clankerbot | grep -E "Liveness|Readiness"' readyz
  works 'kubectl get events -n clankerbot'
  works 'kubectl get svc clankerbot -n clankerbot && kubectl describe svc clankerbot -n clankerbot' 'Port: +http +8000/TCP'
  works 'kubectl get endpoints clankerbot -n clankerbot' ':8000,.*:8000'
  works 'kubectl apply -f k8s/ -n clankerbot' 'deployment.apps/clankerbot unchanged'
  works 'kubectl apply -k k8s/ -n clankerbot' 'deployment.apps/clankerbot unchanged'

  section 'k8s/: what runs'
  works 'kubectl exec deployment/clankerbot -n clankerbot -- id' 'uid=1000.clankerbot.'
  refused 'kubectl exec deployment/clankerbot -n clankerbot -- touch /app/x' 'Read-only file system'
  works 'kubectl exec -i deployment/clankerbot -n clankerbot -- curl -sS http://localhost:8000/healthz' '"healthy"'
  works 'kubectl exec -i deployment/clankerbot -n clankerbot -- curl -sS http://localhost:8000/readyz' '"ready":true'
  works 'kubectl run -i --rm debug --image=curlimages/curl --image-pull-policy=IfNotPresent --restart=Never -- sh -c "sleep 2; curl -sS http://clankerbot.clankerbot.svc.cluster.local:8000/healthz"' '"healthy"'
  refused 'kubectl exec deployment/clankerbot -n clankerbot -- ls /var/run/secrets/kubernetes.io' "No such file"
  works 'kubectl exec deployment/clankerbot -n clankerbot -- node dist/commands/backup.js - >"$directory/backup.gz" && gzip -t "$directory/backup.gz"'

  unreachable clankerbot-postgresql 5432

  section 'k8s/: configuration and secrets'
  works 'KUBE_EDITOR="sed -i /_MINUTE:/s/60/6000/" kubectl edit configmap clankerbot-config -n clankerbot' edited
  # Clockify is out of reach here, so its stand-in takes its place.
  works 'kubectl patch configmap clankerbot-config -n clankerbot -p "{\"data\":{\"CLOCKIFY_BASE_URL\":\"http://clockify.upstream:443/api\"}}"'
  serving clankerbot 'kubectl rollout restart deployment/clankerbot -n clankerbot && kubectl rollout status deployment/clankerbot -n clankerbot --timeout=180s'
  works 'kubectl exec deployment/clankerbot -n clankerbot -- printenv RATE_LIMIT_PER_MINUTE' 6000
  works 'kubectl get configmap clankerbot-config -n clankerbot -o yaml && kubectl get secret clankerbot-secrets -n clankerbot -o yaml' webhook-shared-secret
  works 'CLANKERBOT_API_KEY=$(secret_of clankerbot-generated api-key) CLANKERBOT_WEBHOOK_SECRET=$(secret_of clankerbot-secrets webhook-shared-secret) through_port scripts/smoke.sh http://localhost:8000' 'all is well'
  works 'kubectl create secret generic clankerbot-secrets --from-literal=clockify-api-key=your_clockify_api_key --from-literal=deepseek-api-key=your_deepseek_key --from-literal=webhook-shared-secret=another_secret --dry-run=client -o yaml | kubectl apply -f - -n clankerbot'
  serving clankerbot 'kubectl rollout restart deployment/clankerbot -n clankerbot && kubectl rollout status deployment/clankerbot -n clankerbot --timeout=180s'
  works 'through_port deliver another_secret' '"duplicate":false'
  works 'through_port deliver the_old_one' '"unauthorized"'
  works 'through_port deliver another_secret test_before' '"duplicate":false'

  section 'k8s/: scale, ingress, autoscaler'
  works 'kubectl scale deployment/clankerbot --replicas=5 -n clankerbot'
  becomes 120 '5 pods are ready' 'ready_pods app=clankerbot 5'
  works 'kubectl scale deployment/clankerbot --replicas=2 -n clankerbot'
  becomes 90 '2 pods are left' 'ready_pods app=clankerbot 2'
  works 'sed s/clankerbot.example.com/bot.example.org/ k8s/ingress.yaml | kubectl apply -n clankerbot -f -' configured
  works 'kubectl get ingress -n clankerbot && kubectl describe ingress clankerbot -n clankerbot' 'bot.example.org'
  works 'kubectl get hpa -n clankerbot && kubectl describe hpa clankerbot -n clankerbot' 'Min replicas: +2'
  works 'kubectl get pdb clankerbot-pdb -n clankerbot -o jsonpath={.status.disruptionsAllowed}' '^1$'
}

# What is wrong must not reach the pods that serve.
check_bad_input() {
  section 'k8s/: bad input'
  works 'kubectl patch secret clankerbot-secrets -n clankerbot --type=json -p "[{\"op\":\"remove\",\"path\":\"/data/webhook-shared-secret\"}]"'
  kubectl rollout restart deployment/clankerbot -n clankerbot >/dev/null
  becomes 60 'without its webhook secret a pod is not ready, and its log names it' 'log_of_unready app=clankerbot webhook-shared-secret'
  serving clankerbot 'sleep 5'
  works 'kubectl patch secret clankerbot-secrets -n clankerbot -p "{\"stringData\":{\"webhook-shared-secret\":\"another_secret\",\"database-url\":\"postgres://clankerbot:x@nowhere.example:5432/clankerbot\"}}"'
  kubectl rollout restart deployment/clankerbot -n clankerbot >/dev/null
  becomes 60 'with a wrong database URL a pod is not ready, and its log says that the database is not there' 'log_of_unready app=clankerbot "nowhere.example"'
  serving clankerbot 'sleep 5'
  works 'kubectl patch secret clankerbot-secrets -n clankerbot --type=json -p "[{\"op\":\"remove\",\"path\":\"/data/database-url\"}]"'
  serving clankerbot 'kubectl rollout restart deployment/clankerbot -n clankerbot && kubectl rollout status deployment/clankerbot -n clankerbot --timeout=180s'

  section 'k8s/: a release whose migration fails'
  works 'kubectl delete job clankerbot-migrate -n clankerbot --ignore-not-found'
  works 'sed s/clankerbot:0.1.0/clankerbot:broken/ k8s/migration-job.yaml | kubectl apply -n clankerbot -f -'
  becomes 90 'the migration job fails, and its log says why' 'kubectl logs job/clankerbot-migrate -n clankerbot | grep "fails on purpose"'
  works 'kubectl set image deployment/clankerbot clankerbot=clankerbot:broken -n clankerbot'
  becomes 60 'a pod of that release is not ready, and its log says why' 'log_of_unready app=clankerbot "fails on purpose"'
  serving clankerbot 'kubectl rollout undo deployment/clankerbot -n clankerbot && kubectl rollout status deployment/clankerbot -n clankerbot --timeout=180s && sleep 3'
  becomes 60 'the 2 pods of before are all there is' 'ready_pods app=clankerbot 2'

  section 'k8s/: remove'
  works 'kubectl delete -f k8s/ -n clankerbot'

  section 'from k8s/ to the chart'
  stored=$(kubectl get persistentvolumeclaim data-clankerbot-postgresql-0 -n clankerbot -o 'jsonpath={.spec.volumeName}')
  works 'helm install clankerbot ./helm/clankerbot -n clankerbot --set existingSecret=clankerbot-secrets --set config.clockifyBaseUrl=http://clockify.upstream:443/api --wait --timeout 240s'
  works '[ "$stored" = "$(kubectl get persistentvolumeclaim data-clankerbot-postgresql-0 -n clankerbot -o jsonpath={.spec.volumeName})" ] # the same volume'
  works 'through_port events_of "$(secret_of clankerbot-generated api-key)"' '"workspaceId":"ws123"'
  works 'helm uninstall clankerbot -n clankerbot'
  works 'kubectl delete secret clankerbot-secrets -n clankerbot'
  drop_namespace
}

deliver() { # SECRET [EVENT ID]
  curl -sS -X POST http://localhost:8000/webhooks/clockify -H 'Content-Type: application/json' -H "X-Webhook-Secret: $1" \
    -H "X-Clockify-Event-Id: ${2:-test_$RANDOM}" -d '{"id": "test", "workspaceId": "ws123", "userId": "user123"}'
}
events_of() { # KEY
  curl -sS -H "Authorization: Bearer $1" 'http://localhost:8000/events?limit=100'
}
through_port() { # COMMAND…: with the service on port 8000 of this machine
  local forwarding outcome=0
  kubectl port-forward -n "$namespace" svc/clankerbot 8000:8000 >"$log/port-forward.log" 2>&1 &
  forwarding=$!
  until_true 10 'the port is forwarded' curl -s -o /dev/null http://localhost:8000/healthz
  "$@" || outcome=$?
  kill "$forwarding"
  wait "$forwarding" 2>/dev/null
  return "$outcome"
}
