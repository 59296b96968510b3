// Command admission judges a CustomResourceDefinition and objects of its kind with the code of a real API server:
// structural schemas, defaults, CEL with its cost limits, lists of type set and map, and rules on changes.
//
// It reads {"crd": {...}, "changes": [{"new": {...}, "old": {...}}]} from standard input (without old: a creation) and
// writes {"definition": [error...], "costs": {"path: rule": cost}, "changes": [[error...]...]}. Objects are judged
// after their defaults are filled in. It is compiled within the module of the crossplane CLI, which pins the same
// libraries, so that there is no second list of versions.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	objectvalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

type question struct {
	CRD     extv1.CustomResourceDefinition
	Changes []struct{ New, Old json.RawMessage }
}

type answer struct {
	Definition []string          `json:"definition"`
	Costs      map[string]uint64 `json:"costs"`
	Changes    [][]string        `json:"changes"`
}

func main() {
	var asked question
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	extv1.SetDefaults_CustomResourceDefinition(&asked.CRD)
	extv1.SetDefaults_CustomResourceDefinitionSpec(&asked.CRD.Spec)
	asked.CRD.Status.StoredVersions = []string{asked.CRD.Spec.Versions[0].Name}
	var definition apiextensions.CustomResourceDefinition
	must(extv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&asked.CRD, &definition, nil))
	var props apiextensions.JSONSchemaProps
	must(extv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(asked.CRD.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil))
	structural, err := schema.NewStructural(&props)
	must(err)

	said := answer{
		Definition: texts(validation.ValidateCustomResourceDefinition(context.Background(), &definition)),
		Costs:      map[string]uint64{},
		Changes:    [][]string{},
	}
	costs(structural, "", 1, said.Costs)
	for _, change := range asked.Changes {
		said.Changes = append(said.Changes, judge(structural, &props, object(change.New), object(change.Old)))
	}
	must(json.NewEncoder(os.Stdout).Encode(said))
}

// judge says what is wrong with an object, or with changing old into it.
func judge(structural *schema.Structural, props *apiextensions.JSONSchemaProps, new, old map[string]any) []string {
	validator, _, err := objectvalidation.NewSchemaValidator(props)
	must(err)
	defaulting.Default(new, structural)
	errs := objectvalidation.ValidateCustomResource(nil, new, validator)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, structural, new)...)
	if len(errs) == 0 {
		var before any
		if old != nil {
			defaulting.Default(old, structural)
			before = old
		}
		rules := cel.NewValidator(structural, true, celconfig.PerCallLimit)
		errs, _ = rules.Validate(context.Background(), nil, structural, new, before, celconfig.RuntimeCELCostBudget)
	}
	return texts(errs)
}

// object reads numbers as an API server does: what has no fraction is an integer.
func object(raw json.RawMessage) map[string]any {
	if raw == nil {
		return nil
	}
	var found map[string]any
	must(utiljson.Unmarshal(raw, &found))
	return found
}

// costs estimates each rule, times how often it may be run on one object.
func costs(s *schema.Structural, path string, times uint64, found map[string]uint64) {
	if len(s.XValidations) > 0 {
		set := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
		rules, err := cel.Compile(s, model.SchemaDeclType(s, path == ""), celconfig.PerCallLimit, set, cel.NewExpressionsEnvLoader())
		must(err)
		for i, rule := range rules {
			found[fmt.Sprintf("%s: %s", path, s.XValidations[i].Rule)] = rule.MaxCost * times
		}
	}
	for name, child := range s.Properties {
		costs(&child, path+"."+name, times, found)
	}
	if s.Items != nil {
		costs(s.Items, path+"[]", times*atMost(s.ValueValidation.MaxItems), found)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		costs(s.AdditionalProperties.Structural, path+"{}", times*atMost(s.ValueValidation.MaxProperties), found)
	}
}

// atMost is the bound of a list or a map; Crossplane's own have none, and no rules within either.
func atMost(bound *int64) uint64 {
	if bound == nil {
		return 1
	}
	return uint64(*bound)
}

func texts(errs field.ErrorList) []string {
	found := []string{}
	for _, err := range errs {
		found = append(found, err.Error())
	}
	return found
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
