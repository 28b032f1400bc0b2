package retrieval

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
	"frontdesk/retrieval/static"
)

// A wordless is the built-in embedder without its words; one that is taught
// understands sentences of other languages as the English ones that they stand
// for.
type wordless struct {
	model  *static.Model
	taught map[string]string
}

func (e wordless) Fingerprint() string { return fmt.Sprintf("wordless %d", len(e.taught)) }
func (e wordless) Dim() int            { return e.model.Dim() }

func (e wordless) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	texts = slices.Clone(texts)
	for i, text := range texts {
		if english, ok := e.taught[strings.Join(lexical.Words(text), " ")]; ok {
			texts[i] = english
		}
	}
	return e.model.Embed(ctx, texts)
}

// languages teaches an embedder the translations and some questions more.
func languages(more map[string]string) wordless {
	taught := map[string]string{}
	for _, pair := range translations {
		taught[strings.Join(lexical.Words(pair[1]), " ")] = pair[0]
	}
	for text, english := range more {
		taught[strings.Join(lexical.Words(text), " ")] = english
	}
	return wordless{static.Default(), taught}
}

// TestWords holds that an embedder without words of its own is helped out with
// those of English where that is of use, and only there.
func TestWords(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	german := map[string]string{
		"ich habe mein Kennwort vergessen":   "I forgot my password",
		"wie lange dauert die Lieferung":     "How long does delivery take?",
		"welche Zahlungsarten nehmen Sie an": "Which ways to pay are there?",
	}
	english := faqBase(t, shop())
	best := func(e Embedder, base *knowledge.Base, text string, o BuildOptions) (Hit, Result) {
		t.Helper()
		x, err := Build(t.Context(), base, e, DefaultConfig(), o)
		if err != nil {
			t.Fatal(err)
		}
		r := search(t, x, text, 1)
		return r.Hits[0], r
	}
	words := BuildOptions{Words: static.Default()}
	one, many := wordless{model: static.Default()}, languages(german)

	for text, means := range german {
		hit, r := best(many, english, text, words)
		if len(r.Corrected) > 0 {
			t.Errorf("%q is read as %v", text, r.Corrected)
		}
		if slices.ContainsFunc(hit.Parts, func(p Part) bool { return p.Name == "bound" && strings.Contains(p.Note, "no language") }) {
			t.Errorf("%q is gibberish to an embedder of many languages", text)
		}
		if !slices.Contains(hit.Entry.Phrasings(), means) {
			t.Errorf("%q finds %s", text, hit.Entry.ID)
		}
	}
	// To one that knows English alone it is gibberish, as it is to the built-in one.
	hit, _ := best(one, english, "xqzt vlorp grmbl", words)
	if hit.Probability > gibberish {
		t.Errorf("nonsense means %s with probability %v", hit.Entry.ID, hit.Probability)
	}
	// Misspelled words are corrected only where words are known.
	if _, r := best(one, english, "I forgot my pasword", words); r.Corrected["pasword"] != "password" {
		t.Errorf("with words, corrected: %v", r.Corrected)
	}
	if _, r := best(one, english, "I forgot my keyword", words); len(r.Corrected) > 0 {
		t.Errorf("a word of English is read as another: %v", r.Corrected)
	}
	if _, r := best(one, english, "I forgot my keyword", BuildOptions{}); len(r.Corrected) > 0 {
		t.Errorf("without words a text is read as another: %v", r.Corrected)
	}
	// A base in German has no use for words of English.
	own := faqBase(t, map[string][]string{
		"kennwort":  {"Wie setze ich mein Kennwort zurück?", "Ich habe mein Kennwort vergessen", "Die Anmeldung klappt nicht mehr"},
		"lieferung": {"Wie lange dauert die Lieferung?", "Wann kommt mein Paket?", "Wird auch ins Ausland verschickt?"},
		"zahlung":   {"Welche Zahlungsarten gibt es?", "Kann ich auf Rechnung kaufen?", "Geht es auch mit Kreditkarte?"},
	})
	for _, e := range []Embedder{one, many} {
		hit, r := best(e, own, "Lieferungen verspäten sich dauernd", words)
		if len(r.Corrected) > 0 || slices.ContainsFunc(hit.Parts, func(p Part) bool { return p.Name == "bound" && strings.Contains(p.Note, "no language") }) {
			t.Errorf("German is taken for bad English: %v, %+v", r.Corrected, hit.Parts)
		}
	}
}

// A dice gives every text a vector by chance.
type dice struct{}

func (dice) vector(text string) []float32 {
	h := fnv.New64a()
	h.Write([]byte(text)) // A hash gives no error.
	r := rand.New(rand.NewPCG(h.Sum64(), 0))
	v := make([]float32, 32)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	normalize(v)
	return v
}

func TestKnowsLanguages(t *testing.T) {
	pairs := func(embed func(text string) []float32) (out [][]float32) {
		for _, p := range translations {
			out = append(out, embed(p[0]), embed(p[1]))
		}
		return out
	}
	by := func(e Embedder) func(string) []float32 {
		return func(text string) []float32 {
			v, err := e.Embed(t.Context(), []string{text})
			if err != nil {
				t.Fatal(err)
			}
			return v[0]
		}
	}
	for name, c := range map[string]struct {
		embed func(string) []float32
		want  bool
	}{
		"English alone": {by(static.Default()), false},
		"by chance":     {dice{}.vector, false},
		"nothing":       {func(string) []float32 { return make([]float32, 3) }, false},
		"all the same":  {func(string) []float32 { return []float32{1, 0} }, false},
		"many":          {by(languages(nil)), true},
	} {
		if got := knowsLanguages(pairs(c.embed)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, p := range translations {
		for _, w := range lexical.Words(p[0]) {
			if slices.Contains(lexical.Words(p[1]), w) {
				t.Errorf("%q and %q have %q in common", p[0], p[1], w)
			}
		}
	}
}
