package tokenizer

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestParityOfOptions compares what the great families leave at one value, on
// fewer texts.
func TestParityOfOptions(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	t.Parallel()
	texts := someTexts(t, 60)
	if len(texts) < 50 {
		t.Fatalf("there are %d texts only", len(texts))
	}
	var jobs []job
	add := func(name string, tokenizerJSON []byte) { jobs = append(jobs, newJob(name, tokenizerJSON, texts)) }
	bertOptions(t, add)
	training := trainingTexts(t)
	unigramOptions(t, training, add)
	byteBPEOptions(training, add)
	wordBPEOptions(training, add)
	compare(t, jobs...)
}

func bertOptions(t *testing.T, add func(name string, tokenizerJSON []byte)) {
	data, err := os.ReadFile(bertFile)
	if err != nil {
		t.Log(bertFile + " is not there: BERT's options are not compared")
		return
	}
	whole := unbounded(t, data)
	for name, normalizer := range map[string]obj{
		"cased":    {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": false},
		"accented": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": false, "strip_accents": false, "lowercase": true},
		"stripped": {"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": true, "strip_accents": true, "lowercase": false},
	} {
		add("bert "+name, changed(t, whole, func(f obj) { f["normalizer"] = normalizer }))
	}
	for _, c := range []obj{
		{"direction": "Right", "max_length": 12, "strategy": "LongestFirst", "stride": 0},
		{"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 0},
	} {
		add(fmt.Sprint("bert cut ", c["direction"]), changed(t, whole, func(f obj) { f["truncation"] = c }))
	}
}

func unigramOptions(t *testing.T, training []string, add func(name string, tokenizerJSON []byte)) {
	m, ok := trainSPM(t, training, "--vocab_size=3000", "--normalization_rule_name=nfkc", "--byte_fallback")
	if !ok {
		return
	}
	add("unigram, today's converter", m.xlmr(newMetaspace,
		obj{"type": "Strip", "strip_left": false, "strip_right": true},
		obj{"type": "Replace", "pattern": obj{"Regex": " {2,}"}, "content": "▁"}))
	for name, metaspace := range map[string]obj{
		"always": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": false},
		"first":  {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false},
		"never":  {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true},
		"before": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true, "str_rep": "▁"},
	} {
		add("unigram "+name, m.xlmr(metaspace))
	}
	add("unigram, its kind unsaid", changed(t, m.xlmr(oldMetaspace), func(f obj) { delete(f["model"].(obj), "type") }))
	cutFirst := seq("pretokenizers", obj{"type": "Punctuation", "behavior": "Isolated"}, obj{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"})
	add("unigram cut first", m.xlmr(cutFirst))
	m.chars = nil
	add("unigram not normalised", m.xlmr(cutFirst))
}

func byteBPEOptions(training []string, add func(name string, tokenizerJSON []byte)) {
	merges := trainBPE(byteWords(training), 200)
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
	old := m(obj{"continuing_subword_prefix": "", "end_of_word_suffix": ""})
	for _, key := range []string{"type", "byte_fallback", "ignore_merges"} {
		delete(old, key)
	}
	add("bpe, its kind unsaid", file(nil, nil, obj{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}, nil, old))
	qwen := obj{"Regex": `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`}
	add("bpe, cut as Qwen", file(nil, obj{"type": "NFC"},
		seq("pretokenizers", obj{"type": "Split", "pattern": qwen, "behavior": "Isolated", "invert": false}, level(false, false)),
		seq("processors", obj{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}, around("A <unk>", "A B:1 <unk>:1", map[string]int{"<unk>": 0})),
		m(nil)))
	add("bpe, whole words", file(nil, nil, level(false, true), nil, whole))
	add("bpe, prefix, no cut", file(nil, nil, level(true, false), nil, m(nil)))
	add("bpe, normaliser", file(nil, obj{"type": "ByteLevel"}, nil, nil, m(nil)))
	add("bpe, few characters", file(nil, nil, level(true, true), nil, bpeModel(nil, few, known, true)))
	add("bpe, digits, prefixes", file(nil, nil, seq("pretokenizers", obj{"type": "Digits", "individual_digits": true}, level(true, true)), nil, m(nil)))
}

func wordBPEOptions(training []string, add func(name string, tokenizerJSON []byte)) {
	var words, ends []string
	for _, text := range training {
		for word := range strings.FieldsSeq(text) {
			words = append(words, "▁"+word)
			ends = append(ends, word)
		}
	}
	merges := trainBPE(words, 200)
	for _, c := range []obj{
		{"byte_fallback": true}, {"byte_fallback": true, "unk_token": "<unk>"}, {"byte_fallback": true, "unk_token": "<unk>", "fuse_unk": true},
		{"unk_token": "<unk>"}, {"unk_token": "<unk>", "fuse_unk": true}, {"ignore_merges": true},
	} {
		model := bpeModel([]string{"<s>", "</s>", "<unk>"}, wordChars(words), merges, false)
		maps.Copy(model, c)
		add(fmt.Sprint("bpe of words ", c), file(special(map[string]int{"<s>": 0, "</s>": 1, "<unk>": 2}), nil, newMetaspace, nil, model))
	}
	gemma := bpeModel([]string{"<pad>", "<eos>", "<bos>", "<unk>"}, wordChars(words), merges, false)
	maps.Copy(gemma, obj{"byte_fallback": true, "unk_token": "<unk>", "fuse_unk": true})
	ids := map[string]int{"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3}
	add("bpe as Gemma", file(special(ids), obj{"type": "Replace", "pattern": obj{"String": " "}, "content": "▁"},
		obj{"type": "Split", "pattern": obj{"String": " "}, "behavior": "MergedWithPrevious", "invert": false},
		around("<bos> A <eos>", "<bos> A <bos>:1 B:1 <eos>:1", ids), gemma))
	model := bpeModel([]string{"<unk>"}, nil, nil, true)
	suffixed(model, ends)
	add("bpe with marks of places", file(nil, obj{"type": "Lowercase"}, obj{"type": "WhitespaceSplit"}, nil, model))
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
