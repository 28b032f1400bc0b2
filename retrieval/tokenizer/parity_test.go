package tokenizer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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
	t.Run("xlmr", func(t *testing.T) {
		compare(t, trainSPM(t, trainingTexts(t), "--vocab_size=4000").xlmr(oldMetaspace), texts)
	})
	merges := trainBPE(byteWords(trainingTexts(t)), 600)
	t.Run("roberta", func(t *testing.T) { compare(t, robertaFile(merges), texts) })
	t.Run("modernbert", func(t *testing.T) { compare(t, modernBERTFile(merges), texts) })
}

// TestParityOfOptions compares what the great families leave at one value, on
// fewer texts.
func TestParityOfOptions(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	texts := someTexts(t, 7)
	t.Run("bert", func(t *testing.T) {
		for name, normalizer := range map[string]obj{
			"cased":    {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": false},
			"accented": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": false, "strip_accents": false, "lowercase": true},
			"stripped": {"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": true, "strip_accents": true, "lowercase": false},
		} {
			t.Run(name, func(t *testing.T) {
				compare(t, changed(t, readBERT(t), func(f obj) { f["normalizer"] = normalizer }), texts)
			})
		}
	})
	t.Run("unigram", func(t *testing.T) {
		m := trainSPM(t, trainingTexts(t), "--vocab_size=3000", "--normalization_rule_name=nfkc", "--byte_fallback", "--split_by_whitespace=false")
		compare(t, m.xlmr(newMetaspace,
			obj{"type": "Strip", "strip_left": false, "strip_right": true},
			obj{"type": "Replace", "pattern": obj{"Regex": " {2,}"}, "content": "▁"}), texts)
		for name, metaspace := range map[string]obj{
			"always":    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": false},
			"first":     {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false},
			"never":     {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true},
			"before":    {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true, "str_rep": "▁"},
			"cut first": seq("pretokenizers", obj{"type": "Punctuation", "behavior": "Isolated"}, obj{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"}),
		} {
			t.Run(name, func(t *testing.T) { compare(t, m.xlmr(metaspace), texts) })
		}
	})
	t.Run("bpe", func(t *testing.T) {
		merges := trainBPE(byteWords(trainingTexts(t)), 200)
		m := func(options obj) obj {
			model := bpeModel([]string{"<unk>"}, byteChars[:], merges, true)
			maps.Copy(model, options)
			return model
		}
		level := func(prefix, regex bool) obj {
			return obj{"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": false, "use_regex": regex}
		}
		whole := m(obj{"ignore_merges": true})
		for i, word := range []string{"Ġyour", "Ġthequick", "desk", "漢"} {
			whole["vocab"].(map[string]int)[word] = 5000 + i
		}
		few := byteChars[:0xC0] // no first byte of what is not ASCII
		known := slices.DeleteFunc(slices.Clone(merges), func(m [2]string) bool {
			return strings.ContainsAny(m[0]+m[1], strings.Join(byteChars[0xC0:], ""))
		})
		for name, f := range map[string][]byte{
			"whole words":      file(nil, nil, level(false, true), nil, whole),
			"prefix, no cut":   file(nil, nil, level(true, false), nil, m(nil)),
			"normaliser":       file(nil, obj{"type": "ByteLevel"}, nil, nil, m(nil)),
			"few characters":   file(nil, nil, level(true, true), nil, bpeModel(nil, few, known, true)),
			"digits, prefixes": file(nil, nil, seq("pretokenizers", obj{"type": "Digits", "individual_digits": true}, level(true, true)), nil, m(nil)),
		} {
			t.Run(name, func(t *testing.T) { compare(t, f, texts) })
		}
	})
	t.Run("bpe of words", func(t *testing.T) {
		var words, ends []string
		for _, text := range trainingTexts(t) {
			for word := range strings.FieldsSeq(text) {
				words = append(words, "▁"+word)
				ends = append(ends, word)
			}
		}
		merges := trainBPE(words, 300)
		for _, c := range []obj{
			{"byte_fallback": true}, {"byte_fallback": true, "unk_token": "<unk>"}, {"byte_fallback": true, "unk_token": "<unk>", "fuse_unk": true},
			{"unk_token": "<unk>"}, {"unk_token": "<unk>", "fuse_unk": true}, {"ignore_merges": true},
		} {
			model := bpeModel([]string{"<s>", "</s>", "<unk>"}, wordChars(words), merges, false)
			maps.Copy(model, c)
			t.Run(fmt.Sprint(c), func(t *testing.T) {
				compare(t, file(special(map[string]int{"<s>": 0, "</s>": 1, "<unk>": 2}), nil, newMetaspace, nil, model), texts)
			})
		}
		t.Run("suffix", func(t *testing.T) {
			model := bpeModel([]string{"<unk>"}, nil, nil, true)
			suffixed(model, ends)
			compare(t, file(nil, obj{"type": "Lowercase"}, obj{"type": "WhitespaceSplit"}, nil, model), texts)
		})
	})
}

// TestParityOfTruncation compares what the file's own truncation leaves.
func TestParityOfTruncation(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	texts := someTexts(t, 11)
	for _, c := range []obj{
		{"direction": "Right", "max_length": 12, "strategy": "LongestFirst", "stride": 0},
		{"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 0},
	} {
		t.Run(fmt.Sprint(c["direction"]), func(t *testing.T) {
			compare(t, changed(t, readBERT(t), func(f obj) { f["truncation"] = c }), texts)
		})
	}
}

// someTexts are the odd texts and every nth of the others.
func someTexts(t *testing.T, nth int) []string {
	all := parityTexts(t)
	some := all[:len(oddTexts):len(oddTexts)]
	for i := len(oddTexts); i < len(all); i += nth {
		some = append(some, all[i])
	}
	return some
}

// trainingTexts are what vocabularies are trained on.
func trainingTexts(t *testing.T) []string {
	return append(exampleTexts(t), drawnTexts(400, 2, []string{"training"})...)
}

// changed gives a tokenizer.json with a change.
func changed(t *testing.T, tokenizerJSON []byte, change func(f obj)) []byte {
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

// wordChars are the characters of words of up to two bytes, and pieces for nearly
// all bytes.
func wordChars(words []string) []string {
	seen := map[rune]bool{}
	for _, w := range words {
		for _, c := range w {
			if utf8.RuneLen(c) < 3 || c == '▁' {
				seen[c] = true
			}
		}
	}
	var all []string
	for _, c := range slices.Sorted(maps.Keys(seen)) {
		all = append(all, string(c))
	}
	for b := range 256 {
		if b != 0xE3 { // so that kana have none
			all = append(all, byteToken(byte(b)))
		}
	}
	return all
}

// suffixed fills a model of words whose last letter has a mark behind it and whose
// others but the first have one before them.
func suffixed(model obj, words []string) {
	vocab := model["vocab"].(map[string]int)
	add := func(token string) {
		if _, ok := vocab[token]; !ok {
			vocab[token] = len(vocab)
		}
	}
	var merges []any
	for c := 'a'; c <= 'z'; c++ {
		for _, token := range []string{string(c), "@" + string(c), string(c) + "</w>", "@" + string(c) + "</w>"} {
			add(token)
		}
	}
	for _, word := range words {
		if len(word) < 2 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" || len(merges) > 400 {
			continue
		}
		for i := range len(word) - 1 {
			left, right := word[:i+1], "@"+word[i+1:i+2]
			if i+2 == len(word) {
				right += "</w>"
			}
			merges = append(merges, left+" "+right)
			add(left + right[1:])
		}
	}
	model["merges"], model["unk_token"] = merges, "<unk>"
	model["continuing_subword_prefix"], model["end_of_word_suffix"] = "@", "</w>"
}
