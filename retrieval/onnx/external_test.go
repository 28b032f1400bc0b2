package onnx_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"

	"google.golang.org/protobuf/encoding/protowire"
)

// rewrite gives a message with one of its fields, all that have a length, made
// anew.
func rewrite(t *testing.T, message []byte, number protowire.Number, change func([]byte) []byte) (out []byte) {
	t.Helper()
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeField(message)
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		_, _, tag := protowire.ConsumeTag(message)
		if n == number && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message[tag:])
			out = append(out, change(value)...)
		} else {
			out = append(out, message[:size]...)
		}
		message = message[size:]
	}
	return out
}

func lengthy(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

// moveWeights moves a model's weights into a file of their own, as models of
// more than 2 GB have them.
func moveWeights(t *testing.T, file, into string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var weights []byte
	entry := func(key, value string) []byte {
		return lengthy(13, append(lengthy(1, []byte(key)), lengthy(2, []byte(value))...))
	}
	data = rewrite(t, data, 7, func(graph []byte) []byte {
		return lengthy(7, rewrite(t, graph, 5, func(tensor []byte) []byte {
			return lengthy(5, rewrite(t, tensor, 9, func(raw []byte) []byte {
				if len(raw) < 256 {
					return lengthy(9, raw)
				}
				place := slices.Concat(entry("location", into), entry("offset", fmt.Sprint(len(weights))), entry("length", fmt.Sprint(len(raw))))
				weights = append(weights, raw...)
				return append(place, protowire.AppendVarint(protowire.AppendTag(nil, 14, protowire.VarintType), 1)...)
			}))
		}))
	})
	if len(weights) == 0 {
		t.Fatal("the model has no weights of a size")
	}
	for name, content := range map[string][]byte{file: data, filepath.Join(filepath.Dir(file), into): weights} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExternalWeights(t *testing.T) {
	rt := openRuntime(t)
	dir := written(t, onnxtest.Small(onnxtest.BERT))
	within := openModel(t, rt, dir, onnx.Config{})
	want, size := embed(t, within, texts...), within.Bytes()
	moveWeights(t, filepath.Join(dir, "onnx", "model.onnx"), "model.onnx_data")
	m := openModel(t, rt, dir, onnx.Config{})
	if got := embed(t, m, texts...); !slices.EqualFunc(got, want, slices.Equal) {
		t.Error("the vectors are others")
	}
	if m.Bytes() < size || m.Fingerprint() == within.Fingerprint() {
		t.Errorf("%d bytes, and %d in one file; %s", m.Bytes(), size, m.Fingerprint())
	}
	weights := filepath.Join(dir, "onnx", "model.onnx_data")
	if err := os.Truncate(weights, 100); err != nil {
		t.Fatal(err)
	}
	if cut, err := onnx.Open(rt, dir, onnx.Config{}); err == nil {
		cut.Close()
		t.Error("weights that were cut are taken")
	}
	if err := os.Remove(weights); err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Open(rt, dir, onnx.Config{}); err == nil || !strings.Contains(err.Error(), weights+": it is missing, and onnx/model.onnx keeps its weights in it") {
		t.Error(err)
	}
}
