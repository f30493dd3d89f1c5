// Command kstatus prints what the published library of kstatus says of Kubernetes objects: one JSON object a line on standard
// input, one JSON object {"status", "message"} a line on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := judge(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(in io.Reader, out io.Writer) error {
	objects := json.NewDecoder(bufio.NewReader(in))
	verdicts := json.NewEncoder(out)
	for {
		var object unstructured.Unstructured
		if err := objects.Decode(&object); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("an object cannot be read: %w", err)
		}
		result, err := status.Compute(&object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := verdicts.Encode(verdict{Status: string(result.Status), Message: result.Message}); err != nil {
			return err
		}
	}
}
