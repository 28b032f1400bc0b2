package tokenizer

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// darts compiles a table of characters as SentencePiece does: a trie of units, and
// the texts.
func darts(table map[string]string) []byte {
	var texts []byte
	var keys [][]byte
	var values []uint32
	for _, key := range slices.Sorted(maps.Keys(table)) {
		keys, values = append(keys, []byte(key)), append(values, uint32(len(texts)))
		texts = append(append(texts, table[key]...), 0)
	}
	units := make([]uint32, 256)
	taken := make([]bool, 256)
	taken[0] = true
	bases := map[uint32]bool{} // each belongs to one cell, since a unit names only its label
	low := uint32(1)
	var build func(cell uint32, from, to, depth int)
	build = func(cell uint32, from, to, depth int) {
		var labels []byte
		var begins []int
		value := -1
		if from < to && len(keys[from]) == depth {
			value = from
			labels = append(labels, 0)
			begins = append(begins, from)
			from++
		}
		for i := from; i < to; i++ {
			if c := keys[i][depth]; len(labels) == 0 || c != labels[len(labels)-1] {
				labels, begins = append(labels, c), append(begins, i)
			}
		}
		for int(low) < len(taken) && taken[low] {
			low++
		}
		base := low
		fits := func() bool {
			for int(base|255) >= len(units) {
				units, taken = append(units, make([]uint32, 256)...), append(taken, make([]bool, 256)...)
			}
			return !bases[base] && !slices.ContainsFunc(labels, func(c byte) bool { return taken[base^uint32(c)] })
		}
		for !fits() {
			base++
		}
		bases[base] = true
		units[cell] |= (cell ^ base) << 10
		for _, c := range labels {
			taken[base^uint32(c)] = true
		}
		begins = append(begins, to)
		for i, c := range labels {
			child := base ^ uint32(c)
			if c == 0 && value >= 0 {
				units[cell] |= 1 << 8
				units[child] = values[value] | 1<<31
				continue
			}
			units[child] |= uint32(c)
			build(child, begins[i], begins[i+1], depth+1)
		}
	}
	build(0, 0, len(keys), 0)
	data := binary.LittleEndian.AppendUint32(nil, uint32(4*len(units)))
	for _, u := range units {
		data = binary.LittleEndian.AppendUint32(data, u)
	}
	return append(data, texts...)
}

func TestCharsmap(t *testing.T) {
	m, err := newCharsmap(darts(map[string]string{
		"A": "a", "ﬁ": "fi", "\u0301": "´", "e\u0301": "é", "ｶﾞ": "ガ", "ｶ": "カ", "\t": " ", "\x01": "", "漢": "han", "漢\u0301": "never",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":               "",
		"xyz":            "xyz",
		"ABA":            "aBa",
		"a\tb\x01c":      "a bc",
		"ﬁn":             "fin",
		"e\u0301":        "é",
		"be\u0301b":      "béb",
		"x\u0301":        "x´",      // no key begins with x: character by character
		"A\u0301":        "a",       // the shortest key stands for the whole cluster
		"A\u0301\u0301":  "a",       // five bytes
		"A\u0301\u0301́": "a´´´",    // seven bytes: character by character
		"漢\u0301":        "han",     // five bytes, and again the shortest key
		"漢\u0301\u0301":  "han´´",   // seven
		"ｶﾞ":             "カ\uff9e", // six bytes: too long for the key of two
		"\r\nA":          "\r\na",
		"A\r\n":          "a\r\n",
		"\x00A":          "\x00a",
		"漢漢A":            "hanhana",
	} {
		if got := string(m.normalize(nil, []byte(text))); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// TestCharsmapIsNFKC puts Unicode's table into the binary form and reads it back.
func TestCharsmapIsNFKC(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a second under the race detector")
	}
	table := map[string]string{}
	var text, want strings.Builder
	for r := rune(0x80); r < 0x20000; r++ {
		s := string(r)
		if !utf8.ValidRune(r) || norm.NFKC.IsNormalString(s) || norm.NFC.PropertiesString(s).CCC() != 0 {
			continue
		}
		table[s] = norm.NFKC.String(s)
		text.WriteString(s + ". ")
		want.WriteString(table[s] + ". ")
	}
	if len(table) < 3000 {
		t.Fatalf("%d characters", len(table))
	}
	m, err := newCharsmap(darts(table))
	if err != nil {
		t.Fatal(err)
	}
	got := string(m.normalize(nil, []byte(text.String())))
	if got != want.String() {
		g, w := strings.Split(got, ". "), strings.Split(want.String(), ". ")
		for i := range w {
			if i >= len(g) || g[i] != w[i] {
				t.Fatalf("%q, want %q", g[i], w[i])
			}
		}
	}
}

func TestCharsmapFaults(t *testing.T) {
	good := darts(map[string]string{"A": "a", "é": "e"})
	size := binary.LittleEndian.Uint32(good)
	change := func(at int, value uint32) []byte {
		data := bytes.Clone(good)
		binary.LittleEndian.PutUint32(data[at:], value)
		return data
	}
	for name, data := range map[string][]byte{
		"nothing":          nil,
		"cut short":        good[:100],
		"no trie":          {0, 0, 0, 0},
		"a longer trie":    change(0, size+1000),
		"a far beginning":  change(4, 1<<30|1<<9),
		"texts cut short":  append(bytes.Clone(good[:4+size]), "漢字"[1:]...),
		"a long text":      append(bytes.Clone(good[:4+size]), bytes.Repeat([]byte("x"), 1000)...),
		"a far text":       good[:4+size],
		"half a character": append(bytes.Clone(good[:4+size]), "漢漢漢\x00"...),
	} {
		if _, err := newCharsmap(data); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	for _, raw := range []string{`{"type":"Precompiled"}`, `{"type":"Precompiled","precompiled_charsmap":"?"}`, `{"type":"Precompiled","precompiled_charsmap":1}`} {
		if _, err := readPrecompiled([]byte(raw), "normalizer"); err == nil {
			t.Errorf("%s is read", raw)
		}
	}
}

func FuzzCharsmap(f *testing.F) {
	good := darts(map[string]string{"A": "a", "é": "e", "e\u0301": "é", "漢": "han"})
	f.Add(good, "Aée\u0301漢x")
	f.Add(good[:40], "A")
	f.Add(darts(map[string]string{"\x01": ""}), "\x01\x00")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		m, err := newCharsmap(data)
		if err != nil {
			return
		}
		text = strings.ToValidUTF8(text, "\uFFFD")
		got := m.normalize(nil, []byte(text))
		if !utf8.Valid(got) {
			t.Fatalf("%q gives %q", text, got)
		}
		if len(got) > maxReplacement*len(text) {
			t.Fatalf("%d bytes of %d", len(got), len(text))
		}
	})
}
