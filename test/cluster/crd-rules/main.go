// Command crd-rules says of CustomResourceDefinitions, files named as arguments, what the API server would say of them: also of rules
// in CEL and what they may cost at most. A line for each complaint; exit code 1 when there is one.
package main

import (
	"context"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

func main() {
	complaints := 0
	for _, path := range os.Args[1:] {
		for _, complaint := range judge(path) {
			fmt.Printf("%s: %v\n", path, complaint)
			complaints++
		}
	}
	if complaints > 0 {
		os.Exit(1)
	}
}

func judge(path string) []error {
	text, err := os.ReadFile(path)
	if err != nil {
		return []error{err}
	}
	var given v1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &given); err != nil {
		return []error{err}
	}
	scheme := runtime.NewScheme()
	install.Install(scheme)
	scheme.Default(&given)
	var internal apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&given, &internal, nil); err != nil {
		return []error{err}
	}
	var complaints []error
	for _, complaint := range validation.ValidateCustomResourceDefinition(context.Background(), &internal) {
		complaints = append(complaints, complaint)
	}
	return complaints
}
