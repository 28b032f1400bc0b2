package main

import (
	"os"
	"testing"

	"frontdesk/internal/ort/orttest"
)

const (
	transformerFile = "testdata/decisions-transformer.golden"
	// transformerTolerance is decisionTolerance of the transformer: other processors
	// add up in another order, and a number that then falls into the next of its
	// steps moves more than that.
	transformerTolerance = 0.05
)

// TestTransformerDecisions holds what the desk decides about the questions to the
// home where ONNX Runtime is found, and the transformer is beside the static model.
// One decision in a hundred may move, as by another processor, but none to a wrong
// answer.
func TestTransformerDecisions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	library := orttest.Config(t)
	data, err := os.ReadFile(transformerFile)
	if err != nil {
		t.Fatal(err)
	}
	old, err := parseDecisions(string(data))
	if err != nil {
		t.Fatalf("%s:%v", transformerFile, err)
	}
	now := decideAgain(t, old, library)
	if *update {
		if err := os.WriteFile(transformerFile, []byte(formatDecisions(now)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	was := movedBetween(old, old, 0)
	if m := movedBetween(old, now, transformerTolerance); m.wrong > was.wrong || float64(m.decisions) > reviewAbove*float64(m.asked) || m.probabilities > 0 {
		t.Error(m)
	}
}
