package tokenizer

import (
	"maps"
	"os"
	"slices"
	"testing"
)

// TestParityOfParts compares the parts that BERT lacks, with BERT's vocabulary.
func TestParityOfParts(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	t.Parallel()
	bert, err := os.ReadFile(bertFile)
	if err != nil {
		t.Skip(bertFile + " is not there")
	}
	bert = unbounded(t, bert)
	split := func(pattern obj, behaviour string, invert bool) obj {
		return obj{"type": "Split", "pattern": pattern, "behavior": behaviour, "invert": invert}
	}
	changes := map[string]func(f obj){
		"raw added tokens":        func(f obj) { addTokens(f, false) },
		"normalised added tokens": func(f obj) { addTokens(f, true) },
		"words": func(f obj) {
			f["model"].(obj)["type"] = "WordLevel"
			delete(f["model"].(obj), "continuing_subword_prefix")
			delete(f["model"].(obj), "max_input_chars_per_word")
			f["normalizer"] = seq("normalizers", obj{"type": "NFC"}, obj{"type": "Lowercase"})
			f["pre_tokenizer"] = obj{"type": "Whitespace"}
		},
		"stripped": func(f obj) {
			f["normalizer"] = seq("normalizers", obj{"type": "NFKD"}, obj{"type": "StripAccents"}, obj{"type": "Lowercase"},
				obj{"type": "Strip", "strip_left": true, "strip_right": true})
			f["pre_tokenizer"] = seq("pretokenizers", obj{"type": "WhitespaceSplit"}, obj{"type": "Punctuation", "behavior": "MergedWithNext"},
				obj{"type": "Digits", "individual_digits": true})
		},
		"expressions": func(f obj) {
			f["normalizer"] = seq("normalizers", obj{"type": "Nmt"}, obj{"type": "NFKC"}, obj{"type": "Prepend", "prepend": "x"},
				obj{"type": "Replace", "pattern": obj{"Regex": `\s+`}, "content": " "})
			// The expression of Llama 3, and what else there is.
			f["pre_tokenizer"] = seq("pretokenizers", split(obj{"Regex": `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|` +
				` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`}, "Isolated", false),
				split(obj{"Regex": `\w+|[^\w\s]+`}, "Removed", true), split(obj{"String": "e"}, "MergedWithPrevious", false),
				split(obj{"Regex": `[aiou]+`}, "Contiguous", false), obj{"type": "CharDelimiterSplit", "delimiter": "t"})
		},
		"GPT-2": func(f obj) {
			f["normalizer"] = obj{"type": "NFD"}
			f["pre_tokenizer"] = seq("pretokenizers", split(obj{"Regex": gpt2Pattern}, "Removed", true),
				obj{"type": "Digits", "individual_digits": false})
		},
	}
	texts := someTexts(t, 20)
	if len(texts) < 50 {
		t.Fatalf("there are %d texts only", len(texts))
	}
	var jobs []job
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		jobs = append(jobs, newJob(name, changed(t, bert, changes[name]), texts))
	}
	compare(t, jobs...)
}

// addTokens adds a token for each setting of the flags.
func addTokens(f obj, normalized bool) {
	tokens := f["added_tokens"].([]any)
	for i, content := range []string{"The", "on", "Á", "中", "A b", ".", "𓂀", "ing", "e"} {
		tokens = append(tokens, obj{"id": 30522 + i, "content": content, "single_word": i&1 != 0, "lstrip": i&2 != 0, "rstrip": i&4 != 0,
			"normalized": normalized, "special": false})
	}
	for i, content := range []string{"password", "[unused1]"} { // of the vocabulary
		tokens = append(tokens, obj{"id": 0, "content": content, "single_word": true, "lstrip": i == 0, "rstrip": true,
			"normalized": normalized, "special": false})
	}
	f["added_tokens"] = tokens
}
