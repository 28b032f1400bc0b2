package whisper

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
)

// letters is a vocabulary: the bytes, and some pieces that are put together of them.
func letters(pieces ...string) []string {
	var all []string
	for b := range 256 {
		all = append(all, string([]byte{byte(b)}))
	}
	return append(all, pieces...)
}

func textIn(vocabulary []string) func(int32) string {
	return func(token int32) string { return vocabulary[token] }
}

func trieOf(t testing.TB, vocabulary []string, leads []string, sentences ...string) *trie {
	t.Helper()
	made, err := newTrie(context.Background(), asr.NewExpected(sentences, "", leads), int32(len(vocabulary)), textIn(vocabulary))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// spell gives every text of a trie, to its end.
func spell(t *trie) []string {
	var all []string
	var walk func(n int32, said string, begun bool)
	walk = func(n int32, said string, begun bool) {
		node := t.nodes[n]
		if node.end {
			if !begun {
				panic("an end before a sentence")
			}
			all = append(all, said)
		}
		for _, a := range t.arcsOf(n) {
			walk(a.to, said+t.texts(a.token), begun)
		}
		if node.enter {
			for _, a := range t.arcsOf(t.root) {
				walk(a.to, said+t.texts(a.token), true)
			}
		}
	}
	walk(t.start, "", false)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestTrie(t *testing.T) {
	v := letters(" turn", " Turn", " on", "o", " off")
	got := spell(trieOf(t, v, []string{"hey desk"}, "turn on", "turn off", "EcoBee at 20%", "a.m."))
	var want []string
	for _, lead := range []string{"", " hey desk", " Hey desk", " hey desk,", " Hey desk,", " hey desk.", " Hey desk."} {
		for _, s := range []string{" turn on", " Turn on", " turn off", " Turn off", " EcoBee at 20%", " ecoBee at 20%", " EcoBee at 20%.", " ecoBee at 20%.", " a.m.", " A.m."} {
			want = append(want, lead+s)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the trie spells\n%q, want\n%q", got, want)
	}
	tr := trieOf(t, v, nil, "turn on", "EcoBee at 20%")
	for text, want := range map[string]string{" Turn on.": "turn on", " turn on": "turn on", " ecoBee at 20%?": "EcoBee at 20%", " turn off": "", " TURN on": ""} {
		var tokens []int32
		for i := range len(text) {
			tokens = append(tokens, int32(text[i]))
		}
		if got, ok := tr.sentence(tokens); got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if trieOf(t, letters()[:97], nil, "hello", "abc") != nil {
		t.Error("a model without letters can write sentences")
	}
	if only := trieOf(t, letters()[:'d'], nil, "hello", "abc 1", strings.Repeat("a", maxGuideText+1)); !slices.Equal(spell(only), []string{" Abc 1", " abc 1"}) {
		t.Errorf("the trie spells %q", spell(only))
	}
}

// TestTrieSmall holds that what ends alike is kept once.
func TestTrieSmall(t *testing.T) {
	var sentences []string
	for _, verb := range []string{"turn", "switch", "put"} {
		for room := range 40 {
			for n := range 30 {
				sentences = append(sentences, fmt.Sprintf("%s the room%d to %d", verb, room, n))
			}
		}
	}
	tr := trieOf(t, letters(), nil, sentences...)
	if n := len(spell(tr)); n != 2*len(sentences) {
		t.Errorf("%d texts of %d sentences", n, len(sentences))
	}
	if len(tr.arcs) > 150 {
		t.Errorf("%d arcs", len(tr.arcs))
	}
}

func TestTrieStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newTrie(ctx, asr.NewExpected([]string{"a"}, "", nil), 256, textIn(letters())); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func TestEncoder(t *testing.T) {
	e := newEncoder(letters("er", "low", "lo", " low", "est", "es", " n", "ew", " ne", "'t", "don", " don", " 2", "20"))
	for text, want := range map[string]string{
		"low":    " low",
		"lower":  " low er", // " low" is one, though " " and "lo" are put together later than "low" and "er"
		"newest": " n ew est",
		"don't":  " don 't",
		"20%.":   " 2 0 % .",
		"205":    " 2 0 5",
		"é":      "  \xc3 \xa9",
	} {
		tokens, ok := e.word(text)
		var pieces []string
		for _, token := range tokens {
			for piece, id := range e.ids {
				if id == token {
					pieces = append(pieces, piece)
				}
			}
		}
		if strings.Join(pieces, "") != " "+text || !ok {
			t.Errorf("%q becomes %q", text, pieces)
		}
		if got := strings.Join(pieces, " "); got != want {
			t.Errorf("%q is cut into %q, want %q", text, got, want)
		}
	}
	if _, ok := newEncoder([]string{"a"}).word("ab"); ok {
		t.Error("what has no token is written")
	}
}

// A teacher gives logits out of a hash of what came before, and likes a text.
type teacher struct {
	vocabulary int
	seed       uint64
	likes      []int32
	liking     float32
	calls      int
	effort     int // as maxEffort counts it
	known      map[string][]float32
}

// score is a scorer.
func (m *teacher) score(tokens []int32, from int) (rows [][]float32, err error) {
	m.calls++
	m.effort += 2 + len(tokens) - from
	for at := from; at <= len(tokens); at++ {
		rows = append(rows, m.behind(tokens[:at]))
	}
	return rows, nil
}

// behind gives the logits of what follows tokens, the same each time.
func (m *teacher) behind(tokens []int32) []float32 {
	key := fmt.Sprint(tokens)
	if logits, ok := m.known[key]; ok {
		return logits
	}
	if m.known == nil {
		m.known = map[string][]float32{}
	}
	h := m.seed
	for _, token := range tokens {
		h = h*6364136223846793005 + uint64(token) + 1442695040888963407
	}
	r := rand.New(rand.NewPCG(h, m.seed))
	logits := make([]float32, m.vocabulary+1)
	for i := range logits {
		logits[i] = float32(r.NormFloat64() * 2)
	}
	if n := len(tokens); n <= len(m.likes) && slices.Equal(tokens, m.likes[:n]) {
		next := int32(m.vocabulary) // the end
		if n < len(m.likes) {
			next = m.likes[n]
		}
		logits[next] += m.liking
	}
	m.known[key] = logits
	return logits
}

// logOf is the logarithm of a text's probability, to its end.
func (m *teacher) logOf(tokens []int32) float64 {
	var log float64
	for at := range len(tokens) + 1 {
		logits := m.behind(tokens[:at])
		next := int32(m.vocabulary)
		if at < len(tokens) {
			next = tokens[at]
		}
		log += float64(logits[next]) - logSum(logits)
	}
	return log
}

// allOf gives the tokens of every text of a trie, with and without a point.
func allOf(t *trie) [][]int32 {
	var all [][]int32
	var walk func(n int32, said []int32)
	walk = func(n int32, said []int32) {
		node := t.nodes[n]
		if node.end {
			all = append(all, slices.Clone(said))
			for _, p := range t.points {
				if !node.closed {
					all = append(all, append(slices.Clone(said), p))
				}
			}
		}
		for _, a := range t.arcsOf(n) {
			walk(a.to, append(said, a.token))
		}
		if node.enter {
			for _, a := range t.arcsOf(t.root) {
				walk(a.to, append(said, a.token))
			}
		}
	}
	walk(t.start, nil)
	return all
}

// TestFind holds that what is found is the free reading, if that is a sentence, and
// else the likeliest of all that are not too far from it, whatever the model makes of the
// sound.
func TestFind(t *testing.T) {
	v := letters(" turn", " Turn", " on", " off", " the", " light", "s", " lights")
	tr := trieOf(t, v, []string{"desk"}, "turn on the light", "turn off the light", "turn the lights on", "on", "on the off", "20%", "stop.")
	all := allOf(tr)
	eot := int32(len(v))
	same, other, none := 0, 0, 0
	for seed := range uint64(24) {
		m := &teacher{vocabulary: len(v), seed: seed, liking: float32(seed % 3 * 6)}
		m.likes = all[int(seed)%len(all)]
		free := m.likes
		switch seed % 4 {
		case 1:
			free = []int32{'x', 'y'}
		case 2:
			free = append(slices.Clone(free[:1]), 'z')
		case 3: // the model likes what it hears freely, and that is no sentence
			free = append(slices.Clone(free), 'z')
			m.likes, m.liking = free, 40
		}
		freely := m.logOf(free)
		best, most := []int32(nil), math.Inf(-1)
		for _, tokens := range all {
			if log := m.logOf(tokens); log > most && (log-freely)/float64(len(tokens)+1) >= worst {
				best, most = tokens, log
			}
		}
		if slices.ContainsFunc(all, func(tokens []int32) bool { return slices.Equal(tokens, free) }) {
			best, most = free, freely
		}
		g, err := find(tr, free, eot, m.score)
		if err != nil || !slices.Equal(g.tokens, best) {
			t.Fatalf("seed %d: found %v (%v), want %v (%v), error %v", seed, g.tokens, g.log, best, most, err)
		}
		if best == nil {
			none++
			continue
		}
		if math.Abs(g.log-most) > 1e-9 || math.Abs(g.free-freely) > 1e-9 {
			t.Errorf("seed %d: the sentence has %v, want %v; the free reading %v, want %v", seed, g.log, most, g.free, freely)
		}
		if !slices.Contains(tr.sentences, g.text) {
			t.Errorf("seed %d: %q is not expected", seed, g.text)
		}
		if slices.Equal(free, best) {
			if same++; g.margin() != 0 {
				t.Errorf("seed %d: the same reading has a margin of %v", seed, g.margin())
			}
		} else {
			other++
		}
	}
	if same < 5 || other < 5 || none < 5 {
		t.Errorf("%d are the free reading, %d another, %d none: little was tested", same, other, none)
	}
}

// TestFindTrue holds that what is clearly said costs nothing: the free reading's own
// logits do, and that little is tried where something else was said.
func TestFindTrue(t *testing.T) {
	v := letters(" turn", " Turn", " on", " off", " the", " light")
	tr := trieOf(t, v, nil, "turn on the light", "turn off the light", "the light on")
	m := &teacher{vocabulary: len(v), likes: []int32{257, 258, 260, 261, '.'}, liking: 30}
	g, err := find(tr, m.likes, int32(len(v)), m.score)
	if err != nil || g.text != "turn on the light" || g.margin() != 0 {
		t.Errorf("found %+v, %v", g, err)
	}
	if m.calls != 1 {
		t.Errorf("the model is asked %d times", m.calls)
	}
	free := []int32{257, 258, 260, 'x', '.'}
	m = &teacher{vocabulary: len(v), likes: free, liking: 30}
	if g, err = find(tr, free, int32(len(v)), m.score); err != nil || g.text != "" {
		t.Errorf("found %+v with the margin %v, %v", g, g.margin(), err)
	}
	if m.calls > 3 {
		t.Errorf("the model is asked %d times", m.calls)
	}
}

// TestFindBounded holds that a model which knows nothing is not asked for ever, and
// that an error ends it.
func TestFindBounded(t *testing.T) {
	var sentences []string
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		var words []string
		for range 6 {
			words = append(words, string(rune('a'+r.IntN(26))))
		}
		sentences = append(sentences, strings.Join(words, " "))
	}
	v := letters()
	for b := 'a'; b <= 'z'; b++ {
		v = append(v, " "+string(b))
	}
	tr := trieOf(t, v, nil, sentences...)
	m := &teacher{vocabulary: len(v), seed: 5}
	free := []int32(strings.Repeat("x", 12))
	g, err := find(tr, free, int32(len(v)), m.score)
	if err != nil || !slices.Contains(sentences, g.text) {
		t.Errorf("found %+v, %v", g, err)
	}
	if m.effort > maxEffort+len(free)+2+2*tr.deepest || m.effort < maxEffort/2 {
		t.Errorf("the model is asked %d times, with an effort of %d", m.calls, m.effort)
	}
	calls := 0
	_, err = find(tr, free, int32(len(v)), func(tokens []int32, from int) ([][]float32, error) {
		if calls++; calls > 5 {
			return nil, context.Canceled
		}
		return m.score(tokens, from)
	})
	if err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

func FuzzTrie(f *testing.F) {
	f.Add("turn on\nturn off\n20%", "hey desk")
	f.Add("0 ", "0")
	f.Add("é \xff\n\n a  b", "\n,")
	v := letters(" turn", " on")
	f.Fuzz(func(t *testing.T, sentences, leads string) {
		expected := asr.NewExpected(strings.Split(sentences, "\n"), "", strings.Split(leads, "\n"))
		tr, err := newTrie(context.Background(), expected, int32(len(v)), textIn(v))
		if err != nil {
			t.Fatal(err)
		}
		if tr == nil || len(sentences) > 300 || len(leads) > 100 {
			return
		}
		m := &teacher{vocabulary: len(v), seed: 1}
		g, err := find(tr, nil, int32(len(v)), m.score)
		if err != nil || g.tokens != nil && !slices.Contains(expected.Sentences(), g.text) {
			t.Errorf("found %+v, %v", g, err)
		}
	})
}

func BenchmarkTrie(b *testing.B) {
	var sentences []string
	for i := range 50_000 {
		sentences = append(sentences, fmt.Sprintf("set the %s in the room %d to %d percent", []string{"light", "blind", "lamp", "fan"}[i%4], i/4%125, i/500))
	}
	v := letters(" the", " room", " light", " percent", " in", " to", " set", " Set")
	expected := asr.NewExpected(sentences, "", []string{"hey desk"})
	b.ReportAllocs()
	for b.Loop() {
		tr, err := newTrie(context.Background(), expected, int32(len(v)), textIn(v))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(8*len(tr.arcs)+12*len(tr.nodes)), "trie-bytes")
	}
}
