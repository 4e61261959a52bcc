# Sourced by inside.sh: starts etcd, the control plane, containerd and one node, each with its log in $log.
# shellcheck shell=bash disable=SC2154
address=10.0.0.1
kubeconfig=$directory/kubeconfig

start() { # NAME COMMAND…
  local name=$1
  shift
  "$@" >"$log/$name.log" 2>&1 &
  parts[$name]=$!
}

# until_true SECONDS WHAT COMMAND…: asks again until it is so.
until_true() {
  local seconds=$1 what=$2 deadline
  shift 2
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "after $seconds s still not: $what" >&2
      return 1
    fi
    sleep 0.5
  done
}

# Nothing of this leaves the name spaces: the directories below are the machine's own elsewhere.
isolate() {
  mount --make-rshared /
  local place
  for place in /run /var/lib/cni /var/log/containers /etc/cni; do
    mkdir -p "$place" && mount -t tmpfs tmpfs "$place"
  done
  ip link set lo up
  ip link add node0 type veth peer name node0-end
  ip link set node0-end up
  ip address add "$address/24" dev node0
  ip link set node0 up
  ip route add default via 10.0.0.254
  sysctl -qw net.ipv4.ip_forward=1
  hostname node-1
}

write_credentials() {
  local keys=$directory/keys
  mkdir -p "$keys"
  openssl genrsa -out "$keys/accounts.key" 2048 2>/dev/null
  openssl rsa -in "$keys/accounts.key" -pubout -out "$keys/accounts.pub" 2>/dev/null
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kubernetes -keyout "$keys/server.key" -out "$keys/server.crt" \
    -addext "subjectAltName=DNS:kubernetes.default.svc,DNS:kubernetes.default,DNS:kubernetes,DNS:localhost,IP:127.0.0.1,IP:$address,IP:10.96.0.1" \
    2>/dev/null
  local token
  token=$(openssl rand -hex 24)
  echo "$token,admin,admin,system:masters" >"$keys/tokens.csv"
  cat >"$kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: test
contexts: [{ name: test, context: { cluster: test, user: admin } }]
clusters: [{ name: test, cluster: { server: 'https://$address:6443', certificate-authority: $keys/server.crt } }]
users: [{ name: admin, user: { token: $token } }]
YAML
}

start_control_plane() {
  local keys=$directory/keys
  start etcd etcd --data-dir "$directory/etcd" --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync
  # What was refused, and what was warned of, is read from here at the end.
  cat >"$directory/audit.yaml" <<'YAML'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    verbs: [create, update, patch]
  - level: None
YAML
  start kube-apiserver "$PLANE" kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 \
    --advertise-address="$address" --tls-cert-file="$keys/server.crt" --tls-private-key-file="$keys/server.key" \
    --token-auth-file="$keys/tokens.csv" --authorization-mode=Node,RBAC --service-cluster-ip-range=10.96.0.0/16 \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$keys/accounts.pub" \
    --service-account-signing-key-file="$keys/accounts.key" --kubelet-preferred-address-types=InternalIP \
    --audit-policy-file="$directory/audit.yaml" --audit-log-path="$log/audit.jsonl"
  until_true 120 'the API server answers' kubectl get --raw /readyz
  start kube-controller-manager "$PLANE" kube-controller-manager --kubeconfig="$kubeconfig" --leader-elect=false \
    --service-account-private-key-file="$keys/accounts.key" --root-ca-file="$keys/server.crt" \
    --use-service-account-credentials --horizontal-pod-autoscaler-sync-period=5s
  start kube-scheduler "$PLANE" kube-scheduler --kubeconfig="$kubeconfig" --leader-elect=false
}

