package onnx_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
)

// TestCommitted opens the small models of testdata, each as its folder says.
func TestCommitted(t *testing.T) {
	rt := openRuntime(t)
	for name, want := range map[string]onnx.Settings{
		"bert":        {File: "onnx/model.onnx", Pooling: "mean"},
		"bert-fp16":   {File: "model.onnx", Pooling: "mean", Alone: true},
		"bert-int8":   {File: "onnx/model_quantized.onnx", Pooling: "mean", Alone: true},
		"bert-old":    {File: "onnx/model.onnx", Pooling: "mean"},
		"bert-cls":    {File: "onnx/model.onnx", Pooling: "cls", QueryPrefix: "query: ", PassagePrefix: "passage: "},
		"bert-pooled": {File: "onnx/model.onnx", Pooling: "pooled", Alone: true},
		"xlmr":        {File: "onnx/model.onnx", Pooling: "mean"},
		"xlmr-last":   {File: "onnx/model.onnx", Pooling: "lasttoken"},
		"modernbert":  {File: "onnx/model.onnx", Pooling: "mean"},
	} {
		m := openModel(t, rt, filepath.Join("testdata", name), onnx.Config{})
		want.Normalize, want.MaxTokens, want.Dimensions, want.Full = true, 64, 32, 32
		if got := m.Settings(); got != want {
			t.Errorf("%s: %+v,\nnot %+v", name, got, want)
		}
		info, err := os.Stat(filepath.Join("testdata", name, want.File))
		if err != nil || m.Bytes() != info.Size() {
			t.Errorf("%s: %d bytes, %v", name, m.Bytes(), err)
		}
		got := embed(t, m, texts...)
		if apart(got[0], got[1]) < 1e-3 {
			t.Errorf("%s: two texts have nearly one vector", name)
		}
	}
}

// The fingerprint changes with all that changes vectors, and with nothing else.
func TestFingerprint(t *testing.T) {
	rt := openRuntime(t)
	small := onnxtest.Small(onnxtest.BERT)
	dir := written(t, small)
	small.Seed++
	seen := map[string]string{}
	no := false
	for name, open := range map[string]func() *onnx.Model{
		"as it is":     func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{}) },
		"other weight": func() *onnx.Model { return openModel(t, rt, written(t, small), onnx.Config{}) },
		"pooling":      func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{Pooling: "cls"}) },
		"length":       func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{Normalize: &no}) },
		"dimensions":   func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{Dimensions: 8}) },
		"tokens":       func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{MaxTokens: 8}) },
		"query":        func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{QueryPrefix: new("q")}) },
		"passage":      func() *onnx.Model { return openModel(t, rt, dir, onnx.Config{PassagePrefix: new("q")}) },
	} {
		print := open().Fingerprint()
		if other := seen[print]; other != "" {
			t.Errorf("%s and %s have the fingerprint %s", name, other, print)
		}
		seen[print] = name
		if again := open().Fingerprint(); again != print {
			t.Errorf("%s: %s, and then %s", name, print, again)
		}
	}
}

// A vocab.txt stands for the tokenizer.json that says the same.
func TestVocab(t *testing.T) {
	rt := openRuntime(t)
	small := onnxtest.Small(onnxtest.BERT)
	dir := written(t, small)
	want := embed(t, openModel(t, rt, dir, onnx.Config{}), texts...)
	var file struct {
		Model struct {
			Vocab map[string]int `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(small.Tokenizer, &file); err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(file.Model.Vocab))
	for piece, id := range file.Model.Vocab {
		lines[id] = piece
	}
	if err := os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "tokenizer.json")); err != nil {
		t.Fatal(err)
	}
	got := embed(t, openModel(t, rt, dir, onnx.Config{}), texts...)
	for i := range texts {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%q has another vector", texts[i])
		}
	}
}

// Some models want small letters although their tokenizer keeps great ones.
func TestLower(t *testing.T) {
	rt := openRuntime(t)
	dir := written(t, onnxtest.Small(onnxtest.XLMR))
	plain := openModel(t, rt, dir, onnx.Config{})
	if err := os.WriteFile(filepath.Join(dir, "sentence_bert_config.json"), []byte(`{"max_seq_length": 64, "do_lower_case": true}`), 0o644); err != nil {
		t.Fatal(err)
	}
	lower := openModel(t, rt, dir, onnx.Config{})
	if !slices.Equal(embed(t, lower, "WHERE Is It")[0], embed(t, plain, "where is it")[0]) {
		t.Error("do_lower_case does nothing")
	}
	if lower.Fingerprint() == plain.Fingerprint() {
		t.Error("it is not in the fingerprint")
	}
}

// With include_prompt: false the tokens of the prefix, and what stands before
// it, are read but not pooled.
func TestPromptNotPooled(t *testing.T) {
	rt := openRuntime(t)
	small := onnxtest.Small(onnxtest.BERT)
	small.QueryPrefix = "how do I: "
	dir := written(t, small)
	file := filepath.Join(dir, "1_Pooling", "config.json")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := openModel(t, rt, dir, onnx.Config{})
	if err := os.WriteFile(file, bytes.Replace(data, []byte(`"include_prompt": true`), []byte(`"include_prompt": false`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	without := openModel(t, rt, dir, onnx.Config{})
	reference := openSlow(t, rt, dir, 64)
	skip := len(reference.tokens.Encode(strings.TrimSpace(small.QueryPrefix), 0)) - 1
	for _, text := range []string{"why", "where is it"} {
		tokens := reference.tokensOf(t, "last_hidden_state", small.QueryPrefix+text)
		if d := apart(embed(t, without, text)[0], unit(mean(tokens[skip:]))); !(d < 1e-5) {
			t.Errorf("%q is %g away from what it should be", text, d)
		}
		if apart(embed(t, without, text)[0], embed(t, with, text)[0]) < 1e-3 {
			t.Errorf("%q: include_prompt does nothing", text)
		}
	}
	passages, err := without.EmbedPassages(ctx, []string{"why"})
	if err != nil || !(apart(passages[0], unit(mean(reference.tokensOf(t, "last_hidden_state", "why")))) < 1e-5) {
		t.Errorf("a text without a prefix is not pooled whole: %v", err)
	}
}
