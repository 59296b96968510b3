// Command applicationset prints the Applications that Argo CD's own code makes of ApplicationSets, without a hub: what
// a test would otherwise learn only from the controller and an API server.
//
//	applicationset < question.yaml > answer.json
//
// The question names what the controller would find:
//
//	applicationSets: []         # the objects
//	secrets: []                 # cluster Secrets, with data or stringData
//	repositories: {URL: FOLDER} # folders in the place of Git repositories, at any revision
//
// The answer is a list, one {applicationSet, applications, error} for each in the order of the question.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	log "github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientset "k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

const namespace = "argocd"

type question struct {
	ApplicationSets []v1alpha1.ApplicationSet `json:"applicationSets"`
	Secrets         []corev1.Secret           `json:"secrets"`
	Repositories    map[string]string         `json:"repositories"`
}

type answer struct {
	ApplicationSet string                 `json:"applicationSet"`
	Applications   []v1alpha1.Application `json:"applications"`
	Error          string                 `json:"error,omitempty"`
}

func main() {
	// The code that is called here tells of every row that it makes.
	log.SetLevel(log.PanicLevel)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var asked question
	// Strict: an API server drops or refuses a misspelt field, and then the test must not pass.
	if err := yaml.UnmarshalStrict(text, &asked); err != nil {
		return fmt.Errorf("cannot read the question: %w", err)
	}
	hub, err := hubOf(asked)
	if err != nil {
		return err
	}
	answers := []answer{}
	for _, set := range asked.ApplicationSets {
		answers = append(answers, hub.expand(set))
	}
	return json.NewEncoder(out).Encode(answers)
}

type hub struct {
	client     client.Client
	generators map[string]generators.Generator
}

func hubOf(asked question) (*hub, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	objects, secrets := projectsOf(asked.ApplicationSets), []runtime.Object{}
	for i := range asked.Secrets {
		secret := folded(&asked.Secrets[i])
		objects, secrets = append(objects, secret), append(secrets, secret.DeepCopy())
	}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	made := generators.GetGenerators(context.Background(), c, clientset.NewClientset(secrets...), namespace,
		folders(asked.Repositories), nil, generators.SCMConfig{})
	return &hub{client: c, generators: made}, nil
}

// projectsOf makes the projects that the ApplicationSets name: the Git generator asks for its project's signature keys.
func projectsOf(sets []v1alpha1.ApplicationSet) []client.Object {
	var found []client.Object
	seen := map[string]bool{}
	for _, set := range sets {
		name := set.Spec.Template.Spec.Project
		if name == "" || strings.Contains(name, "{{") || seen[name] {
			continue
		}
		seen[name] = true
		found = append(found, &v1alpha1.AppProject{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}})
	}
	return found
}

// folded moves stringData into data, as an API server does.
func folded(secret *corev1.Secret) *corev1.Secret {
	for key, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[key] = []byte(value)
	}
	secret.StringData = nil
	return secret
}

func (h *hub) expand(set v1alpha1.ApplicationSet) answer {
	found, _, err := template.GenerateApplications(log.WithField("applicationset", set.Name), set, h.generators,
		&utils.Render{}, h.client)
	told := answer{ApplicationSet: set.Name, Applications: found}
	if err == nil {
		err = duplicate(found)
	}
	if err != nil {
		told.Error = err.Error()
	}
	return told
}

// duplicate says what the controller's validation says; that is a method nobody else can call.
func duplicate(found []v1alpha1.Application) error {
	seen := map[string]bool{}
	for _, application := range found {
		if seen[application.Name] {
			return fmt.Errorf("contains applications with duplicate name: %s", application.Name)
		}
		seen[application.Name] = true
	}
	return nil
}

// folders stand for Git repositories. Which files a pattern finds, Git itself says, as it does for the repo-server.
type folders map[string]string

func (f folders) list(url, pattern string) (string, []string, error) {
	folder, known := f[url]
	if !known {
		return "", nil, fmt.Errorf("repository not found: %q", url)
	}
	empty, err := os.MkdirTemp("", "applicationset-")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(empty)
	if _, err := exec.Command("git", "init", "--quiet", "--bare", empty).Output(); err != nil {
		return "", nil, err
	}
	command := exec.Command("git", "--git-dir="+empty, "--work-tree="+folder, "ls-files", "--others",
		"--exclude-standard", "--full-name", "-z", "--", pattern)
	command.Dir = folder
	out, err := command.Output()
	if err != nil {
		return "", nil, fmt.Errorf("git ls-files %q: %w", pattern, err)
	}
	return folder, strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 }), nil
}

// GetFiles returns the contents of the files that a pattern finds.
func (f folders) GetFiles(_ context.Context, url, _, _, pattern string, _, _ bool) (map[string][]byte, error) {
	folder, names, err := f.list(url, pattern)
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		found[name] = text
	}
	return found, nil
}

// GetDirectories returns all folders with a file in them, but none that is hidden.
func (f folders) GetDirectories(_ context.Context, url, _, _ string, _, _ bool) ([]string, error) {
	_, names, err := f.list(url, ".")
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, name := range names {
		for folder := filepath.Dir(name); folder != "."; folder = filepath.Dir(folder) {
			if !strings.HasPrefix(folder, ".") && !strings.Contains(folder, "/.") {
				seen[folder] = true
			}
		}
	}
	found := []string{}
	for folder := range seen {
		found = append(found, folder)
	}
	sort.Strings(found)
	return found, nil
}
