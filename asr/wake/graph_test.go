//go:build cgo

package wake_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"frontdesk/asr/wake"
	"frontdesk/internal/ort/orttest"
)

// Models of the shapes of openWakeWord whose arithmetic is known. A message writes a
// protobuf message; the numbers of the fields are those of onnx.proto3
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
type message []byte

func (m message) number(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) text(field protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m message) message(field protowire.Number, sub message) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), sub)
}

const float32s, int64s = 1, 7

// port writes a ValueInfoProto of float32; a dimension below 0 is free.
func port(name string, dims ...int64) message {
	var shape message
	for _, d := range dims {
		if d < 0 {
			shape = shape.message(1, message{}.text(2, "free"))
		} else {
			shape = shape.message(1, message{}.number(1, d))
		}
	}
	return message{}.text(1, name).message(2, message{}.message(1, message{}.number(1, float32s).message(2, shape)))
}

// node writes a NodeProto; an attribute is a list of numbers.
func node(op, inputs, output string, attributes map[string][]int64) message {
	var m message
	for i := range strings.FieldsSeq(inputs) {
		m = m.text(1, i)
	}
	m = m.text(2, output).text(3, output).text(4, op)
	for name, values := range attributes { // no node here has more than one
		a := message{}.text(1, name)
		for _, v := range values {
			a = a.number(8, v)
		}
		m = m.message(5, a.number(20, 7))
	}
	return m
}

func tensor(name string, typ int64, raw []byte, dims ...int64) message {
	var m message
	for _, d := range dims {
		m = m.number(1, d)
	}
	return m.number(2, typ).text(8, name).message(9, raw)
}

func floats(name string, values []float32, dims ...int64) message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return tensor(name, float32s, raw, dims...)
}

func ints(name string, values ...int64) message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return tensor(name, int64s, raw, int64(len(values)))
}

// onnx writes a ModelProto of opset 17 into a file.
func onnx(t testing.TB, name string, in, out message, weights, nodes []message) string {
	t.Helper()
	var g message
	for _, n := range nodes {
		g = g.message(1, n)
	}
	g = g.text(2, "test")
	for _, w := range weights {
		g = g.message(5, w)
	}
	g = g.message(11, in).message(12, out)
	file := filepath.Join(t.TempDir(), name)
	m := message{}.number(1, 8).message(7, g).message(8, message{}.text(1, "").number(2, 17))
	if err := os.WriteFile(file, m, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The weights of the models.
const window = 640 // samples of a spectrum, so that 1760 samples have 8, 10 ms apart

func melWeight(band, i int) float32 {
	return float32(math.Sin(float64(band+1)*float64(i)*0.01)) / window / 10
}

func embedWeight(i, feature int) float32 {
	return float32(math.Cos(float64(i)*0.37+float64(feature))) / 30
}

func keyWeight(i int) float32 {
	return float32(math.Sin(float64(i%96)*0.11)*(1+float64(i/96)*0.05)) / 2
}

func weights(n, of int, weight func(i, j int) float32) []float32 {
	all := make([]float32, n*of)
	for i := range n {
		for j := range of {
			all[i*of+j] = weight(i, j)
		}
	}
	return all
}

// What takes long to compute is computed once.
var (
	melWeights   = sync.OnceValue(func() []float32 { return weights(32, window, melWeight) })
	embedWeights = sync.OnceValue(func() []float32 { return weights(76*32, 96, embedWeight) })
)

// melModel has free dimensions, as the real one does.
func melModel(t testing.TB) string {
	return onnx(t, "melspectrogram.onnx", port("input", -1, -1), port("output", -1, 1, -1, 32),
		[]message{floats("w", melWeights(), 32, 1, window), ints("one", 1)},
		[]message{
			node("Unsqueeze", "input one", "x", nil),
			node("Conv", "x w", "y", map[string][]int64{"strides": {160}}),
			node("Transpose", "y", "z", map[string][]int64{"perm": {0, 2, 1}}),
			node("Unsqueeze", "z one", "output", nil),
		})
}

func embedModel(t testing.TB) string {
	return onnx(t, "embedding_model.onnx", port("input_1", -1, 76, 32, 1), port("conv2d_19", -1, 1, 1, 96),
		[]message{floats("w", embedWeights(), 76*32, 96), ints("flat", -1, 76*32), ints("square", -1, 1, 1, 96)},
		[]message{
			node("Reshape", "input_1 flat", "x", nil),
			node("MatMul", "x w", "y", nil),
			node("Reshape", "y square", "conv2d_19", nil),
		})
}

func keyModel(t testing.TB, embeddings int64) string {
	n := int(embeddings) * 96
	return onnx(t, "hey_desk.onnx", port("onnx::Flatten_0", 1, embeddings, 96), port("39", 1, 1),
		[]message{floats("w", weights(n, 1, func(i, _ int) float32 { return keyWeight(i) }), int64(n), 1), ints("flat", 1, int64(n))},
		[]message{
			node("Reshape", "onnx::Flatten_0 flat", "x", nil),
			node("MatMul", "x w", "y", nil),
			node("Sigmoid", "y", "39", nil),
		})
}

// TestWrongModels: what is no model of openWakeWord has an error that says so.
func TestWrongModels(t *testing.T) {
	rt := orttest.Open(t)
	mel, embed, key := melModel(t), embedModel(t), keyModel(t, 16)
	none := filepath.Join(t.TempDir(), "none.onnx")
	big := keyModel(t, 121)
	identity := onnx(t, "identity.onnx", port("x", -1, -1), port("y", -1, -1), nil, []message{node("Identity", "x", "y", nil)})
	for want, files := range map[string][3]string{
		"melspectrogram: it names no file; write the path of melspectrogram.onnx":               {"", embed, key},
		"keyword: it is a model for TensorFlow Lite":                                            {mel, embed, "hey.tflite"},
		"the wake word's model: opening the model " + none + ": no such file":                   {mel, embed, none},
		"takes float32 of shape [? 76 32 1], and should take float32 of shape [1 1760]":         {embed, embed, key},
		"takes float32 of shape [? ?], and should take float32 of shape [1 76 32 1]":            {mel, mel, key},
		"takes float32 of shape [? ?], and should take float32 of shape [1 16 96]":              {mel, embed, mel},
		"the wake word's model " + big + " takes 121 embeddings; from 1 to 120 are possible":    {mel, embed, big},
		"gives float32 of shape [1 1760] for an input of shape [1 1760], and should give 256 n": {identity, embed, key},
	} {
		c := wake.DefaultSpotterConfig()
		c.Melspectrogram, c.Embedding, c.Keyword = files[0], files[1], files[2]
		s, err := wake.OpenSpotter(rt, c)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
		if err == nil {
			s.Close()
		}
	}
}
