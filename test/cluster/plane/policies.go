package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// enforcer writes the network policies of all name spaces as one nftables table: for every pod that a policy selects a
// chain that returns for what is allowed and ends with a drop. Answers of what was allowed pass, and so does the node.
type enforcer struct {
	pods       corelisters.PodLister
	namespaces corelisters.NamespaceLister
	policies   networkinglisters.NetworkPolicyLister
}

// direction is one of the two ways that a policy looks: whose address counts as the pod's own, and whose as its peer's.
type direction struct {
	kind      networkingv1.PolicyType
	own, peer string
}

var (
	inbound  = direction{networkingv1.PolicyTypeIngress, "daddr", "saddr"}
	outbound = direction{networkingv1.PolicyTypeEgress, "saddr", "daddr"}
)

func newPoliciesCommand() *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{
		Use:          "policies",
		Short:        "Enforces network policies between pods by nftables",
		SilenceUsage: true,
		RunE:         func(command *cobra.Command, _ []string) error { return enforce(command.Context(), kubeconfig) },
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	return command
}

func enforce(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	rules := enforcer{
		pods:       factory.Core().V1().Pods().Lister(),
		namespaces: factory.Core().V1().Namespaces().Lister(),
		policies:   factory.Networking().V1().NetworkPolicies().Lister(),
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	inForce := ""
	for ctx.Err() == nil {
		if wanted := rules.table(); wanted != inForce {
			load := exec.CommandContext(ctx, "nft", "-f", "-")
			load.Stdin, load.Stderr = strings.NewReader(wanted), os.Stderr
			if err := load.Run(); err != nil {
				return fmt.Errorf("%w:\n%s", err, wanted)
			}
			inForce = wanted
		}
		time.Sleep(200 * time.Millisecond)
	}
	return nil
}

func (e enforcer) table() string {
	var jumps, chains strings.Builder
	for _, pod := range e.addressable(labels.Everything(), "") {
		for _, way := range []direction{inbound, outbound} {
			policies := e.selecting(pod, way)
			if len(policies) == 0 {
				continue
			}
			chain := strings.NewReplacer(".", "_").Replace(fmt.Sprintf("%s_%s", way.own, pod.Status.PodIP))
			fmt.Fprintf(&jumps, "    ip %s %s jump %s\n", way.own, pod.Status.PodIP, chain)
			fmt.Fprintf(&chains, "  chain %s {\n", chain)
			for _, policy := range policies {
				for _, rule := range e.allowed(pod, policy, way) {
					fmt.Fprintf(&chains, "    %s return\n", rule)
				}
			}
			chains.WriteString("    drop\n  }\n")
		}
	}
	hook := "  chain %s {\n    type filter hook %s priority 0; policy accept;\n    ct state established,related accept\n%s  }\n"
	return "table ip policies\ndelete table ip policies\ntable ip policies {\n" + chains.String() +
		fmt.Sprintf(hook, "between-pods", "forward", jumps.String()) +
		fmt.Sprintf(hook, "to-the-node", "input", jumps.String()) + "}\n"
}

// addressable answers the pods with an address of their own, of one name space or of all, in a steady order.
func (e enforcer) addressable(selector labels.Selector, namespace string) []*corev1.Pod {
	all, _ := e.pods.List(selector)
	var found []*corev1.Pod
	for _, pod := range all {
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended && (namespace == "" || pod.Namespace == namespace) {
			found = append(found, pod)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Status.PodIP < found[j].Status.PodIP })
	return found
}

func (e enforcer) selecting(pod *corev1.Pod, way direction) []*networkingv1.NetworkPolicy {
	all, _ := e.policies.NetworkPolicies(pod.Namespace).List(labels.Everything())
	var found []*networkingv1.NetworkPolicy
	for _, policy := range all {
		looks := false
		for _, kind := range policy.Spec.PolicyTypes {
			looks = looks || kind == way.kind
		}
		if looks && matches(&policy.Spec.PodSelector, pod.Labels) {
			found = append(found, policy)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// allowed answers what one policy lets through for one pod, as matches of nftables.
func (e enforcer) allowed(pod *corev1.Pod, policy *networkingv1.NetworkPolicy, way direction) []string {
	var found []string
	add := func(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
		for _, other := range e.peers(policy.Namespace, peers, way) {
			receiver := pod
			if way == outbound {
				receiver = other.pod
			}
			for _, port := range portMatches(ports, receiver) {
				if rule := strings.TrimSpace(other.match + " " + port); rule != "" {
					found = append(found, rule)
				} else {
					found = append(found, "meta l4proto { tcp, udp, sctp, icmp }")
				}
			}
		}
	}
	if way == inbound {
		for _, rule := range policy.Spec.Ingress {
			add(rule.From, rule.Ports)
		}
	} else {
		for _, rule := range policy.Spec.Egress {
			add(rule.To, rule.Ports)
		}
	}
	return found
}

// peer is who may connect, or be connected to: a pod, or addresses.
type peer struct {
	match string
	pod   *corev1.Pod
}

func (e enforcer) peers(namespace string, peers []networkingv1.NetworkPolicyPeer, way direction) []peer {
	if len(peers) == 0 {
		return []peer{{}}
	}
	var found []peer
	for _, allowed := range peers {
		if block := allowed.IPBlock; block != nil {
			match := fmt.Sprintf("ip %s %s", way.peer, block.CIDR)
			if len(block.Except) > 0 {
				match += fmt.Sprintf(" ip %s != { %s }", way.peer, strings.Join(block.Except, ", "))
			}
			found = append(found, peer{match: match})
			continue
		}
		selector := labels.Everything()
		if allowed.PodSelector != nil {
			selector, _ = metav1.LabelSelectorAsSelector(allowed.PodSelector)
		}
		for _, name := range e.namespacesOf(namespace, allowed.NamespaceSelector) {
			for _, pod := range e.addressable(selector, name) {
				found = append(found, peer{fmt.Sprintf("ip %s %s", way.peer, pod.Status.PodIP), pod})
			}
		}
	}
	return found
}

func (e enforcer) namespacesOf(own string, selector *metav1.LabelSelector) []string {
	if selector == nil {
		return []string{own}
	}
	all, _ := e.namespaces.List(labels.Everything())
	var found []string
	for _, namespace := range all {
		if matches(selector, namespace.Labels) {
			found = append(found, namespace.Name)
		}
	}
	sort.Strings(found)
	return found
}

// portMatches looks a port's name up in the pod that listens; where that is any address, a name allows nothing.
func portMatches(ports []networkingv1.NetworkPolicyPort, receiver *corev1.Pod) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var found []string
	for _, port := range ports {
		protocol := "tcp"
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		switch {
		case port.Port == nil:
			found = append(found, "meta l4proto "+protocol)
		case port.Port.Type == intstr.String:
			found = append(found, namedPort(protocol, port.Port.StrVal, receiver)...)
		case port.EndPort != nil:
			found = append(found, fmt.Sprintf("%s dport %d-%d", protocol, port.Port.IntVal, *port.EndPort))
		default:
			found = append(found, fmt.Sprintf("%s dport %d", protocol, port.Port.IntVal))
		}
	}
	return found
}

func namedPort(protocol, name string, receiver *corev1.Pod) []string {
	var found []string
	if receiver != nil {
		for _, container := range receiver.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == name {
					found = append(found, fmt.Sprintf("%s dport %d", protocol, port.ContainerPort))
				}
			}
		}
	}
	return found
}

func matches(selector *metav1.LabelSelector, of map[string]string) bool {
	asSelector, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && asSelector.Matches(labels.Set(of))
}