start_node() {
  mkdir -p "$directory/cni"
  cat >"$directory/cni/10-pods.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$directory/cni-addresses", "ranges": [[{"subnet": "10.244.0.0/16"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  cat >"$directory/containerd.toml" <<TOML
version = 2
root = "$directory/containerd"
state = "/run/containerd-state"
[grpc]
  address = "/run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "clankerbot.test/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "$directory/cni"
TOML
  start containerd containerd --config "$directory/containerd.toml"
  until_true 30 'containerd answers' ctr_ version
  cat >"$directory/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $address
containerRuntimeEndpoint: unix:///run/containerd.sock
clusterDNS: [10.0.0.53]
clusterDomain: cluster.local
resolvConf: /dev/null
authentication: { anonymous: { enabled: true }, webhook: { enabled: false } }
authorization: { mode: AlwaysAllow }
podLogsDir: $log/pods
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
cgroupRoot: $CLUSTER_GROUP
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: { memory.available: 50Mi }
maxPods: 60
YAML
  start kubelet "$PLANE" kubelet --config="$directory/kubelet.yaml" --kubeconfig="$kubeconfig" --node-ip="$address" \
    --root-dir="$directory/kubelet" --cert-dir="$directory/kubelet-certificates" \
    --node-labels=topology.kubernetes.io/zone=here
  cat >"$directory/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clusterCIDR: 10.244.0.0/16
clientConnection: { kubeconfig: $kubeconfig }
conntrack: { maxPerCore: 0 }
YAML
  start kube-proxy "$PLANE" kube-proxy --config="$directory/proxy.yaml"
  ip address add 10.0.0.53/32 dev node0
  start dns "$PLANE" dns --kubeconfig="$kubeconfig" --listen=10.0.0.53:53
  start policies "$PLANE" policies --kubeconfig="$kubeconfig"
  until_true 60 'the node is ready' node_is_ready
}

node_is_ready() { [ "$(kubectl get node node-1 -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]; }
ctr_() { ctr --address /run/containerd.sock --namespace k8s.io "$@"; }

# Volumes as an administrator of a small cluster provides them: directories of the node.
provide_volumes() {
  local number
  {
    echo 'apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: local, annotations: { storageclass.kubernetes.io/is-default-class: "true" } }
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer'
    for number in $(seq 8); do
      mkdir -p "$directory/volumes/$number"
      echo "---
apiVersion: v1
kind: PersistentVolume
metadata: { name: volume-$number }
spec:
  storageClassName: local
  capacity: { storage: 20Gi }
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  local: { path: $directory/volumes/$number }
  nodeAffinity:
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: kubernetes.io/hostname, operator: In, values: [node-1] }] }] }"
    done
  } | kubectl apply -f - >/dev/null
}

# The images of this checkout under every name that the manifests and the chart use.
import_images() {
  local name imported
  for name in pause clankerbot clankerbot-broken postgres curl; do
    imported=$(ctr_ images import --base-name "import/$name" --digests "$CLUSTER_IMAGES/$name.tar" 2>&1 |
      sed -n 's/^unpacking \(.*\) (.*/\1/p' | head -n 1)
    images[$name]=$imported
  done
  ctr_ images tag "${images[pause]}" clankerbot.test/pause:1 >/dev/null
}

# provide IMAGE: makes the name known; fails for one that nothing here stands in for.
provide() {
  local wanted=$1 name=$1 part
  part=${name%%[:@]*}
  case ${part##*/} in
    clankerbot) [[ $name == *:broken ]] && part=clankerbot-broken || part=clankerbot ;;
    postgres | curl) part=${part##*/} ;;
    *) echo "nothing stands in for the image $wanted" >&2 && return 1 ;;
  esac
  # As the kubelet completes names.
  [[ $name == */* ]] || name=library/$name
  [[ ${name%%/*} == *.* ]] || name=docker.io/$name
  [[ ${name##*/} == *:* ]] || name=$name:latest
  ctr_ images tag --force "${images[$part]}" "$name" >/dev/null
}

# The stand-in for Clockify from the image, which listens on loopback, behind a relay that does not.
start_clockify() {
  kubectl create namespace upstream >/dev/null
  kubectl apply -n upstream -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: clockify, labels: { app: clockify } }
spec:
  containers:
    - name: clockify
      image: clankerbot:0.1.0
      # A port that network policies let through.
      securityContext: { runAsUser: 0 }
      command: [node, --input-type=module, --eval]
      args:
        - |
          import { connect, createServer } from 'node:net';
          import { ClockifySandbox } from '/app/dist/clockify-sandbox/clockify-sandbox.js';
          await new ClockifySandbox({ apiKey: 'your_clockify_api_key' }).start(8900);
          createServer((client) => {
            const server = connect(8900, '127.0.0.1');
            client.pipe(server).pipe(client);
            for (const end of [client, server]) end.on('error', () => (client.destroy(), server.destroy()));
          }).listen(443);
---
apiVersion: v1
kind: Service
metadata: { name: clockify }
spec: { selector: { app: clockify }, ports: [{ port: 443 }] }
YAML
}
