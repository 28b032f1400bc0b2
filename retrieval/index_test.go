package retrieval

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
	"frontdesk/retrieval/static"
)

// A counter is the built-in embedder, and counts what it is asked for.
type counter struct {
	*static.Model
	mu    sync.Mutex
	asked []string
	// Faults to be made.
	fingerprint string
	fail        error
	give        func([][]float32) [][]float32
}

func newCounter() *counter { return &counter{Model: static.Default()} }

func (c *counter) Fingerprint() string { return c.Model.Fingerprint() + c.fingerprint }

func (c *counter) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	c.mu.Lock()
	c.asked = append(c.asked, texts...)
	c.mu.Unlock()
	if c.fail != nil {
		return nil, c.fail
	}
	v, err := c.Model.Embed(ctx, texts)
	if c.give != nil {
		v = c.give(v)
	}
	return v, err
}

// faqBase makes a base of phrasings by id.
func faqBase(t testing.TB, entries map[string][]string) *knowledge.Base {
	t.Helper()
	var list []*knowledge.Entry
	for id, phrasings := range entries {
		list = append(list, &knowledge.Entry{
			ID: id, Kind: knowledge.FAQ, Question: phrasings[0], Alternatives: phrasings[1:], Answer: "The answer to " + id + ".",
		})
	}
	slices.SortFunc(list, func(a, b *knowledge.Entry) int { return strings.Compare(a.ID, b.ID) })
	base, err := knowledge.New(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// shop is a small base of several phrasings an entry.
func shop() map[string][]string {
	return map[string][]string{
		"opening-hours": {"When are you open?", "What are your opening hours?", "Are you open on Sunday?", "How late does the shop close?"},
		"returns":       {"How do I return something?", "Can I send an item back?", "I want my money back", "What is your returns policy?"},
		"shipping":      {"How long does delivery take?", "When will my parcel arrive?", "Do you ship abroad?", "Where is my order?"},
		"password":      {"How do I reset my password?", "I forgot my password", "I cannot log in any more", "Change my login"},
		"payment":       {"Which ways to pay are there?", "Do you take credit cards?", "Can I pay by invoice?", "Is PayPal accepted?"},
	}
}

func build(t testing.TB, base *knowledge.Base) *Index {
	t.Helper()
	x, err := Build(t.Context(), base, static.Default(), DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// example loads a base of the repository.
func example(t testing.TB, name string) *knowledge.Base {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{Dir: "../examples/" + name, Paths: []string{"*.yaml"}})
	if err != nil && name == "home" {
		base, err = knowledge.Load(t.Context(), knowledge.Options{
			Dir: "../examples/home", Paths: []string{"commands.yaml", "house.yaml", "rooms.yaml", "tests.yaml"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// sharedIndexes holds what [sharedIndex] has built, by name.
var sharedIndexes sync.Map

// sharedIndex gives the index of a base, which several tests ask and none changes:
// building it takes most of their time.
func sharedIndex(t testing.TB, name string, base func() *knowledge.Base) *Index {
	t.Helper()
	if x, ok := sharedIndexes.Load(name); ok {
		return x.(*Index)
	}
	x := build(t, base())
	sharedIndexes.Store(name, x)
	return x
}

// exampleIndex gives the index of a base of the repository.
func exampleIndex(t testing.TB, name string) *Index {
	t.Helper()
	return sharedIndex(t, name, func() *knowledge.Base { return example(t, name) })
}

func shopIndex(t testing.TB) *Index {
	t.Helper()
	return sharedIndex(t, "shop", func() *knowledge.Base { return faqBase(t, shop()) })
}

func search(t testing.TB, x *Index, text string, k int) Result {
	t.Helper()
	r, err := x.Search(t.Context(), Question{Text: text}, k)
	if err != nil {
		t.Fatalf("%.40q: %v", text, err)
	}
	sum := 0.0
	for i, h := range r.Hits {
		if !(h.Probability >= 0 && h.Probability <= 1) {
			t.Errorf("%.40q: hit %d has probability %v", text, i, h.Probability)
		}
		if i > 0 && h.Probability > r.Hits[i-1].Probability {
			t.Errorf("%.40q: hit %d is more probable than the one before", text, i)
		}
		sum += h.Probability
	}
	if sum > 1+1e-9 {
		t.Errorf("%.40q: the probabilities sum to %v", text, sum)
	}
	return r
}

func TestSearch(t *testing.T) {
	x := shopIndex(t)
	for _, c := range []struct{ text, want string }{
		{"until when is the store open today", "opening-hours"},
		{"i would like to give this back", "returns"},
		{"how many days until the package gets here", "shipping"},
		{"my login does not work", "password"},
		{"can i use my visa card", "payment"},
	} {
		r := search(t, x, c.text, 3)
		if len(r.Hits) != 3 || r.Hits[0].Entry.ID != c.want {
			t.Errorf("%q found %q, want %q", c.text, r.Hits[0].Entry.ID, c.want)
			continue
		}
		if h := r.Hits[0]; h.Phrasing == "" || h.Exact || len(h.Parts) < gateSignals {
			t.Errorf("%q: phrasing %q, exact %v, %d parts", c.text, h.Phrasing, h.Exact, len(h.Parts))
		}
	}
	r := search(t, x, "how do I reset my PASSWORD", 1)
	if h := r.Hits[0]; h.Entry.ID != "password" || !h.Exact || h.Probability != certain {
		t.Errorf("an entry's own question gives %q, exact %v, %v", h.Entry.ID, h.Exact, h.Probability)
	}
	r = search(t, x, "I forgot my pasword", 1)
	if r.Corrected["pasword"] != "password" || r.Hits[0].Entry.ID != "password" || !r.Hits[0].Exact {
		t.Errorf("a typo gives %+v, corrected %v", r.Hits[0].Entry.ID, r.Corrected)
	}
	if got := len(search(t, x, "open", 100).Hits); got != 5 {
		t.Errorf("asked for 100 of 5 entries, got %d", got)
	}
	if got := len(search(t, x, "open", -1).Hits); got != 0 {
		t.Errorf("asked for -1 entries, got %d", got)
	}
}

// TestExplanation holds that the parts say all: the log-odds of the probability
// are the sum of the calibration's.
func TestExplanation(t *testing.T) {
	x := shopIndex(t)
	h := search(t, x, "can i use my visa card", 1).Hits[0]
	sum, begun := 0.0, false
	for _, p := range h.Parts {
		if p.Name == "calibration" {
			begun = true
		}
		if begun {
			sum += p.Value * p.Weight
		}
		if p.Note == "" {
			t.Errorf("the part %q has no note", p.Name)
		}
	}
	if got := sigmoid(sum); math.Abs(got-h.Probability) > 1e-12 {
		t.Errorf("the parts give %v and the probability is %v", got, h.Probability)
	}
}

// TestSharedSentence holds that entries which say the same share what is certain.
func TestSharedSentence(t *testing.T) {
	entries := shop()
	entries["a-twin"] = []string{"Where is my order?", "track an order"}
	r := search(t, build(t, faqBase(t, entries)), "where is my order", 3)
	if r.Hits[0].Probability != certain/2 || r.Hits[1].Probability != certain/2 || !r.Hits[0].Exact || !r.Hits[1].Exact {
		t.Errorf("got %v %v and %v %v", r.Hits[0].Entry.ID, r.Hits[0].Probability, r.Hits[1].Entry.ID, r.Hits[1].Probability)
	}
}

// TestTemplates holds that a sentence of a command is certain and brings its slots.
func TestTemplates(t *testing.T) {
	x := exampleIndex(t, "home")
	r := search(t, x, "please turn on the kitchen lights", 2)
	h := r.Hits[0]
	if h.Entry.ID != "lights-on" || !h.Exact || h.Probability < x.OperatingPoint().Run || h.Slots["room"].Canonical != "kitchen" {
		t.Errorf("got %q, exact %v, %v, slots %v", h.Entry.ID, h.Exact, h.Probability, h.Slots)
	}
}

func TestOperatingPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, name := range []string{"frontdesk", "home"} {
		p := exampleIndex(t, name).OperatingPoint()
		if !(0 < p.Suggest && p.Suggest < p.Answer && p.Answer <= p.Run && p.Run < certain && p.Answer > unknownWords) {
			t.Errorf("%s: the bars %+v are out of order", name, p)
		}
	}
	base := faqBase(t, shop())
	last := OperatingPoint{}
	for _, precision := range []float64{0.5, 0.8, 0.95, 0.999} {
		x, err := Build(t.Context(), base, static.Default(), Config{Precision: precision, UnknownShare: 0.15}, BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p := x.OperatingPoint()
		if p.Answer < last.Answer || p.Run < last.Run {
			t.Errorf("at a precision of %v the bars fall from %+v to %+v", precision, last, p)
		}
		last = p
	}
}

// TestUnknownShare holds that the more questions are strange, the less probable
// an answer is right.
func TestUnknownShare(t *testing.T) {
	base := faqBase(t, shop())
	last := 1.0
	for _, share := range []float64{0, 0.15, 0.5, 0.95} {
		x, err := Build(t.Context(), base, static.Default(), Config{Precision: 0.95, UnknownShare: share}, BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p := search(t, x, "my login does not work", 1).Hits[0].Probability
		if p >= last || math.IsNaN(p) {
			t.Errorf("with %v unknown the probability is %v, before %v", share, p, last)
		}
		last = p
	}
}

// nonsense gives texts that no base answers, made by other means than those in
// the folder strange.
func nonsense() []string {
	r := rand.New(rand.NewPCG(3, 3))
	texts := []string{
		"Vivamus sagittis lacus vel augue laoreet rutrum faucibus dolor auctor",
		"Etiam porta sem malesuada magna mollis euismod", "Nullam quis risus eget urna",
		"Aenean lacinia bibendum nulla sed consectetur", "Maecenas faucibus mollis interdum",
		"Der Hund läuft über die Wiese und bellt laut", "Heute gibt es Erbsensuppe mit Speck",
		"Le chat dort sur le canapé du salon", "Nous partirons demain à l'aube",
		"El perro corre por el campo verde", "Mañana compraremos pan y leche",
		"Il treno parte alle nove e mezza", "A criança brinca no jardim da escola",
		"De kinderen spelen buiten in de regen", "Pies biega po zielonej łące",
		"Kissa nukkuu lämpimällä kivellä", "Hunden sover under bordet hela dagen",
		"Собака бежит по зелёному полю", "Η γάτα κοιμάται στον καναπέ", "الكلب يركض في الحقل",
		"犬が公園を走っています", "강아지가 공원에서 뛰어요", "कुत्ता पार्क में दौड़ता है", "Köpek parkta koşuyor",
		"🙂🙂🙂", "🍕🚗🌧️ 🎈", "((((((", "<script>alert(1)</script>", "' OR 1=1 --", "\x00\x01\x02", "\xff\xfe\xfd",
	}
	rows := []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"}
	for range 150 {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			row := rows[r.IntN(len(rows))]
			for range 3 + r.IntN(9) { // a hand on the keyboard
				b.WriteByte(row[r.IntN(len(row))])
			}
			b.WriteByte(' ')
		}
		texts = append(texts, b.String())
		b.Reset()
		for range 1 + r.IntN(6) { // letters
			for range 2 + r.IntN(9) {
				b.WriteByte(byte('a' + r.IntN(26)))
			}
			b.WriteByte(' ')
		}
		texts = append(texts, b.String())
	}
	return texts
}

// TestNonsense holds that nonsense is never answered, by bases of any size.
func TestNonsense(t *testing.T) {
	indexes := map[string]*Index{
		"home": exampleIndex(t, "home"),
		"shop": shopIndex(t),
		"one":  build(t, faqBase(t, map[string][]string{"a": {"When are you open?"}})),
		"two":  build(t, faqBase(t, map[string][]string{"a": {"When are you open?"}, "b": {"How do I reset my password?"}})),
	}
	singles := map[string][]string{}
	for id, phrasings := range shop() {
		singles[id] = phrasings[:1]
	}
	indexes["single phrasings"] = build(t, faqBase(t, singles))
	if !testing.Short() {
		indexes["frontdesk"] = exampleIndex(t, "frontdesk")
	}
	for name, x := range indexes {
		for _, text := range nonsense() {
			r := search(t, x, text, 1)
			if len(r.Hits) == 0 {
				continue
			}
			bar := x.OperatingPoint().Answer
			if r.Hits[0].Entry.Command != nil {
				bar = x.OperatingPoint().Run
			}
			if r.Hits[0].Probability >= bar {
				t.Errorf("%s answers %q with %q at %.2f", name, text, r.Hits[0].Entry.ID, r.Hits[0].Probability)
			}
		}
	}
}

// TestUnknownWords holds that a question whose informative words are all unknown
// to the base is not answered, however it is built.
func TestUnknownWords(t *testing.T) {
	x := shopIndex(t)
	for _, text := range []string{"how do I fly a zeppelin", "what is your hamster", "is there cheese"} {
		if r := search(t, x, text, 1); r.Hits[0].Probability >= x.OperatingPoint().Answer {
			t.Errorf("%q is answered with %q at %v", text, r.Hits[0].Entry.ID, r.Hits[0].Probability)
		}
	}
}

func TestSmallBases(t *testing.T) {
	empty := build(t, faqBase(t, nil))
	if r := search(t, empty, "hello", 3); len(r.Hits) != 0 {
		t.Errorf("an empty base finds %v", r.Hits)
	}
	one := build(t, faqBase(t, map[string][]string{"a": {"When are you open?"}}))
	if h := search(t, one, "when are you open", 1).Hits; len(h) != 1 || h[0].Probability != certain {
		t.Errorf("a base of one entry does not know its question: %+v", h)
	}
	wordless := build(t, faqBase(t, map[string][]string{"a": {"?"}, "b": {"When are you open?", "!!"}}))
	search(t, wordless, "when", 2)
	search(t, wordless, "?", 2)
}

// TestOddText holds that texts of any size and kind are harmless.
func TestOddText(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, text := range []string{
		"", " ", "\n\n", "?", "\u202eנה\u202c", "مرحبا kitchen light", "🙂 kitchen 🙂 light 🙂",
		strings.Repeat("a", 1<<20), strings.Repeat("kitchen light ", 80_000), strings.Repeat("🙂", 1<<18),
		strings.Repeat("\xff", 1<<20), strings.Repeat("é", 1<<19), strings.Repeat("a ", 1<<19),
	} {
		search(t, x, text, 3)
	}
	if r := search(t, x, "", 3); len(r.Hits) != 0 {
		t.Errorf("an empty text finds %v", r.Hits[0].Entry.ID)
	}
}

// searchFull is the evidence after comparing the query with every phrasing.
func (m *model) searchFull(vector []float32, words []string) *evidence {
	centred := make([]float32, len(vector))
	m.centre(centred, vector)
	var all []nearest
	for entry := range m.corpus.entries() {
		best := nearest{entry: entry, row: -1}
		for row := m.corpus.starts[entry]; row < m.corpus.starts[entry+1]; row++ {
			if c := dot(centred, m.scan.row(row)); best.row < 0 || c > best.cosine {
				best.row, best.cosine = row, c
			}
		}
		all = append(all, best)
	}
	slices.SortFunc(all, compareNearest)
	var odd []likeness
	for i, id := range m.odd.ids {
		odd = append(odd, likeness{id, float64(dot(centred, m.odd.scan.row(i)))})
	}
	slices.SortStableFunc(odd, func(a, b likeness) int { return cmp.Compare(b.cosine, a.cosine) })
	return m.judge(centred, words, all[:min(nearestKept, len(all))], odd[:min(2, len(odd))])
}

// TestSearchEqualsFull holds that what is skipped changes nothing, to the bit.
func TestSearchEqualsFull(t *testing.T) {
	if testing.Short() {
		t.Skip("takes most of a minute under the race detector, and does one thing at a time")
	}
	r := rand.New(rand.NewPCG(5, 5))
	for _, name := range []string{"frontdesk", "home"} {
		x := exampleIndex(t, name)
		var vocabulary []string
		queries := slices.Clone(strangeTexts())
		for _, e := range x.base.Entries {
			queries = append(queries, e.Phrasings()...)
			vocabulary = append(vocabulary, lexical.Words(strings.Join(e.Phrasings(), " "))...)
		}
		for range 1000 { // words of the base at random
			var words []string
			for range 1 + r.IntN(8) {
				words = append(words, vocabulary[r.IntN(len(vocabulary))])
			}
			queries = append(queries, strings.Join(words, " "))
		}
		vectors, err := static.Default().Embed(t.Context(), queries)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range queries {
			words := lexical.Words(q)
			if len(words) == 0 {
				continue
			}
			got, err := x.model.evidence(vectors[i], words)
			if err != nil {
				t.Fatal(err)
			}
			want := x.model.searchFull(vectors[i], words)
			if !slices.Equal(got.order, want.order) || !slices.Equal(got.share, want.share) ||
				x.model.gate(got, words, none) != x.model.gate(want, words, none) {
				t.Fatalf("%s: %q: the search and the full one differ", name, q)
			}
		}
	}
}

// TestIncremental holds that one changed entry costs its own phrasings only, and
// that the index is the same, to the bit, as one from nothing.
func TestIncremental(t *testing.T) {
	embedder := newCounter()
	first, err := Build(t.Context(), faqBase(t, shop()), embedder, DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := 20 + len(strangeTexts()); len(embedder.asked) > want {
		t.Errorf("%d texts were embedded, want %d", len(embedder.asked), want)
	}
	entries := shop()
	entries["payment"] = append(entries["payment"], "Can I pay cash on delivery?")
	entries["gifts"] = []string{"Do you wrap gifts?", "Where is my order?"}
	delete(entries, "returns")
	base := faqBase(t, entries)

	embedder.asked = nil
	second, err := Build(t.Context(), base, embedder, DefaultConfig(), BuildOptions{Previous: first})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(embedder.asked)
	if want := []string{"Can I pay cash on delivery?", "Do you wrap gifts?"}; !slices.Equal(embedder.asked, want) {
		t.Errorf("embedded again: %q, want %q", embedder.asked, want)
	}
	if !bytes.Equal(second.encode(), build(t, base).encode()) {
		t.Error("the index differs from one that was built from nothing")
	}
	if bytes.Equal(second.encode(), first.encode()) {
		t.Error("the index has not changed")
	}

	embedder.asked, embedder.fingerprint = nil, "another"
	if _, err := Build(t.Context(), base, embedder, DefaultConfig(), BuildOptions{Previous: first}); err != nil {
		t.Fatal(err)
	}
	if len(embedder.asked) < 20 {
		t.Errorf("vectors of another embedder were taken over: only %d texts were embedded", len(embedder.asked))
	}
}

func TestProgress(t *testing.T) {
	last, total := 0, 0
	_, err := Build(t.Context(), faqBase(t, shop()), static.Default(), DefaultConfig(), BuildOptions{Progress: func(done, all int) {
		if done < last || done > all {
			t.Errorf("progress went from %d to %d of %d", last, done, all)
		}
		last, total = done, all
	}})
	if err != nil {
		t.Fatal(err)
	}
	if last != total || total == 0 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
}

func TestBuildFaults(t *testing.T) {
	base := faqBase(t, shop())
	x := build(t, base)
	broken := errors.New("broken")
	for name, e := range map[string]*counter{
		"error":    {fail: broken},
		"too few":  {give: func(v [][]float32) [][]float32 { return v[1:] }},
		"too long": {give: func(v [][]float32) [][]float32 { v[0] = append(v[0], 0); return v }},
		"none": {give: func(v [][]float32) [][]float32 {
			v[0][0] = float32(math.NaN())
			return v
		}},
	} {
		e.Model = static.Default()
		if _, err := Build(t.Context(), base, e, DefaultConfig(), BuildOptions{}); err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "error" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		x.embedder = e
		if _, err := x.Search(t.Context(), Question{Text: "a question"}, 1); err == nil {
			t.Errorf("%s: no error of the search", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, base, static.Default(), DefaultConfig(), BuildOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a build that was stopped gives %v", err)
	}
	if _, err := shopIndex(t).Search(ctx, Question{Text: "a question"}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that was stopped gives %v", err)
	}
}

// TestConcurrent searches from many goroutines what one has found.
func TestConcurrent(t *testing.T) {
	x := exampleIndex(t, "home")
	texts := strangeTexts()[:40]
	want := make([]string, len(texts))
	describe := func(text string) string {
		r, err := x.Search(t.Context(), Question{Text: text}, 5)
		if err != nil {
			return err.Error()
		}
		out := fmt.Sprint(r.Corrected)
		for _, h := range r.Hits {
			out += fmt.Sprintf(" %s %v %v", h.Entry.ID, h.Probability, h.Parts)
		}
		return out
	}
	for i, text := range texts {
		want[i] = describe(text)
	}
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for i, text := range texts {
				if got := describe(text); got != want[i] {
					t.Errorf("%q gives %s, want %s", text, got, want[i])
				}
			}
		})
	}
	work.Wait()
}

func TestConfigCheck(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{DefaultConfig(), ""},
		{Config{0.5, 0}, ""},
		{Config{1, 0.1}, "precision"},
		{Config{0.4, 0.1}, "precision"},
		{Config{math.NaN(), 0.1}, "precision"},
		{Config{0.9, 1}, "unknown_share"},
		{Config{0.9, -0.1}, "unknown_share"},
		{Config{0.9, math.NaN()}, "unknown_share"},
	} {
		got := ""
		c.config.Check(func(key, what, do string) {
			got += key
			if what == "" || do == "" {
				t.Errorf("%+v: what %q, do %q", c.config, what, do)
			}
		})
		if got != c.want {
			t.Errorf("%+v: faults %q, want %q", c.config, got, c.want)
		}
	}
}
