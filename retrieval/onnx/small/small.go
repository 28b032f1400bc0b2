// Package small is the built-in transformer: four layers that see the order of
// words and what is denied, where a sum of words sees neither. ONNX Runtime runs
// it. tools/train-transformer has made it and has its figures; NOTICE names what
// it was made of.
package small

import (
	_ "embed"

	"frontdesk/internal/ort"
	"frontdesk/retrieval/onnx"
)

//go:embed model.onnx
var graph []byte

//go:embed vocab.txt
var vocab []byte

// maxTokens is twice the length of the longest text that it was trained on: what
// is far counts by its direction alone.
const maxTokens = 128

// OpenBare opens the model without the vectors that are at hand.
func OpenBare(rt *ort.Runtime) (*onnx.Model, error) {
	return onnx.OpenCarried(rt, onnx.Carried{Name: "transformer", Graph: graph, Vocab: vocab, MaxTokens: maxTokens})
}
