package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/dlclark/regexp2/v2"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

// merged makes a BPE model of pieces, whose ids are their places, and merges.
func merged(t testing.TB, pieces, merges []string, options obj) *bpe {
	t.Helper()
	vocab := map[string]int{}
	for i, p := range pieces {
		vocab[p] = i
	}
	raw, err := json.Marshal(obj{"type": "BPE", "vocab": vocab, "merges": merges})
	if err != nil {
		t.Fatal(err)
	}
	if len(options) > 0 {
		more, err := json.Marshal(options)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(append(raw[:len(raw)-1], ','), more[1:]...)
	}
	m, err := readBPE(raw, "model")
	if err != nil {
		t.Fatal(err)
	}
	return m.(*bpe)
}

func TestBPE(t *testing.T) {
	letters := []string{"<unk>", "a", "b", "c", "ab", "bc", "abc", "aa", "<0xC3>", "<0xA9>"}
	merges := []string{"b c", "a b", "a bc", "a a"}
	plain := obj(nil)
	for _, c := range []struct {
		name    string
		options obj
		text    string
		want    []int32
	}{
		{"the earlier merge", plain, "abc", []int32{6}},
		{"the leftmost of equals", plain, "aaa", []int32{7, 1}},
		{"unknown is left out", plain, "axb", []int32{4}},
		{"unknown", obj{"unk_token": "<unk>"}, "axyb", []int32{1, 0, 0, 2}},
		{"unknown as one", obj{"unk_token": "<unk>", "fuse_unk": true}, "axyb", []int32{1, 0, 2}},
		{"bytes", obj{"byte_fallback": true}, "aéb", []int32{1, 8, 9, 2}},
		{"not all bytes", obj{"byte_fallback": true, "unk_token": "<unk>"}, "aéüb", []int32{1, 8, 9, 0, 2}},
		{"what is unknown comes late", obj{"byte_fallback": true, "unk_token": "<unk>"}, "aüéb", []int32{1, 8, 9, 0, 2}},
		{"merged", obj{"ignore_merges": true}, "ab", []int32{4}},
		{"dropout of nothing", obj{"dropout": 0.0}, "ab", []int32{4}},
	} {
		m := merged(t, letters, merges, c.options)
		if got := m.appendIDs(nil, []byte(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}

	m := merged(t, []string{"a", "b", "##b", "b</w>", "##b</w>", "ab</w>"}, []string{"a ##b</w>"}, obj{"continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"})
	for text, want := range map[string][]int32{"ab": {5}, "b": {3}, "bb": {1, 4}, "abb": {0, 2, 4}} {
		if got := m.appendIDs(nil, []byte(text)); !slices.Equal(got, want) {
			t.Errorf("with prefix and suffix %q: %v, want %v", text, got, want)
		}
	}
	whole := merged(t, append(letters, "cab"), merges, obj{"ignore_merges": true})
	if got := whole.appendIDs([]int32{9}, []byte("cab")); !slices.Equal(got, []int32{9, 10}) {
		t.Errorf("a word that is a piece: %v", got)
	}
}

func TestBPEHides(t *testing.T) {
	m := merged(t, []string{"a", "b", "ab"}, []string{"a b"}, obj{"ignore_merges": true})
	m.hide("ab")
	if got := m.appendIDs(nil, []byte("ab")); !slices.Equal(got, []int32{0, 1}) {
		t.Errorf("%v, want it spelt", got)
	}
	if id, ok := m.id("ab"); id != 2 || !ok || m.size() != 3 {
		t.Errorf("id %d %v, size %d", id, ok, m.size())
	}
}

func TestBPEFaults(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`{"type":"BPE","vocab":{"a":0}}`, "model.merges: a list is expected, and there is nothing"},
		{`{"type":"BPE","merges":[]}`, "model.vocab: an object is expected, and there is nothing"},
		{`{"type":"BPE","vocab":{"a":0},"merges":[],"cache":1}`, `the key "cache": this program does not know it`},
		{`{"type":"BPE","vocab":{"a":0},"merges":[],"fuse_unk":"yes"}`, `model.fuse_unk: true or false is expected, and there is "\"yes\""`},
		{`{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":1}`, "model.unk_token"},
		{`{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":"x"}`, "set it to null"},
		{`{"type":"BPE","vocab":{"a":0},"merges":["a b"]}`, `model.merges[0]: the piece "b" is not in the vocabulary`},
		{`{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}`, `the piece "ab" is not in the vocabulary`},
		{`{"type":"BPE","vocab":{"a":0},"merges":["a"]}`, "two pieces with one space between them"},
		{`{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}`, "a pair of pieces is expected"},
		{`{"type":"BPE","vocab":{"a":0},"merges":[["a","a","a"]]}`, "a pair of pieces is expected"},
		{`{"type":"BPE","vocab":{"a":0,"aa":1},"merges":["a a"],"continuing_subword_prefix":"##"}`, "does not begin with"},
		{`{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}`, "set it to null"},
	} {
		_, err := readBPE([]byte(c.raw), "model")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.raw, err, c.want)
		}
	}
	if _, err := readBPE([]byte(`{"type":"BPE","vocab":{"a":0,"aa":1},"merges":["#version: 0.2","a a"]}`), "model"); err != nil {
		t.Error(err)
	}
}

