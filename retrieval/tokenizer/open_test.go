package tokenizer_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/retrieval/tokenizer"
)

// TestOpenFaults sees to it that nothing unknown, contradictory or out of bounds
// is passed over, and that the error says where it stands.
func TestOpenFaults(t *testing.T) {
	r := readReference(t)
	for _, c := range []struct{ name, part, value, want string }{
		{"unknown part", "extra", `{}`, `the part "extra"`},
		{"newer version", "version", `"2.0"`, `version "\"2.0\""`},
		{"no model", "model", `null`, `model: it is missing`},
		{"unknown model", "model", `{"type":"Markov"}`, `model: the kind "Markov"`},
		{"model's key", "model", `{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##","max_input_chars_per_word":9,"extra":1}`, `model: the key "extra"`},
		{"model without vocabulary", "model", `{"type":"WordLevel","unk_token":"a"}`, `model.vocab: an object is expected, and there is nothing`},
		{"unknown token", "model", `{"type":"WordLevel","unk_token":"[X]"}`, `model.unk_token: the piece "[X]" is not in the vocabulary`},
		{"unknown token of pieces", "model", `{"type":"WordPiece","unk_token":"[X]","continuing_subword_prefix":"##","max_input_chars_per_word":9}`, `model.unk_token: the piece "[X]"`},
		{"length of words", "model", `{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##","max_input_chars_per_word":-1}`, `model.max_input_chars_per_word: a count`},
		{"id", "model", `{"type":"WordLevel","unk_token":"a","vocab":{"a":-1}}`, `model.vocab: the piece "a": an id from 0 to`},
		{"huge id", "model", `{"type":"WordLevel","unk_token":"a","vocab":{"a":99999999}}`, `an id from 0 to`},
		{"id that is none", "model", `{"type":"WordLevel","unk_token":"a","vocab":{"a":1.5}}`, `an id from 0 to`},
		{"long piece", "model", `{"type":"WordLevel","unk_token":"a","vocab":{"` + strings.Repeat("a", 5000) + `":1}}`, `has 5000 bytes`},
		{"normaliser", "normalizer", `{"type":"Xyz"}`, `normalizer: the kind "Xyz"`},
		{"normaliser inside", "normalizer", `{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Sequence","normalizers":[{"type":"Xyz"}]}]}`, `normalizer.normalizers[1].normalizers[0]: the kind "Xyz"`},
		{"normaliser's key", "normalizer", `{"type":"Lowercase","locale":"tr"}`, `normalizer: json: unknown field "locale"`},
		{"normaliser without kind", "normalizer", `{}`, `normalizer: it has no type`},
		{"normaliser that is none", "normalizer", `[1]`, `normalizer: an object is expected`},
		{"Sequence of nothing", "normalizer", `{"type":"Sequence"}`, `a Sequence has normalizers`},
		{"deep", "normalizer", strings.Repeat(`{"type":"Sequence","normalizers":[`, 20) + strings.Repeat(`]}`, 20), `deep in each other`},
		{"many", "normalizer", `{"type":"Sequence","normalizers":[` + strings.Repeat(`{"type":"NFC"},`, 99) + `{"type":"NFC"}]}`, `more than 64 parts`},
		{"BERT's normaliser", "normalizer", `{"type":"BertNormalizer","clean_text":true}`, `a BertNormalizer has clean_text, handle_chinese_chars and lowercase`},
		{"Strip", "normalizer", `{"type":"Strip"}`, `a Strip has strip_left`},
		{"Prepend", "normalizer", `{"type":"Prepend"}`, `normalizer: a Prepend has`},
		{"Replace", "normalizer", `{"type":"Replace","pattern":{"String":"a"}}`, `a Replace has a content`},
		{"pattern", "normalizer", `{"type":"Replace","content":""}`, `normalizer.pattern: a pattern is missing`},
		{"pattern's kind", "normalizer", `{"type":"Replace","content":"","pattern":{"Glob":"*"}}`, `unknown field "Glob"`},
		{"two patterns", "normalizer", `{"type":"Replace","content":"","pattern":{"String":"a","Regex":"a"}}`, `a pattern is a String or a Regex`},
		{"empty pattern", "normalizer", `{"type":"Replace","content":"","pattern":{"String":""}}`, `from 1 to 4096 bytes`},
		{"expression", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"("}}`, `normalizer.pattern: the regular expression "("`},
		{"possessive", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"a++"}}`, `has a possessive ++`},
		{"hexadecimal digit", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"\\h"}}`, `has \h`},
		{"word boundary", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"\\b"}}`, `has \b`},
		{"class of POSIX", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"[[:alpha:]]"}}`, `has a class inside a class`},
		{"both of two classes", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"[a&&b]"}}`, `has the && of classes`},
		{"odd group", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"(?m:.)"}}`, `has (?m:`},
		{"group of options inside", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"a(?i)b|c"}}`, `has (?i)`},
		{"byte", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"\\xE9"}}`, `has \x`},
		{"open count", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"a{,2}"}}`, `has a { that begins no count`},
		{"property", "normalizer", `{"type":"Replace","content":"","pattern":{"Regex":"\\p{^L}"}}`, `has \p`},
		{"pre-tokeniser", "pre_tokenizer", `{"type":"UnicodeScripts"}`, `pre_tokenizer: the kind "UnicodeScripts"`},
		{"pre-tokeniser inside", "pre_tokenizer", `{"type":"Sequence","pretokenizers":[{"type":"Xyz"}]}`, `pre_tokenizer.pretokenizers[0]: the kind "Xyz"`},
		{"Sequence's key", "pre_tokenizer", `{"type":"Sequence","pretokenizers":[],"extra":1}`, `pre_tokenizer: the key "extra"`},
		{"behaviour", "pre_tokenizer", `{"type":"Punctuation","behavior":"Doubled"}`, `pre_tokenizer.behavior: the kind "Doubled"`},
		{"Split", "pre_tokenizer", `{"type":"Split","pattern":{"String":"a"},"behavior":"Removed"}`, `a Split has pattern, behavior and invert`},
		{"Digits", "pre_tokenizer", `{"type":"Digits"}`, `a Digits has individual_digits`},
		{"delimiter", "pre_tokenizer", `{"type":"CharDelimiterSplit","delimiter":"ab"}`, `a delimiter is one character, and there is "ab"`},
		{"post-processor", "post_processor", `{"type":"Xyz"}`, `post_processor: the kind "Xyz"`},
		{"post-processor inside", "post_processor", `{"type":"Sequence","processors":[{"type":"Xyz"}]}`, `post_processor.processors[0]: the kind "Xyz"`},
		{"two post-processors", "post_processor", `{"type":"Sequence","processors":[{"type":"BertProcessing","sep":["a",1],"cls":["b",2]},{"type":"BertProcessing","sep":["a",1],"cls":["b",2]}]}`, `post_processor.processors[1]: a second BertProcessing`},
		{"sep", "post_processor", `{"type":"BertProcessing","cls":["a",1]}`, `post_processor.sep: `},
		{"sep of three", "post_processor", `{"type":"BertProcessing","cls":["a",1],"sep":["b",2,3]}`, `a token and its id are expected`},
		{"template's token", "post_processor", `{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[X]","type_id":0}}],"pair":[],"special_tokens":{}}`, `post_processor.single[0]: special_tokens has no "[X]"`},
		{"template's part", "post_processor", `{"type":"TemplateProcessing","single":[{"Sequence":{"id":"C","type_id":0}}],"pair":[],"special_tokens":{}}`, `post_processor.single[0]: a part is`},
		{"template's type", "post_processor", `{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":-1}}],"pair":[],"special_tokens":{}}`, `post_processor.single[0]: a token type from 0 to 255`},
		{"template twice", "post_processor", `{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{}}`, `post_processor.single: a template that has not each text exactly once`},
		{"template without a pair", "post_processor", `{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{}}`, `post_processor.pair: a template`},
		{"added token's key", "added_tokens", `[{"id":1,"content":"a","colour":"red"}]`, `added_tokens[0]: json: unknown field "colour"`},
		{"added tokens", "added_tokens", `{}`, `added_tokens: a list is expected`},
		{"long added token", "added_tokens", `[{"id":1,"content":"` + strings.Repeat("a", 2000) + `"}]`, `added_tokens[0]: its content has 2000 bytes`},
		{"truncation", "truncation", `{"max_length":5,"strategy":"Random","stride":0}`, `truncation.strategy: the kind "Random"`},
		{"truncation's side", "truncation", `{"max_length":5,"strategy":"OnlyFirst","stride":0,"direction":"Up"}`, `truncation.direction: the kind "Up"`},
		{"truncation to nothing", "truncation", `{"max_length":0,"strategy":"OnlyFirst","stride":0}`, `truncation.max_length: at least 1`},
		{"padding", "padding", `{"strategy":"BatchLongest"}`, `padding.pad_id`},
	} {
		t.Run(c.name, func(t *testing.T) {
			part := map[string]json.RawMessage{c.part: json.RawMessage(c.value)}
			if c.part == "model" && c.value != "null" && !strings.Contains(c.value, "vocab") && c.name != "model without vocabulary" {
				part["model"] = json.RawMessage(strings.TrimSuffix(c.value, "}") + `,"vocab":{"a":0}}`)
			}
			_, err := tokenizer.Open(r.plain(t, part))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "tokenizer.json: ") {
				t.Fatalf("the error is %v, want one with %q", err, c.want)
			}
			if unknown := strings.Contains(err.Error(), "the kind"); unknown && !errors.Is(err, tokenizer.ErrUnknown) {
				t.Errorf("%v is no ErrUnknown", err)
			}
		})
	}
	for _, c := range []struct{ name, data, want string }{
		{"nothing", "", "it is no JSON"},
		{"no JSON", "{\"a\":", "it is no JSON"},
		{"no object", "[]", "an object is expected"},
		{"garbage", strings.Repeat("\x00\xff", 1<<20), "it is no JSON"},
		{"deep", strings.Repeat("[", 1<<20), "it is no JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := tokenizer.Open([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestLargeFiles(t *testing.T) {
	large := make([]byte, 64<<20+1)
	if _, err := tokenizer.Open(large); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("the error is %v", err)
	}
	if _, err := tokenizer.OpenVocab(large, tokenizer.VocabOptions{}); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("the error is %v", err)
	}
}

