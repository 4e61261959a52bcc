package main

import (
	"net"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/dns/dnsmessage"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/clientcmd"
)

const zone = "svc.cluster.local."

// resolver answers names of services with their cluster address, and names of headless services (and of their pods)
// with the addresses of the endpoints. Everything else does not exist: nothing outside is reachable here.
type resolver struct {
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
}

func newDNSCommand() *cobra.Command {
	var kubeconfig, listen string
	command := &cobra.Command{
		Use:          "dns",
		Short:        "Answers the names of services over UDP",
		SilenceUsage: true,
		RunE:         func(command *cobra.Command, _ []string) error { return serveDNS(kubeconfig, listen, command) },
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	command.Flags().StringVar(&listen, "listen", "", "address and port to answer on")
	return command
}

func serveDNS(kubeconfig, listen string, command *cobra.Command) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	names := resolver{
		services: factory.Core().V1().Services().Lister(),
		slices:   factory.Discovery().V1().EndpointSlices().Lister(),
	}
	stop := command.Context().Done()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	socket, err := net.ListenPacket("udp", listen)
	if err != nil {
		return err
	}
	packet := make([]byte, 4096)
	for {
		size, from, err := socket.ReadFrom(packet)
		if err != nil {
			return err
		}
		if answer := names.answer(packet[:size]); answer != nil {
			_, _ = socket.WriteTo(answer, from)
		}
	}
}

func (r resolver) answer(packet []byte) []byte {
	var query dnsmessage.Message
	if err := query.Unpack(packet); err != nil || len(query.Questions) != 1 {
		return nil
	}
	question := query.Questions[0]
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: query.ID, Response: true, Authoritative: true, RecursionDesired: query.RecursionDesired},
		Questions: query.Questions,
	}
	addresses, exists := r.lookup(strings.ToLower(question.Name.String()))
	if !exists {
		reply.RCode = dnsmessage.RCodeNameError
	}
	if question.Type == dnsmessage.TypeA {
		for _, address := range addresses {
			reply.Answers = append(reply.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 5},
				Body:   &dnsmessage.AResource{A: address.As4()},
			})
		}
	}
	packed, err := reply.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// lookup knows SERVICE.NAMESPACE.svc.cluster.local and, for headless services, POD.SERVICE.NAMESPACE.svc.cluster.local.
func (r resolver) lookup(name string) ([]netip.Addr, bool) {
	rest, inZone := strings.CutSuffix(name, "."+zone)
	parts := strings.Split(rest, ".")
	if !inZone || len(parts) < 2 || len(parts) > 3 {
		return nil, false
	}
	namespace, serviceName, hostname := parts[len(parts)-1], parts[len(parts)-2], ""
	if len(parts) == 3 {
		hostname = parts[0]
	}
	service, err := r.services.Services(namespace).Get(serviceName)
	if err != nil {
		return nil, false
	}
	if service.Spec.ClusterIP != corev1.ClusterIPNone {
		return parse(service.Spec.ClusterIP), hostname == ""
	}
	return r.endpoints(service, hostname), true
}

func (r resolver) endpoints(service *corev1.Service, hostname string) []netip.Addr {
	selector := labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service.Name})
	slices, err := r.slices.EndpointSlices(service.Namespace).List(selector)
	if err != nil {
		return nil
	}
	var found []netip.Addr
	for _, slice := range slices {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
			named := hostname == "" || endpoint.Hostname != nil && *endpoint.Hostname == hostname
			if named && (ready || service.Spec.PublishNotReadyAddresses) {
				found = append(found, parse(endpoint.Addresses...)...)
			}
		}
	}
	return found
}

func parse(texts ...string) []netip.Addr {
	var found []netip.Addr
	for _, text := range texts {
		if address, err := netip.ParseAddr(text); err == nil && address.Is4() {
			found = append(found, address)
		}
	}
	return found
}
