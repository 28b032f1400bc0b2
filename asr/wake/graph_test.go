//go:build cgo

package wake_test

import (
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"frontdesk/asr/wake"
	"frontdesk/asr/wake/waketest"
	"frontdesk/internal/ort/orttest"
)

// onnx writes a model into a file.
func onnx(t testing.TB, name string, in, out waketest.Message, weights, nodes []waketest.Message) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := waketest.Write(file, in, out, weights, nodes); err != nil {
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
	return onnx(t, "melspectrogram.onnx", waketest.Port("input", -1, -1), waketest.Port("output", -1, 1, -1, 32),
		[]waketest.Message{waketest.Floats("w", melWeights(), 32, 1, window), waketest.Ints("one", 1)},
		[]waketest.Message{
			waketest.Node("Unsqueeze", "input one", "x", nil),
			waketest.Node("Conv", "x w", "y", map[string][]int64{"strides": {160}}),
			waketest.Node("Transpose", "y", "z", map[string][]int64{"perm": {0, 2, 1}}),
			waketest.Node("Unsqueeze", "z one", "output", nil),
		})
}

func embedModel(t testing.TB) string {
	return onnx(t, "embedding_model.onnx", waketest.Port("input_1", -1, 76, 32, 1), waketest.Port("conv2d_19", -1, 1, 1, 96),
		[]waketest.Message{waketest.Floats("w", embedWeights(), 76*32, 96), waketest.Ints("flat", -1, 76*32), waketest.Ints("square", -1, 1, 1, 96)},
		[]waketest.Message{
			waketest.Node("Reshape", "input_1 flat", "x", nil),
			waketest.Node("MatMul", "x w", "y", nil),
			waketest.Node("Reshape", "y square", "conv2d_19", nil),
		})
}

func keyModel(t testing.TB, embeddings int64) string {
	n := int(embeddings) * 96
	return onnx(t, "hey_desk.onnx", waketest.Port("onnx::Flatten_0", 1, embeddings, 96), waketest.Port("39", 1, 1),
		[]waketest.Message{waketest.Floats("w", weights(n, 1, func(i, _ int) float32 { return keyWeight(i) }), int64(n), 1), waketest.Ints("flat", 1, int64(n))},
		[]waketest.Message{
			waketest.Node("Reshape", "onnx::Flatten_0 flat", "x", nil),
			waketest.Node("MatMul", "x w", "y", nil),
			waketest.Node("Sigmoid", "y", "39", nil),
		})
}

// TestWrongModels: what is no model of openWakeWord has an error that says so.
func TestWrongModels(t *testing.T) {
	rt := orttest.Open(t)
	mel, embed, key := melModel(t), embedModel(t), keyModel(t, 16)
	none := filepath.Join(t.TempDir(), "none.onnx")
	big := keyModel(t, 121)
	identity := onnx(t, "identity.onnx", waketest.Port("x", -1, -1), waketest.Port("y", -1, -1), nil, []waketest.Message{waketest.Node("Identity", "x", "y", nil)})
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
