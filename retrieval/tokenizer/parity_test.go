package tokenizer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

// bertFile is the tokenizer of BERT, uncased, with its 30,522 pieces.
const bertFile = "../../../shared/models/bert-uncased-tokenizer.json"

// unbounded gives a tokenizer.json without its truncation and padding.
func unbounded(t testing.TB, tokenizerJSON []byte) []byte {
	return changed(t, tokenizerJSON, func(f obj) { f["truncation"], f["padding"] = nil, nil })
}

// An answer is what the reference makes of a text or of two.
type answer struct{ ids, types []int32 }

// A job is a tokenizer.json and what is asked of it: texts, and pairs of them.
type job struct {
	name  string
	file  []byte
	asked [][]string
}

// newJob asks for all texts and for a tenth of them in pairs.
func newJob(name string, tokenizerJSON []byte, texts []string) job {
	j := job{name: name, file: tokenizerJSON}
	for _, text := range texts {
		j.asked = append(j.asked, []string{text})
	}
	for i := 0; i < len(texts); i += 10 {
		j.asked = append(j.asked, []string{texts[i], texts[len(texts)-1-i]})
	}
	return j
}

// compare holds all jobs against the reference.
func compare(t *testing.T, jobs ...job) {
	t.Helper()
	answers := ask(t, jobs)
	for _, j := range jobs {
		wanted := answers[:len(j.asked)]
		answers = answers[len(j.asked):]
		t.Run(j.name, func(t *testing.T) { j.compare(t, wanted) })
	}
}

