// Answers by Argo CD's own code what tests ask of its settings: the health of objects, the reach of projects.
//
//	argocd-rules health CONFIGMAP < objects    one JSON object a line; prints ["status","message"], or null
//	argocd-rules reach PROJECT < destinations  {"name":…,"server":…,"namespace":…} a line; prints true or false
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
)

const namespace = "argocd"

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string, into any) {
	data, err := os.ReadFile(path)
	must(err)
	must(yaml.Unmarshal(data, into))
}

// overrides are the customizations of argocd-cm, as the application controller reads them.
func overrides(path string) lua.ResourceHealthOverrides {
	config := &corev1.ConfigMap{}
	read(path, config)
	config.Namespace = namespace
	key := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name: "argocd-secret", Namespace: namespace, Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
		},
		Data: map[string][]byte{"server.secretkey": []byte("x")},
	}
	manager := settings.NewSettingsManager(context.Background(), fake.NewClientset(config, key), namespace)
	found, err := manager.GetResourceOverrides()
	must(err)
	return found
}

func health(checks lua.ResourceHealthOverrides, line []byte) any {
	object := &unstructured.Unstructured{}
	must(json.Unmarshal(line, &object.Object))
	status, err := checks.GetResourceHealth(object)
	must(err)
	if status == nil {
		return nil
	}
	return []string{string(status.Status), status.Message}
}

func reaches(project *v1alpha1.AppProject, line []byte) any {
	asked := v1alpha1.ApplicationDestination{}
	must(json.Unmarshal(line, &asked))
	cluster := &v1alpha1.Cluster{Name: asked.Name, Server: asked.Server}
	allowed, err := project.IsDestinationPermitted(cluster, asked.Namespace, func(string) ([]*v1alpha1.Cluster, error) {
		return nil, nil
	})
	must(err)
	return allowed
}

func main() {
	if len(os.Args) != 3 {
		must(fmt.Errorf("usage: argocd-rules health|reach FILE"))
	}
	var answer func([]byte) any
	switch os.Args[1] {
	case "health":
		checks := overrides(os.Args[2])
		answer = func(line []byte) any { return health(checks, line) }
	case "reach":
		project := &v1alpha1.AppProject{}
		read(os.Args[2], project)
		answer = func(line []byte) any { return reaches(project, line) }
	default:
		must(fmt.Errorf("no such question: %s", os.Args[1]))
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		out, err := json.Marshal(answer(lines.Bytes()))
		must(err)
		fmt.Println(string(out))
	}
	must(lines.Err())
}
