package tokenizer

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

// scored makes a Unigram model of pieces and scores; the first is the unknown one.
func scored(t testing.TB, fallback bool, vocab ...[2]any) *unigram {
	t.Helper()
	raw, err := json.Marshal(obj{"type": "Unigram", "unk_id": 0, "byte_fallback": fallback, "vocab": vocab})
	if err != nil {
		t.Fatal(err)
	}
	m, err := readUnigram(raw, "model")
	if err != nil {
		t.Fatal(err)
	}
	return m.(*unigram)
}

func TestUnigram(t *testing.T) {
	m := scored(t, false, [2]any{"<unk>", 0.0}, [2]any{"a", -2.0}, [2]any{"b", -2.0}, [2]any{"ab", -3.0}, [2]any{"abc", -5.0}, [2]any{"c", -2.5}, [2]any{"aa", -4.0}, [2]any{"é", -1.0})
	for _, c := range []struct {
		text string
		want []int32
	}{
		{"a", []int32{1}},
		{"ab", []int32{3}},
		{"abc", []int32{4}},
		{"ba", []int32{2, 1}},
		{"xa", []int32{0, 1}},
		{"xyzayx", []int32{0, 1, 0}}, // unknown neighbours are one
		{"漢字", []int32{0}},
		{"éa漢é", []int32{7, 1, 0, 7}},
		{"aa", []int32{6}},     // -4 either way: the last piece that begins first
		{"aaa", []int32{1, 6}}, // -6 in three ways: again that which begins first
		{"<unk>a", []int32{0, 1}},
		{strings.Repeat("abc", 200), slices.Repeat([]int32{4}, 200)},
	} {
		if got := m.appendIDs(nil, []byte(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%.20q: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestUnigramFallsBackToBytes(t *testing.T) {
	vocab := [][2]any{{"<unk>", 0.0}, {"a", -1.0}}
	for b := range 256 {
		vocab = append(vocab, [2]any{byteToken(byte(b)), -10.0})
	}
	m := scored(t, true, vocab...)
	if got, want := m.appendIDs(nil, []byte("aé\na")), []int32{1, 2 + 0xC3, 2 + 0xA9, 2 + '\n', 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	m = scored(t, false, vocab...)
	if got, want := m.appendIDs(nil, []byte("aéa")), []int32{1, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("without byte_fallback: %v, want %v", got, want)
	}
	m = scored(t, true, vocab[:len(vocab)-20]...) // not all bytes
	if got, want := m.appendIDs(nil, []byte("a😀a")), []int32{1, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("with a byte that is no piece: %v, want %v", got, want)
	}
}

func TestUnigramHides(t *testing.T) {
	m := scored(t, false, [2]any{"<unk>", 0.0}, [2]any{"<s>", 0.0}, [2]any{"<", -3.0}, [2]any{"s", -3.0}, [2]any{">", -3.0})
	if got := m.appendIDs(nil, []byte("<s>")); !slices.Equal(got, []int32{1}) {
		t.Fatalf("%v before it is hidden", got)
	}
	m.hide("<s>")
	if got := m.appendIDs(nil, []byte("<s>")); !slices.Equal(got, []int32{2, 3, 4}) {
		t.Errorf("%v, want it spelt", got)
	}
	if id, ok := m.id("<s>"); id != 1 || !ok || m.size() != 5 {
		t.Errorf("id %d %v, size %d", id, ok, m.size())
	}
}

func TestUnigramFaults(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`{"type":"Unigram","vocab":[["a",0]]}`, "unk_id"},
		{`{"type":"Unigram","unk_id":1,"vocab":[["a",0]]}`, "unk_id"},
		{`{"type":"Unigram","unk_id":0,"vocab":[["a"]]}`, `model.vocab[0]: a piece and its score are expected`},
		{`{"type":"Unigram","unk_id":0,"vocab":[["a",0],["b","c"]]}`, `model.vocab[1]: a finite number is expected, and there is "\"c\""`},
		{`{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}`, "a finite number"},
		{`{"type":"Unigram","unk_id":0,"vocab":[["` + strings.Repeat("a", 600) + `",0]]}`, "a piece has 600 bytes"},
		{`{"type":"Unigram","unk_id":0,"vocab":{"a":1}}`, "a list is expected"},
		{`{"type":"Unigram","unk_id":0}`, "model.vocab: a list is expected, and there is nothing"},
		{`{"type":"Unigram","unk_id":-1,"vocab":[]}`, "model.unk_id: an id from 0 to"},
		{`{"type":"Unigram","unk_id":0,"vocab":[["a",0]],"byte_fallback":1}`, "true or false is expected"},
		{`{"type":"Unigram","unk_id":0,"vocab":[["a",0]],"alpha":1}`, `the key "alpha": this program does not know it`},
	} {
		_, err := readUnigram([]byte(c.raw), "model")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80s: %v, want %s", c.raw, err, c.want)
		}
	}
}

// naiveCut finds the best score by trying every piece at every place.
func naiveCut(m *unigram, pieces []string, text string) float64 {
	best := make([]float64, len(text)+1)
	for i := range best {
		best[i] = math.Inf(-1)
	}
	best[0] = 0
	for i := range text {
		_, width := utf8.DecodeRuneInString(text[i:])
		single := false
		for id, p := range pieces {
			if p != "" && strings.HasPrefix(text[i:], p) {
				best[i+len(p)] = max(best[i+len(p)], best[i]+m.scores[id])
				single = single || len(p) == width
			}
		}
		if !single {
			best[i+width] = max(best[i+width], best[i]+m.unknown)
		}
	}
	return best[len(text)]
}

func FuzzUnigram(f *testing.F) {
	f.Add("a\nb\nab\nabc\né\n漢\n漢字", "abcabé漢字x漢")
	f.Add("▁\n▁a\na▁", "▁a▁a▁")
	f.Add("x", strings.Repeat("x", 300))
	f.Fuzz(func(t *testing.T, lines, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		if len(lines) > 300 || len(text) > 1000 {
			return
		}
		pieces := []string{"\U0010FFFF"}
		vocab := [][2]any{{pieces[0], 0.0}}
		r := rand.New(rand.NewPCG(1, 2))
		for p := range strings.SplitSeq(strings.ToValidUTF8(lines, "\uFFFD"), "\n") {
			if !slices.Contains(pieces, p) {
				pieces = append(pieces, p)
				vocab = append(vocab, [2]any{p, -float64(r.IntN(64)) / 8})
			}
		}
		m := scored(t, false, vocab...)
		ids := m.appendIDs(nil, []byte(text))
		score, rest := 0.0, text
		for i, id := range ids {
			if id < 0 || int(id) >= m.size() {
				t.Fatalf("id %d of %d", id, m.size())
			}
			if id != 0 {
				var ok bool
				if rest, ok = strings.CutPrefix(rest, pieces[id]); !ok {
					t.Fatalf("%q is not cut into %v", text, ids)
				}
				score += m.scores[id]
				continue
			}
			// As many unknown characters as come before the next piece; which, the
			// score tells.
			if i+1 == len(ids) {
				score += m.unknown * float64(utf8.RuneCountInString(rest))
				rest = ""
				continue
			}
			return
		}
		if rest != "" {
			t.Fatalf("%q is left of %q", rest, text)
		}
		if best := naiveCut(m, pieces, text); math.Abs(best-score) > 1e-9 {
			t.Fatalf("%q has the score %v, and the best is %v", text, score, best)
		}
	})
}

func TestTrie(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	want := map[string]int32{}
	var keys [][]byte
	for i := range 10000 {
		key := tokenizertest.Word(r)
		want[key] = int32(i)
		keys = append(keys, []byte(key))
	}
	tr, err := buildTrie(uniqueKeys(keys))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range want {
		if n := tr.find([]byte(key)); n < 0 || tr.cells[n].value != value {
			t.Fatalf("%q: cell %d, want the value %d", key, n, value)
		}
		longer := key + "x"
		if _, ok := want[longer]; !ok && tr.find([]byte(longer)) >= 0 {
			t.Fatalf("%q is found and is no key", longer)
		}
	}
	nodes := 0
	for _, c := range tr.cells {
		if c.parent != trieFree {
			nodes++
		}
	}
	if len(tr.cells) > 2*nodes+2*trieBlock {
		t.Errorf("%d cells for %d nodes", len(tr.cells), nodes)
	}
}

func TestReferenceFloat(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want float64
	}{
		{"0", 0}, {"-0.0", math.Copysign(0, -1)}, {"1", 1}, {"-3.5", -3.5}, {"1e3", 1000}, {"2.5E-1", 0.25}, {"-1e+2", -100}, {"1e-400", 0}, {"5e-324", 5e-324},
		// These came out of the reference.
		{"-9.827310562133789", -9.827310562133787}, {"-14.938216209411621", -14.93821620941162}, {"-12.295623779296875", -12.295623779296877},
		{"123456789012345678901234567890", 12345678901234567890e10}, {"0.1234567890123456789012345", 0.12345678901234567890},
	} {
		got, err := referenceFloat([]byte(c.raw))
		if err != nil || math.Float64bits(got) != math.Float64bits(c.want) {
			t.Errorf("%s: %v %v, want %v", c.raw, got, err, c.want)
		}
	}
	for _, raw := range []string{"", "-", "x", "1x", "1e999", "-1e400", `"1"`, "null", "1.5.2"} {
		if got, err := referenceFloat([]byte(raw)); err == nil {
			t.Errorf("%q is taken as %v", raw, got)
		}
	}
}

func TestUniqueKeys(t *testing.T) {
	keys, values := uniqueKeys([][]byte{[]byte("b"), []byte("a"), []byte("b"), nil})
	if want := [][]byte{nil, []byte("a"), []byte("b")}; !reflect.DeepEqual(keys, want) || !slices.Equal(values, []int32{3, 1, 2}) {
		t.Errorf("%q %v", keys, values)
	}
}