// naiveJoin joins as the paper says: the pair that was learnt first, until there is
// none.
func naiveJoin(word []string, ranks map[[2]string]int) []string {
	for {
		best, at := -1, 0
		for i := range len(word) - 1 {
			if r, ok := ranks[[2]string{word[i], word[i+1]}]; ok && (best < 0 || r < best) {
				best, at = r, i
			}
		}
		if best < 0 {
			return word
		}
		word = slices.Concat(word[:at], []string{word[at] + word[at+1]}, word[at+2:])
	}
}

// FuzzBPE holds both ways of joining against a plain one, with merges that are
// drawn over a few letters.
func FuzzBPE(f *testing.F) {
	f.Add(uint64(1), "abcabcaabbcc")
	f.Add(uint64(2), strings.Repeat("ab", 80))
	f.Add(uint64(3), strings.Repeat("a", 200))
	f.Add(uint64(4), "aéxb漢")
	f.Add(uint64(39), "0") // no merges at all
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		if len(text) > 400 {
			text = strings.ToValidUTF8(text[:400], "")
		}
		r := rand.New(rand.NewPCG(seed, 1))
		pieces := []string{"a", "b", "c", "é", "漢"}
		merges := []string{}
		ranks := map[[2]string]int{}
		for range r.IntN(30) {
			pair := [2]string{pieces[r.IntN(len(pieces))], pieces[r.IntN(len(pieces))]}
			if len(pair[0]+pair[1]) > 40 {
				continue
			}
			if _, ok := ranks[pair]; ok {
				continue
			}
			ranks[pair] = len(merges)
			merges = append(merges, pair[0]+" "+pair[1])
			if !slices.Contains(pieces, pair[0]+pair[1]) {
				pieces = append(pieces, pair[0]+pair[1])
			}
		}
		m := merged(t, pieces, merges, nil)
		var chars []string
		for _, c := range text {
			if slices.Contains(pieces[:5], string(c)) {
				chars = append(chars, string(c))
			}
		}
		want := naiveJoin(chars, ranks)
		word := m.appendChars(nil, []byte(text))
		for name, join := range map[string]func([]int32) int{"short": m.joinShort, "long": m.joinLong} {
			if name == "short" && len(word) > shortWord || len(word) == 0 {
				continue
			}
			ids := slices.Clone(word)
			ids = ids[:join(ids)]
			var got []string
			for _, id := range ids {
				got = append(got, pieces[id])
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %q gives %q, want %q with %q", name, text, got, want, merges)
			}
		}
		if got := m.appendIDs(nil, []byte(text)); len(got) != len(want) {
			t.Fatalf("%q gives %d ids, want %d", text, len(got), len(want))
		}
	})
}

// FuzzGPT2 holds the pattern by hand against an engine for patterns.
func FuzzGPT2(f *testing.F) {
	for _, t := range tokenizertest.Odd {
		f.Add(t)
	}
	pattern := regexp2.MustCompile(gpt2Pattern, regexp2.None)
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.Map(func(r rune) rune {
			if kind, _ := gpt2Kind(classes(), []byte(string(r))); kind != oldKind(r) {
				return -1 // newer than the engine
			}
			return r
		}, strings.ToValidUTF8(text, "\uFFFD"))
		var want []string
		m, err := pattern.FindStringMatch(text)
		for ; m != nil && err == nil; m, err = pattern.FindNextMatch(m) {
			want = append(want, m.String())
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for rest := []byte(text); len(rest) > 0; {
			n := gpt2Next(rest)
			if n <= 0 || n > len(rest) {
				t.Fatalf("%q: %d bytes of %d", rest, n, len(rest))
			}
			got = append(got, string(rest[:n]))
			rest = rest[n:]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q is cut %q, want %q", text, got, want)
		}
	})
}

// oldKind is a character's kind by Go's own tables.
func oldKind(r rune) class {
	switch {
	case unicode.IsLetter(r):
		return isLetter
	case unicode.IsNumber(r):
		return isNumber
	case unicode.IsSpace(r):
		return isSpace
	}
	return 0
}