// plain gives the tokenizer.json of a case whose part stands as it is.
func (r reference) plain(t testing.TB, part map[string]json.RawMessage) []byte {
	t.Helper()
	if _, ok := part["model"]; !ok {
		return r.file(t, part)
	}
	file := map[string]json.RawMessage{"version": json.RawMessage(`"1.0"`), "model": part["model"]}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOldFile reads a file from before models said their kind.
func TestOldFile(t *testing.T) {
	tok, err := tokenizer.Open([]byte(`{"model":{"unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":9,
		"vocab":{"[UNK]":0,"lo":1,"##ng":2}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Encode("long", 0); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("long is %v", got)
	}
}

func TestEncodeBounds(t *testing.T) {
	r := readReference(t)
	part := map[string]json.RawMessage{"truncation": json.RawMessage(`{"direction":"Right","max_length":6,"strategy":"LongestFirst","stride":0}`)}
	tok, err := tokenizer.Open(r.file(t, part))
	if err != nil {
		t.Fatal(err)
	}
	cls, sep, the := int32(r.Vocab["[CLS]"]), int32(r.Vocab["[SEP]"]), int32(r.Vocab["the"])
	for most, want := range map[int][]int32{
		-1: {cls, the, the, the, the, sep}, 0: {cls, the, the, the, the, sep}, 100: {cls, the, the, the, the, the, the, the, sep},
		4: {cls, the, the, sep}, 3: {cls, the, sep}, 2: {cls, sep}, 1: {cls},
	} {
		if got := tok.Encode("the the the the the the the", most); !slices.Equal(got, want) {
			t.Errorf("at most %d: %v, want %v", most, got, want)
		}
	}
	for most, want := range map[int][]int32{
		0: {cls, the, sep, the, the, sep}, 5: {cls, the, sep, the, sep}, 3: {cls, sep, sep}, 2: {cls, sep}, 1: {cls},
	} {
		if got, types := tok.EncodePair("the the the", "the the the the", most); !slices.Equal(got, want) || len(types) != len(want) {
			t.Errorf("a pair of at most %d: %v %v, want %v", most, got, types, want)
		}
	}
}

// TestTruncationStrategies cuts one text of a pair where the file says so, and
// the longer one where that one is too short.
func TestTruncationStrategies(t *testing.T) {
	r := readReference(t)
	cls, sep := int32(r.Vocab["[CLS]"]), int32(r.Vocab["[SEP]"])
	a, b := int32(r.Vocab["a"]), int32(r.Vocab["b"])
	for _, c := range []struct {
		strategy string
		most     int
		want     []int32
	}{
		{"OnlyFirst", 9, []int32{cls, a, a, sep, b, b, b, b, sep}},
		{"OnlySecond", 9, []int32{cls, a, a, a, a, sep, b, b, sep}},
		{"OnlyFirst", 5, []int32{cls, a, sep, b, sep}},
	} {
		part := map[string]json.RawMessage{"truncation": json.RawMessage(`{"max_length":20,"strategy":"` + c.strategy + `","stride":0}`)}
		tok, err := tokenizer.Open(r.file(t, part))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := tok.EncodePair("a a a a", "b b b b", c.most); !slices.Equal(got, c.want) {
			t.Errorf("%s, at most %d: %v, want %v", c.strategy, c.most, got, c.want)
		}
	}
}

// TestPad finds the id that fills up, where the file says it and where only the
// vocabulary does.
func TestPad(t *testing.T) {
	r := readReference(t)
	for _, c := range []struct {
		padding string
		want    int32
	}{
		{`{"strategy":"BatchLongest","direction":"Right","pad_to_multiple_of":8,"pad_id":7,"pad_type_id":0,"pad_token":"x"}`, 7},
		{`null`, int32(r.Vocab["[PAD]"])},
	} {
		tok, err := tokenizer.Open(r.file(t, map[string]json.RawMessage{"padding": json.RawMessage(c.padding)}))
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := tok.Pad(); !ok || id != c.want {
			t.Errorf("the id is %d, %v; want %d", id, ok, c.want)
		}
	}
	tok, err := tokenizer.Open([]byte(`{"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":3}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := tok.Pad(); ok || tok.Size() != 4 {
		t.Errorf("there is an id to fill up with, or the size %d is not 4", tok.Size())
	}
}

// TestSpecialTokensAreText: what somebody types is never a special token, even
// where the pre-tokeniser leaves it whole.
func TestSpecialTokensAreText(t *testing.T) {
	for _, model := range []string{
		`{"type":"WordLevel","unk_token":"[UNK]","vocab":{"[UNK]":0,"[SEP]":1,"a":2}}`,
		`{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"[UNK]":0,"[SEP]":1,"a":2}}`,
	} {
		tok, err := tokenizer.Open([]byte(`{"pre_tokenizer":{"type":"WhitespaceSplit"},"model":` + model + `,
			"added_tokens":[{"id":1,"content":"[SEP]","special":true},{"id":3,"content":"<br>","special":false}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.Encode("a [SEP] a<br>a", 0); !slices.Equal(got, []int32{2, 0, 2, 3, 2}) {
			t.Errorf("%s gives %v", model, got)
		}
	}
}

// TestLongTexts goes through long texts that are hard in one way each, which
// takes for ever where the work grows faster than the text.
func TestLongTexts(t *testing.T) {
	r := readReference(t)
	const size = 1 << 20
	for _, c := range r.Cases {
		if c.Name != "uncased" && c.Name != "nmt" && c.Name != "stripped" && c.Name != "added normal" {
			continue
		}
		tok, err := tokenizer.Open(r.file(t, c.Part))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"a", "é", "e\u0301\u0327", "\u0327\u0301", "the ", "中", "\x00", " ", "-", "\xff", "가", "x y"} {
			if testing.Short() && part != "\u0327\u0301" {
				continue
			}
			text := strings.Repeat(part, size/32/len(part))
			if got := tok.Encode(text, 512); len(got) > 512 {
				t.Errorf("%s: %d ids of %q", c.Name, len(got), part)
			}
		}
	}
	tok, err := tokenizer.Open(r.file(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	cls, unk, sep := int32(r.Vocab["[CLS]"]), int32(r.Vocab["[UNK]"]), int32(r.Vocab["[SEP]"])
	for _, word := range []string{strings.Repeat("a", size), strings.Repeat("é", size/2)} {
		if got := tok.Encode(word, 0); !slices.Equal(got, []int32{cls, unk, sep}) {
			t.Errorf("a word of a megabyte gives %d ids", len(got))
		}
	}
}

// TestSlowExpression: an expression that goes back without end is stopped, and
// what is left of the text counts as without a match.
func TestSlowExpression(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the bound")
	}
	tok, err := tokenizer.Open([]byte(`{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
		{"type":"Split","pattern":{"Regex":"(a+)+c|(a|a)*c"},"behavior":"Isolated","invert":false}]},
		"model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{"[UNK]":0}}}`))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat(strings.Repeat("a", 40)+"b ", 1000)
	if got := tok.Encode(text, 0); len(got) != 1000 {
		t.Errorf("there are %d ids", len(got))
	}
}

func TestConcurrently(t *testing.T) {
	r := readReference(t)
	for _, c := range r.Cases[:1] {
		tok, err := tokenizer.Open(r.file(t, c.Part))
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for i, text := range r.Texts {
					if got := tok.Encode(text, 0); !slices.Equal(got, c.IDs[i]) {
						t.Errorf("Encode(%q) = %v, want %v", text, got, c.IDs[i])
					}
				}
			})
		}
		group.Wait()
	}
}

func TestOpenVocab(t *testing.T) {
	const vocab = "[PAD]\n[UNK]\r\n[CLS]\n[SEP]\n\nthe\nlight\n##s\nThe\né\n[MASK]"
	for _, c := range []struct {
		lower bool
		want  []int32
	}{
		{true, []int32{2, 5, 6, 7, 1, 1, 1, 1, 3}},
		{false, []int32{2, 8, 6, 7, 9, 1, 1, 1, 3}},
	} {
		tok, err := tokenizer.OpenVocab([]byte(vocab), tokenizer.VocabOptions{Lowercase: c.lower})
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.Encode("The lights é [SEP]", 0); !slices.Equal(got, c.want) {
			t.Errorf("lowercase %v: %v, want %v", c.lower, got, c.want)
		}
		if ids, types := tok.EncodePair("light", "light", 0); !slices.Equal(ids, []int32{2, 6, 3, 6, 3}) || !slices.Equal(types, []int32{0, 0, 0, 1, 1}) {
			t.Errorf("a pair is %v %v", ids, types)
		}
		if pad, ok := tok.Pad(); pad != 0 || !ok || tok.Size() != 11 {
			t.Errorf("Pad is %d, %v and Size %d", pad, ok, tok.Size())
		}
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "it lacks the piece [CLS]"},
		{"no unknown piece", "[CLS]\n[SEP]", "it lacks the piece [UNK]"},
		{"no BERT", "[UNK]\na", "it lacks the piece [CLS]"},
		{"no text", "\xff\xfe", "it is not UTF-8"},
		{"long", "[UNK]\n" + strings.Repeat("a", 5000), "line 2: the piece"},
	} {
		if _, err := tokenizer.OpenVocab([]byte(c.data), tokenizer.VocabOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// FuzzOpen: whatever a file holds, it is opened or refused with a word that
// begins as all do, and what is opened keeps its promises.
func FuzzOpen(f *testing.F) {
	r := readReference(f)
	for _, c := range r.Cases {
		f.Add(r.file(f, c.Part), "Turn on the LIGHT [SEP] ﬁ")
	}
	for _, model := range []string{
		`{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.5],["▁a",-2]]}`,
		`{"type":"BPE","unk_token":"a","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}`,
		`{"unk_token":"a","vocab":{"a":0}}`,
	} {
		f.Add([]byte(`{"model":`+model+`,"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}}`), "ab a")
		f.Add([]byte(`{"model":`+model+`,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
			"added_tokens":[{"id":5,"content":"b","single_word":true,"lstrip":true,"rstrip":true,"normalized":true}]}`), "a b ab")
	}
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		tok, err := tokenizer.Open(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "tokenizer.json: ") {
				t.Fatalf("the error is %v", err)
			}
			return
		}
		text = text[:min(len(text), 1<<10)]
		for _, most := range []int{0, 4} {
			ids, types := tok.EncodePair(text, "a b", most)
			if len(ids) != len(types) || most > 0 && len(ids) > most {
				t.Fatalf("at most %d: %v %v", most, ids, types)
			}
			for _, id := range append(ids, tok.Encode(text, most)...) {
				if id < 0 || int(id) >= tok.Size() {
					t.Fatalf("the id %d of %d", id, tok.Size())
				}
			}
		}
	})
}
