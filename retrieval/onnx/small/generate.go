//go:build ignore

// generate writes said.bin: the vectors, by the model as it is, of the sentences that
// every index is calibrated with. It needs ONNX Runtime.
package main

import (
	"context"
	"fmt"
	"os"

	"frontdesk/internal/ort"
	"frontdesk/retrieval"
	"frontdesk/retrieval/onnx/small"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() error {
	rt, err := ort.Open(ort.DefaultConfig())
	if err != nil {
		return err
	}
	m, err := small.OpenBare(rt)
	if err != nil {
		return err
	}
	texts := retrieval.StrangeTexts()
	vectors, err := m.Embed(context.Background(), texts)
	if err != nil {
		return err
	}
	return os.WriteFile("said.bin", small.Pack(texts, vectors), 0o644)
}
