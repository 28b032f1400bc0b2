package tokenizer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bertFile is the tokenizer of BERT, uncased, with its 30,522 pieces.
const bertFile = "../../../shared/models/bert-uncased-tokenizer.json"

// readBERT gives it without its truncation and padding.
func readBERT(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(bertFile)
	if err != nil {
		t.Skip(bertFile + " is not there")
	}
	var f map[string]json.RawMessage
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	f["truncation"], f["padding"] = json.RawMessage("null"), json.RawMessage("null")
	if data, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	return data
}

// An answer is what the reference makes of a text or of two.
type answer struct{ ids, types []int32 }

// ask runs the reference with a tokenizer.json on texts and on pairs of them.
func ask(t *testing.T, tokenizerJSON []byte, texts [][]string) []answer {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node, which the reference needs")
	}
	if _, err := os.Stat(filepath.Join(parityCache, "node_modules/tokenizers/package.json")); err != nil {
		t.Skip("the reference is not there: make parity fetches it")
	}
	name := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(name, plain(t, tokenizerJSON), 0o600); err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	_ = e.Encode(map[string]string{"tokenizer": name})
	for _, text := range texts {
		_ = e.Encode(text)
	}
	reference := exec.Command(node, "testdata/reference.mjs", parityCache)
	var faults bytes.Buffer
	reference.Stdin, reference.Stderr = &in, &faults
	out, err := reference.Output()
	if err != nil {
		t.Fatalf("the reference: %v\n%s", err, faults.Bytes())
	}
	var all []answer
	for lines := bufio.NewReader(bytes.NewReader(out)); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var parts [][]int32
		if err := json.Unmarshal(line, &parts); err != nil {
			t.Fatal(err)
		}
		a := answer{ids: parts[0]}
		if len(parts) > 1 {
			a.types = parts[1]
		}
		all = append(all, a)
	}
	if len(all) != len(texts) {
		t.Fatalf("the reference answered %d of %d texts", len(all), len(texts))
	}
	return all
}

// compare holds a tokenizer.json against the reference on all texts, and on some
// pairs of them.
func compare(t *testing.T, tokenizerJSON []byte, texts []string) {
	t.Helper()
	tok, err := Open(tokenizerJSON)
	if err != nil {
		t.Fatal(err)
	}
	var asked [][]string
	for _, text := range texts {
		asked = append(asked, []string{text})
	}
	for i := 0; i+1 < len(texts); i += 10 {
		asked = append(asked, []string{texts[i], texts[len(texts)-1-i]})
	}
	wrong := 0
	for i, want := range ask(t, tokenizerJSON, asked) {
		var got answer
		if len(asked[i]) == 1 {
			got.ids = tok.Encode(asked[i][0], 0)
		} else {
			got.ids, got.types = tok.EncodePair(asked[i][0], asked[i][1], 0)
		}
		if slices.Equal(got.ids, want.ids) && slices.Equal(got.types, want.types) {
			continue
		}
		if wrong++; wrong <= 8 {
			t.Errorf("%q\n  gives %s\n  the reference %s", cutShort(asked[i]), shortIDs(got, want), shortIDs(want, got))
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(asked))
	}
}

func cutShort(texts []string) []string {
	var all []string
	for _, t := range texts {
		if len(t) > 300 {
			t = strings.ToValidUTF8(t[:300], "") + "..."
		}
		all = append(all, t)
	}
	return all
}

// shortIDs shows ids from shortly before where a and b part.
func shortIDs(a, b answer) string {
	from := 0
	for from < min(len(a.ids), len(b.ids)) && a.ids[from] == b.ids[from] {
		from++
	}
	from = max(from-3, 0)
	data, _ := json.Marshal(a.ids[from:min(from+14, len(a.ids))])
	types, _ := json.Marshal(a.types[:min(14, len(a.types))])
	return string(data) + " " + string(types)
}

func TestParity(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	texts := parityTexts(t)
	if len(texts) < 5000 {
		t.Fatalf("there are %d texts; the comparison is to have 5,000", len(texts))
	}
	t.Run("bert", func(t *testing.T) { compare(t, readBERT(t), texts) })
	training := append(exampleTexts(t), drawnTexts(400, 2, []string{"training"})...)
	t.Run("unigram", func(t *testing.T) {
		m := trainSPM(t, training, "--vocab_size=4000")
		t.Run("e5", func(t *testing.T) { compare(t, m.xlmr(oldMetaspace), texts) })
		t.Run("today", func(t *testing.T) {
			compare(t, m.xlmr(newMetaspace,
				obj{"type": "Strip", "strip_left": false, "strip_right": true},
				obj{"type": "Replace", "pattern": obj{"Regex": " {2,}"}, "content": "▁"}), texts)
		})
	})
	t.Run("unigram nfkc bytes", func(t *testing.T) {
		m := trainSPM(t, training, "--vocab_size=3000", "--normalization_rule_name=nfkc", "--byte_fallback", "--split_by_whitespace=false")
		compare(t, m.xlmr(obj{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false}), texts)
	})
	t.Run("unigram identity", func(t *testing.T) {
		m := trainSPM(t, training, "--vocab_size=2000", "--normalization_rule_name=identity")
		compare(t, m.xlmr(obj{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true}), texts)
	})
}
