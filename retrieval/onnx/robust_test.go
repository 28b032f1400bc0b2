package onnx_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
)

// TestOdd opens models that are unlike others: they work, or are refused with a
// word that says why.
func TestOdd(t *testing.T) {
	rt := openRuntime(t)
	for odd, want := range map[onnxtest.Odd]string{
		onnxtest.RankFour:     "which is neither one vector nor one a token",
		onnxtest.RankTwo:      "",
		onnxtest.Static:       "",
		onnxtest.ExtraInput:   `it needs the input "pixel_values", which frontdesk has nothing for`,
		onnxtest.StrangeInput: `it needs the input "x_0", which frontdesk has nothing for; it has no input "input_ids"`,
		onnxtest.NoInput:      `it has no input "input_ids"`,
		onnxtest.NoMask:       "",
		onnxtest.FloatIDs:     `its input "input_ids" is float32, not int64 or int32`,
		onnxtest.Int32IDs:     "",
		onnxtest.IntOutput:    "it has no output of float32 or float16",
		onnxtest.StringOutput: "it has no output of float32 or float16",
		onnxtest.OtherOutput:  "",
		onnxtest.ManyOutputs:  "",
		onnxtest.NaN:          "it gave what is no number, or infinite",
		onnxtest.WrongWidth:   "its output \"last_hidden_state\" has 32 numbers a token, and word_embedding_dimension of the pooling is 64",
		onnxtest.LaterWidth:   "its output \"last_hidden_state\" has 16 numbers a token, and word_embedding_dimension of the pooling is 32",
	} {
		t.Run(string(odd), func(t *testing.T) {
			model := onnxtest.Small(onnxtest.BERT)
			model.Odd = odd
			m, err := onnx.Open(rt, written(t, model), onnx.Config{})
			if want != "" {
				if err == nil {
					m.Close()
					t.Error("it is not refused")
				} else if !strings.Contains(err.Error(), want) {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			neighbours(t, m, string(odd))
			together := embed(t, m, texts...)
			usual := openModel(t, rt, written(t, onnxtest.Small(onnxtest.BERT)), onnx.Config{MaxTokens: m.Settings().MaxTokens})
			for i, v := range embed(t, usual, texts...) {
				if odd != onnxtest.RankTwo && apart(v, together[i]) > 1e-5 {
					t.Errorf("%q has another vector than of the usual model", texts[i])
				}
			}
		})
	}
}

// TestContradictions opens folders whose files do not go together.
func TestContradictions(t *testing.T) {
	rt := openRuntime(t)
	small := onnxtest.Small(onnxtest.BERT)
	for name, c := range map[string]struct {
		change func(m *onnxtest.Model)
		config onnx.Config
		files  map[string]string
		want   []string
	}{
		"tokenizer of another model": {
			change: func(m *onnxtest.Model) { m.Vocab /= 2 },
			want:   []string{"the tokenizer gives numbers up to", "put the files of one model into the folder"},
		},
		"one token too many": {
			change: func(m *onnxtest.Model) { m.Vocab-- },
			want:   []string{"the tokenizer gives numbers up to"},
		},
		"more numbers than there are": {config: onnx.Config{Dimensions: 33}, want: []string{"its vectors have 32 numbers, and dimensions is 33"}},
		"pooled, but it is not":       {config: onnx.Config{Pooling: "pooled"}, want: []string{`its output "last_hidden_state" is one vector a token, and pooling is pooled`}},
		"two things at once": {
			files:  map[string]string{"1_Pooling/config.json": `{"word_embedding_dimension": 31, "pooling_mode_mean_tokens": true}`},
			config: onnx.Config{Dimensions: 99},
			want:   []string{"and dimensions is 99", "word_embedding_dimension of the pooling is 31"},
		},
		"another hidden_size": {
			change: func(m *onnxtest.Model) { m.Pooling = "" },
			files:  map[string]string{"config.json": `{"hidden_size": 16}`},
			want:   []string{"has 32 numbers a token, and hidden_size of config.json is 16"},
		},
		"a dense module": {
			files: map[string]string{"modules.json": `[{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"}, {"path": "2_Dense", "type": "x.Dense"}, {"path": "3", "type": "x.LSTM"}]`},
			want:  []string{"the model goes through the modules Dense, LSTM, which frontdesk does not compute; export it with its modules"},
		},
		"a pooled output of another length": {
			change: func(m *onnxtest.Model) { m.Odd = onnxtest.RankTwo },
			files:  map[string]string{"1_Pooling/config.json": `{"word_embedding_dimension": 31}`},
			want:   []string{`its output "last_hidden_state" has 32 numbers a text, and the folder's modules speak of 31`},
		},
		"a prompt that is not to be pooled": {
			change: func(m *onnxtest.Model) { m.Odd = onnxtest.RankTwo },
			files:  map[string]string{"1_Pooling/config.json": `{"include_prompt": false}`},
			config: onnx.Config{QueryPrefix: new("query: ")},
			want:   []string{"it pools itself, and include_prompt: false wants the prompt left out"},
		},
		"a pooled output and a pooling of ours": {
			change: func(m *onnxtest.Model) { m.Odd = onnxtest.RankTwo },
			config: onnx.Config{Pooling: "cls"},
			want:   []string{`its output "last_hidden_state" is one vector a text, and pooling is cls`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			model := small
			if c.change != nil {
				c.change(&model)
			}
			dir := written(t, model)
			for file, content := range c.files {
				if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file)), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			m, err := onnx.Open(rt, dir, c.config)
			if err == nil {
				m.Close()
				t.Fatal("it is not refused")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nand not %s", err, want)
				}
			}
		})
	}
}

