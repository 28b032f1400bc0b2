package tokenizer

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

// cut gives what a pre-tokeniser makes of a text.
func cut(p preTokenizer, text string, first bool) []string {
	var all []string
	for _, piece := range p.preTokenize(nil, piece{text: []byte(text), first: first}, new(arena)) {
		all = append(all, string(piece.text))
	}
	return all
}

func TestMetaspace(t *testing.T) {
	for _, c := range []struct {
		file, text string
		first      bool
		want       []string
	}{
		{`{"replacement":"▁"}`, "a  b c ", true, []string{"▁a", "▁", "▁b", "▁c", "▁"}},
		{`{"replacement":"▁"}`, " a", true, []string{"▁a"}},
		{`{"replacement":"▁"}`, "▁a▁b", true, []string{"▁a", "▁b"}},
		{`{"replacement":"▁"}`, "a\tb", false, []string{"▁a\tb"}},
		{`{"replacement":"_","prepend_scheme":"first"}`, "a b", true, []string{"_a", "_b"}},
		{`{"replacement":"_","prepend_scheme":"first"}`, "a b", false, []string{"a", "_b"}},
		{`{"replacement":"_","prepend_scheme":"never"}`, "a b", true, []string{"a", "_b"}},
		{`{"replacement":"_","prepend_scheme":"never","add_prefix_space":false}`, "a b", true, []string{"a", "_b"}},
		{`{"replacement":"_","add_prefix_space":false}`, "a b", true, []string{"a", "_b"}},
		{`{"replacement":"_","add_prefix_space":true,"str_rep":"_"}`, "a b", true, []string{"_a", "_b"}},
		{`{"replacement":"_","split":false}`, "a b", true, []string{"_a_b"}},
	} {
		p, err := readMetaspace([]byte(strings.Replace(c.file, "{", `{"type":"Metaspace",`, 1)), "pre_tokenizer")
		if err != nil {
			t.Fatal(err)
		}
		if got := cut(p, c.text, c.first); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q is cut %q, want %q", c.file, c.text, got, c.want)
		}
	}
	for file, want := range map[string]string{
		`{"type":"Metaspace"}`:                                                                      "pre_tokenizer.replacement: one character is expected",
		`{"type":"Metaspace","replacement":"ab"}`:                                                   "one character is expected",
		`{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}`:                            "always, first or never is expected",
		`{"type":"Metaspace","replacement":"_","prepend_scheme":"always","add_prefix_space":false}`: "only never agrees",
		`{"type":"Metaspace","replacement":"_","prefix":true}`:                                      "prefix",
		`{"type":"Metaspace","replacement":"_","split":"yes"}`:                                      "split",
	} {
		if _, err := readMetaspace([]byte(file), "pre_tokenizer"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

func TestByteLevel(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       []string
	}{
		{`{"type":"ByteLevel"}`, "it's  2é", []string{"Ġit", "'s", "Ġ", "Ġ2", "Ã©"}},
		{`{"type":"ByteLevel","add_prefix_space":false}`, "it is\n", []string{"it", "Ġis", "Ċ"}},
		{`{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}`, "a b", []string{"ĠaĠb"}},
		{`{"type":"ByteLevel"}`, " a", []string{"Ġa"}},
	} {
		p, err := readByteLevel([]byte(c.file), "pre_tokenizer")
		if err != nil {
			t.Fatal(err)
		}
		if got := cut(p, c.text, true); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q is cut %q, want %q", c.file, c.text, got, c.want)
		}
	}
	seen := map[string]bool{}
	for _, c := range byteChars {
		seen[c] = true
	}
	if len(seen) != 256 || byteChars[0] != "Ā" || byteChars[' '] != "Ġ" || byteChars['a'] != "a" || byteChars[0xAD] != "Ń" || byteChars[0xFF] != "ÿ" {
		t.Errorf("%d characters for bytes, of which %q %q %q %q %q", len(seen), byteChars[0], byteChars[' '], byteChars['a'], byteChars[0xAD], byteChars[0xFF])
	}
}

// TestModelsTogether uses models from many goroutines at once, with long texts too,
// which go by what calls share.
func TestModelsTogether(t *testing.T) {
	texts := append(tokenizertest.Long(), tokenizertest.Odd[:60]...)
	m := manyPieces(t, 1000)
	m.chars = darts(map[string]string{"ﬁ": "fi", "e\u0301": "é", "漢": "han"})
	for name, data := range map[string][]byte{
		"unigram": m.xlmr(newMetaspace),
		"bpe":     modernBERTFile(trainBPE(byteWords(exampleTexts(t)[:200]), 60)),
	} {
		tok, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		want := make([][]int32, len(texts))
		for i, text := range texts {
			want[i] = tok.Encode(text, 0)
			for _, id := range want[i] {
				if id < 0 || int(id) >= tok.Size() {
					t.Fatalf("%s: %.40q has the id %d, and there are %d", name, text, id, tok.Size())
				}
			}
		}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for i, text := range texts {
					if got := tok.Encode(text, 0); !slices.Equal(got, want[i]) {
						t.Errorf("%s: %.40q gives other ids among others", name, text)
					}
				}
			})
		}
		all.Wait()
	}
}