// ask runs the reference.
func ask(t *testing.T, jobs []job) []answer {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node, which the reference needs")
	}
	if _, err := os.Stat(filepath.Join(parityCache, "node_modules/tokenizers/package.json")); err != nil {
		t.Skip("the reference is not there: make parity fetches it")
	}
	dir, asked := t.TempDir(), 0
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	for i, j := range jobs {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, plain(t, j.file), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = e.Encode(map[string]string{"tokenizer": name})
		for _, texts := range j.asked {
			_ = e.Encode(texts)
		}
		asked += len(j.asked)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a panic of the reference leaves node hanging
	defer cancel()
	reference := exec.CommandContext(ctx, node, "testdata/reference.mjs", parityCache)
	var faults bytes.Buffer
	reference.Stdin, reference.Stderr = &in, &faults
	out, err := reference.Output()
	if err != nil {
		t.Fatalf("the reference: %v\n%s", err, faults.Bytes())
	}
	var all []answer
	for line := range bytes.Lines(out) {
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
	if len(all) != asked {
		t.Fatalf("the reference answered %d of %d texts", len(all), asked)
	}
	return all
}

func (j job) compare(t *testing.T, wanted []answer) {
	tok, err := Open(j.file)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, want := range wanted {
		var got answer
		if texts := j.asked[i]; len(texts) == 1 {
			got.ids = tok.Encode(texts[0], 0)
		} else {
			got.ids, got.types = tok.EncodePair(texts[0], texts[1], 0)
		}
		if slices.Equal(got.ids, want.ids) && slices.Equal(got.types, want.types) {
			continue
		}
		if wrong++; wrong <= 8 {
			t.Errorf("%q\n  gives %s\n  the reference %s", cutShort(j.asked[i]), shortIDs(got, want), shortIDs(want, got))
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(wanted))
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

// TestParity compares the families of models that people use.
func TestParity(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	t.Parallel()
	texts := parityTexts(t)
	if len(texts) < 5000 {
		t.Fatalf("there are %d texts; the comparison is to have 5,000", len(texts))
	}
	training := trainingTexts(t)
	merges := trainBPE(byteWords(training), 400)
	jobs := []job{newJob("roberta", robertaFile(merges), texts), newJob("modernbert", modernBERTFile(merges), texts)}
	if data, err := os.ReadFile(bertFile); err == nil {
		jobs = append(jobs, newJob("bert", unbounded(t, data), texts))
	} else {
		t.Log(bertFile + " is not there: BERT's tokenizer is not compared")
	}
	if m, ok := trainSPM(t, training, "--vocab_size=4000"); ok {
		jobs = append(jobs, newJob("xlmr", m.xlmr(oldMetaspace), texts))
	}
	compare(t, jobs...)
}

// TestParityOfCharacters compares every character, alone and beside others.
func TestParityOfCharacters(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	var texts []string
	for _, with := range []string{"%", "A%b", "ª%x", "%%", "e%\u0323%\u0301", "각%", "👩%👩", "क्%क"} {
		var b strings.Builder
		n := 0
		for r := rune(0); r <= 0xE01FF; r++ {
			if !utf8.ValidRune(r) || r > 0x3FFFF && r < 0xE0000 { // where no version of Unicode has any
				continue
			}
			b.WriteString(strings.ReplaceAll(with, "%", string(r)) + " . ")
			if n++; n%64 == 0 {
				texts = append(texts, b.String())
				b.Reset()
			}
		}
		texts = append(texts, b.String())
	}
	training := trainingTexts(t)
	merges := trainBPE(byteWords(training), 400)
	t.Run("gpt", func(t *testing.T) { compare(t, newJob("roberta", robertaFile(merges), texts)) })
	t.Run("nfc", func(t *testing.T) { compare(t, newJob("modernbert", modernBERTFile(merges), texts)) })
	t.Run("bert", func(t *testing.T) {
		data, err := os.ReadFile(bertFile)
		if err != nil {
			t.Skip(bertFile + " is not there")
		}
		whole := unbounded(t, data)
		compare(t, newJob("uncased", whole, texts),
			newJob("cased", changed(t, whole, func(f obj) { f["normalizer"].(obj)["lowercase"] = false }), texts))
	})
	for _, rule := range []string{"nmt_nfkc", "nfkc_cf"} {
		t.Run(rule, func(t *testing.T) {
			if m, ok := trainSPM(t, training, "--vocab_size=3000", "--byte_fallback", "--normalization_rule_name="+rule); ok {
				compare(t, newJob("xlmr", m.xlmr(oldMetaspace), texts))
			}
		})
	}
}

// someTexts are the odd texts and every nth of the others.
func someTexts(t *testing.T, nth int) []string {
	all := parityTexts(t)
	some := all[:len(tokenizertest.Odd):len(tokenizertest.Odd)]
	for i := len(tokenizertest.Odd); i < len(all); i += nth {
		some = append(some, all[i])
	}
	return some
}

// trainingTexts are what vocabularies are trained on.
func trainingTexts(t testing.TB) []string {
	return append(exampleTexts(t), tokenizertest.Drawn(400, 2, []string{"training"})...)
}

// changed gives a tokenizer.json with a change.
func changed(t testing.TB, tokenizerJSON []byte, change func(f obj)) []byte {
	t.Helper()
	f := decoded(t, tokenizerJSON)
	change(f)
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// robertaFile has the shape of RoBERTa's: merges as lines.
func robertaFile(merges [][2]string) []byte {
	specials := []string{"<s>", "<pad>", "</s>", "<unk>"}
	model := bpeModel(specials, byteChars[:], merges, true)
	vocab := model["vocab"].(map[string]int)
	vocab["<mask>"] = len(vocab)
	ids := map[string]int{"<mask>": vocab["<mask>"]}
	maps.Copy(ids, xlmrIDs)
	model["continuing_subword_prefix"], model["end_of_word_suffix"] = "", ""
	return file(special(ids), nil, obj{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
		obj{"type": "RobertaProcessing", "sep": []any{"</s>", 2}, "cls": []any{"<s>", 0}, "trim_offsets": true, "add_prefix_space": false}, model)
}

// modernBERTFile has the shape of ModernBERT's: NFC, merges as pairs, the special
// tokens behind the vocabulary, and tokens for runs of spaces.
func modernBERTFile(merges [][2]string) []byte {
	model := bpeModel(nil, byteChars[:], merges, false)
	model["unk_token"] = "[UNK]"
	next := len(model["vocab"].(map[string]int))
	add := func(token string, isSpecial, normalized bool) obj {
		model["vocab"].(map[string]int)[token] = next
		next++
		return obj{"id": next - 1, "content": token, "single_word": false, "lstrip": token == "[MASK]", "rstrip": false, "normalized": normalized, "special": isSpecial}
	}
	var added []obj
	for n := 10; n >= 2; n-- {
		added = append(added, add(strings.Repeat(" ", n), false, true))
	}
	ids := map[string]int{}
	for _, token := range []string{"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"} {
		ids[token] = next
		added = append(added, add(token, true, false))
	}
	for _, token := range []string{"|||IP_ADDRESS|||", "[unused0]", "<|padding|>"} {
		added = append(added, add(token, false, token == "[unused0]"))
	}
	return file(added, obj{"type": "NFC"}, obj{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
		around("[CLS] A [SEP]", "[CLS] A [SEP] B:1 [SEP]:1", ids), model)
}