// Some tokenizers have an added token more than the model knows, for pictures. It does
// no harm where it is special, for no text becomes it.
func TestAddedTokens(t *testing.T) {
	rt := openRuntime(t)
	for _, special := range []bool{true, false} {
		dir := written(t, onnxtest.Small(onnxtest.BERT))
		file := filepath.Join(dir, "tokenizer.json")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var parts map[string]any
		if err := json.Unmarshal(data, &parts); err != nil {
			t.Fatal(err)
		}
		tokens, _ := parts["added_tokens"].([]any)
		parts["added_tokens"] = append(tokens, map[string]any{"id": 0, "content": "<picture>", "special": special})
		if data, err = json.Marshal(parts); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := onnx.Open(rt, dir, onnx.Config{})
		switch {
		case special && err != nil:
			t.Error(err)
		case special:
			embed(t, m, "a <picture> of it")
		case err == nil || !strings.Contains(err.Error(), "the tokenizer gives numbers up to"):
			t.Errorf("what a text may become is not refused: %v", err)
		}
		if err == nil {
			m.Close()
		}
	}
}

// TestBroken opens models that were cut or changed: an error or a model that
// embeds, never a crash.
func TestBroken(t *testing.T) {
	rt := openRuntime(t)
	dir := written(t, onnxtest.Small(onnxtest.BERT))
	file := filepath.Join(dir, "onnx", "model.onnx")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	try := func(data []byte) error {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := onnx.Open(rt, dir, onnx.Config{})
		if err == nil {
			m.Embed(ctx, texts) // may fail, must not crash
			m.Close()
		}
		return err
	}
	for _, size := range []int{0, 1, 100, len(whole) / 2, len(whole) - 1} {
		if err := try(whole[:size]); err == nil {
			t.Errorf("a file cut to %d of %d bytes is taken", size, len(whole))
		} else if !strings.Contains(err.Error(), file) {
			t.Errorf("the error does not name the file: %v", err)
		}
	}
	times := 40
	if testing.Short() {
		times = 10
	}
	random, refused := rand.New(rand.NewPCG(1, 2)), 0
	for range times {
		data := slices.Clone(whole)
		for range 1 + random.IntN(3) {
			at := random.IntN(len(data))
			if random.IntN(2) == 0 { // The structure has less room than the weights.
				at = random.IntN(2000)
				if random.IntN(2) == 0 {
					at = len(data) - 1 - at
				}
			}
			data[at] ^= 1 << random.IntN(8)
		}
		if try(data) != nil {
			refused++
		}
	}
	if refused == 0 || refused == times {
		t.Errorf("%d of %d are refused", refused, times)
	}
}
