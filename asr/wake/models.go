package wake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/ort"
)

// SpotterConfig says where the models are and when the word counts as heard.
type SpotterConfig struct {
	// Melspectrogram, Embedding and Keyword are the files of openWakeWord:
	// melspectrogram.onnx, embedding_model.onnx, and the wake word's own.
	Melspectrogram string `yaml:"melspectrogram"`
	Embedding      string `yaml:"embedding"`
	Keyword        string `yaml:"keyword"`
	// Threshold is the score from which on the word is heard, above 0 and at most 1.
	Threshold float64 `yaml:"threshold"`
	// Patience is how many scores in a row, one every 80 ms, must reach it; from 1 to 25.
	Patience int `yaml:"patience"`
	// Refractory is for how long the word is not heard again, from 0 to 1 min.
	Refractory time.Duration `yaml:"refractory"`
}

// DefaultSpotterConfig names no files, and has the threshold of openWakeWord.
func DefaultSpotterConfig() SpotterConfig {
	return SpotterConfig{Threshold: 0.5, Patience: 1, Refractory: 2 * time.Second}
}

// Check reports every setting out of its range.
func (c SpotterConfig) Check(report func(key, what, do string)) {
	for _, f := range []struct{ key, file, name string }{
		{"melspectrogram", c.Melspectrogram, "melspectrogram.onnx"},
		{"embedding", c.Embedding, "embedding_model.onnx"},
		{"keyword", c.Keyword, "the wake word's model, such as hey_jarvis_v0.1.onnx"},
	} {
		switch {
		case f.file == "":
			report(f.key, "it names no file", "write the path of "+f.name+" of openWakeWord")
		case strings.HasSuffix(f.file, ".tflite"):
			report(f.key, "it is a model for TensorFlow Lite", "take the file of the same name that ends in .onnx")
		}
	}
	if !(c.Threshold > 0 && c.Threshold <= 1) {
		report("threshold", fmt.Sprintf("%v is no score above 0 and at most 1", c.Threshold), "write a number such as 0.5")
	}
	if c.Patience < 1 || c.Patience > 25 {
		report("patience", fmt.Sprintf("%d is out of range", c.Patience), "write how many scores in a row it takes, from 1 to 25")
	}
	if c.Refractory < 0 || c.Refractory > time.Minute {
		report("refractory", fmt.Sprintf("%v is out of range", c.Refractory), "write a time between 0s and 1m")
	}
}

// check gives all that [SpotterConfig.Check] reports as an error.
func (c SpotterConfig) check() error {
	var errs []error
	c.Check(func(key, what, do string) { errs = append(errs, fmt.Errorf("%s: %s; %s", key, what, do)) })
	return errors.Join(errs...)
}

// mostEmbeddings bounds how far back a wake word's model may look: 10 s, as much as
// openWakeWord keeps. Most take usualEmbeddings.
const mostEmbeddings, usualEmbeddings = 120, 16

// embeddingsOf says how many embeddings a wake word's model takes.
func embeddingsOf(rt *ort.Runtime, file string) (_ int, err error) {
	s, err := openSession(rt, file, "the wake word's model")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	shape := s.Inputs()[0].Shape
	if len(shape) != 3 || shape[1] < 0 {
		return usualEmbeddings, nil // openModel says what is wrong
	}
	if shape[1] < 1 || shape[1] > mostEmbeddings {
		return 0, fmt.Errorf("the wake word's model %s takes %d embeddings; from 1 to %d are possible", file, shape[1], mostEmbeddings)
	}
	return int(shape[1]), nil
}

func openSession(rt *ort.Runtime, file, what string) (*ort.Session, error) {
	s, err := rt.OpenSession(file, ort.SessionOptions{Threads: 1}) // too little work for two
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if in, out := s.Inputs(), s.Outputs(); len(in) != 1 || len(out) != 1 {
		return nil, errors.Join(fmt.Errorf("%s %s has %d inputs and %d outputs, and should have one of each: it is not of openWakeWord",
			what, file, len(in), len(out)), s.Close())
	}
	return s, nil
}

// openModel opens one that takes a shape, with data for it, and gives a number of
// numbers. It is run once, which shows the shape of these.
func openModel(rt *ort.Runtime, file, what string, shape []int64, gives int, data []float32) (_ *model, err error) {
	s, err := openSession(rt, file, what)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	in, out := s.Inputs()[0], s.Outputs()[0]
	fits := func(want, have int64) bool { return have < 0 || want == have }
	if in.Type != ort.Float32Type || in.Shape != nil && !slices.EqualFunc(shape, in.Shape, fits) {
		return nil, fmt.Errorf("%s %s takes %v of shape %s, and should take float32 of shape %v: it is not of openWakeWord, or not this model of it",
			what, file, in.Type, free(in.Shape), shape)
	}
	m := &model{file: file, session: s, in: []ort.Tensor{{Name: in.Name, Shape: shape, Data: data}}}
	var given []int64
	err = s.Run(context.Background(), m.in, []string{out.Name}, func(results []ort.Tensor) error {
		given = slices.Clone(results[0].Shape)
		if numbers, ok := results[0].Data.([]float32); ok && len(numbers) == gives {
			m.result = make([]float32, gives)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("trying %s %s: %w", what, file, err)
	}
	if m.result == nil {
		return nil, fmt.Errorf("%s %s gives %v of shape %v for an input of shape %v, and should give %d numbers of float32: it is not of openWakeWord, or not this model of it",
			what, file, out.Type, given, shape, gives)
	}
	m.out = []ort.Tensor{{Name: out.Name, Shape: given, Data: m.result}}
	return m, nil
}

// free writes a shape: [? 76 32 1].
func free(shape []int64) string { return strings.ReplaceAll(fmt.Sprint(shape), "-1", "?") }
