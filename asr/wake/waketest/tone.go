package waketest

import (
	"math"
	"path/filepath"
	"testing"

	"frontdesk/asr"
)

// Hertz is the tone that the models of [Tone] wait for.
const Hertz = 1500

const (
	spectrum = 640 // samples of one, 40 ms, so that a tone is in one band alone
	bands    = 32
	lowest   = 300 // Hz, of the first band
	apart    = 100 // Hz
	spectra  = 76
	features = 96
	recent   = 8 // spectra, as many as an embedding has more than the one before
	looks    = 16
	held     = 4 // embeddings for which the tone must go on: 0.32 s
	// faint is the power below which nothing is heard, and pure by how many powers of ten
	// the band of the tone must be above the others; those of speech are far from it.
	faint, pure = 1e-7, 3.5
)

// Tone writes three models in the place of openWakeWord's into a folder, with their names
// and shapes: melspectrogram.onnx, embedding_model.onnx, and that of a wake word, which
// hears a tone of [Hertz] that goes on for 0.4 s as its word. It gives the path of the last.
func Tone(t testing.TB, dir string) (keyword string) {
	t.Helper()
	keyword = filepath.Join(dir, "tone.onnx")
	for _, err := range []error{
		mel(filepath.Join(dir, "melspectrogram.onnx")),
		embedding(filepath.Join(dir, "embedding_model.onnx")),
		word(keyword),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return keyword
}

// Sound gives the tone, for so many seconds.
func Sound(seconds float64) asr.Clip {
	c := asr.Clip{Samples: make([]float32, int(seconds*asr.SampleRate))}
	for i := range c.Samples {
		c.Samples[i] = float32(0.3 * math.Sin(2*math.Pi*Hertz*float64(i)/asr.SampleRate))
	}
	return c
}

// mel gives the power of each band in powers of ten, ten times: decibels, as the real one.
func mel(file string) error {
	waves, pairs := make([]float32, 2*bands*spectrum), make([]float32, bands*2*bands)
	for b := range bands {
		for i := range spectrum {
			angle := 2 * math.Pi * float64(lowest+apart*b) * float64(i) / asr.SampleRate
			waves[2*b*spectrum+i] = float32(math.Sin(angle) / spectrum / (1 << 15))
			waves[(2*b+1)*spectrum+i] = float32(math.Cos(angle) / spectrum / (1 << 15))
		}
		pairs[b*2*bands+2*b], pairs[b*2*bands+2*b+1] = 1, 1
	}
	return Write(file, Port("input", -1, -1), Port("output", -1, 1, -1, bands),
		[]Message{
			Floats("waves", waves, 2*bands, 1, spectrum), Floats("pairs", pairs, bands, 2*bands, 1), Ints("one", 1),
			Floats("faint", []float32{faint}, 1), Floats("decibels", []float32{10 / math.Ln10}, 1),
		},
		[]Message{
			Node("Unsqueeze", "input one", "x", nil),
			Node("Conv", "x waves", "parts", map[string][]int64{"strides": {160}}),
			Node("Mul", "parts parts", "squares", nil),
			Node("Conv", "squares pairs", "powers", nil),
			Node("Add", "powers faint", "some", nil),
			Node("Log", "some", "logs", nil),
			Node("Mul", "logs decibels", "levels", nil),
			Node("Transpose", "levels", "turned", map[string][]int64{"perm": {0, 2, 1}}),
			Node("Unsqueeze", "turned one", "output", nil),
		})
}

// embedding gives as its first feature by how much the band of the tone is above the
// others in the last spectra.
func embedding(file string) error {
	weights := make([]float32, spectra*bands*features)
	for s := spectra - recent; s < spectra; s++ {
		for b := range bands {
			w := -1.0 / (bands - 1) / recent
			if lowest+apart*b == Hertz {
				w = 1.0 / recent
			}
			weights[(s*bands+b)*features] = float32(w)
		}
	}
	return Write(file, Port("input_1", -1, spectra, bands, 1), Port("conv2d_19", -1, 1, 1, features),
		[]Message{Floats("w", weights, spectra*bands, features), Ints("flat", -1, spectra*bands), Ints("square", -1, 1, 1, features)},
		[]Message{Node("Reshape", "input_1 flat", "x", nil), Node("MatMul", "x w", "y", nil), Node("Reshape", "y square", "conv2d_19", nil)})
}

// word says whether that is so in all of the last embeddings.
func word(file string) error {
	const steep = 8
	weights := make([]float32, looks*features)
	for e := looks - held; e < looks; e++ {
		weights[e*features] = steep / held
	}
	return Write(file, Port("onnx::Flatten_0", 1, looks, features), Port("39", 1, 1),
		[]Message{Floats("w", weights, looks*features, 1), Floats("bias", []float32{-steep * pure}, 1), Ints("flat", 1, looks*features)},
		[]Message{
			Node("Reshape", "onnx::Flatten_0 flat", "x", nil), Node("MatMul", "x w", "y", nil),
			Node("Add", "y bias", "z", nil), Node("Sigmoid", "z", "39", nil),
		})
}
