package wake_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sentences are a number of the corpus of ../shared, drawn at random.
func sentences(t *testing.T, n int) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", "shard-00*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("there is no corpus in ../shared/corpus")
	}
	random := rand.New(rand.NewPCG(9, 9))
	var kept []string
	seen := 0
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && seen < 10*n {
		var record struct{ A string }
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		if seen++; len(kept) < n {
			kept = append(kept, record.A)
		} else if i := random.IntN(seen); i < n {
			kept[i] = record.A
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return kept
}

// respell writes a phrase as somebody might who knows only its sound: letters become
// others that are read alike.
func respell(random *rand.Rand, phrase string) string {
	alike := map[string][]string{
		"ey": {"ay", "ei", "e", "eigh"}, "ay": {"ey", "ai"}, "sk": {"sc", "sque", "ssk", "sks"}, "e": {"i", "ea", "u", "a"}, "o": {"oh", "u", "oe"},
		"c": {"k", "s"}, "k": {"c", "q"}, "u": {"oo", "o"}, "er": {"or", "ar", "a"}, "x": {"ks", "cks"}, "t": {"d", "tt"}, "d": {"t", "dd"},
		"s": {"ss", "z", "c"}, "i": {"e", "y"}, "p": {"pp", "b"}, "m": {"mm", "n"}, "l": {"ll"}, "a": {"u", "e", "ah"},
	}
	var places []int
	for i := range phrase {
		for from := range alike {
			if strings.HasPrefix(phrase[i:], from) {
				places = append(places, i)
				break
			}
		}
	}
	i := places[random.IntN(len(places))]
	for n := 2; n >= 1; n-- {
		if i+n <= len(phrase) {
			if to := alike[phrase[i:i+n]]; to != nil {
				return phrase[:i] + to[random.IntN(len(to))] + phrase[i+n:]
			}
		}
	}
	return phrase
}

// TestPhrasesOnCorpus: of sentences that begin with none of some phrases (10,000 with
// FRONTDESK_TEST_LOAD=1), few are taken for one that does, and nearly all misspellings of a phrase are found.
func TestPhrasesOnCorpus(t *testing.T) {
	n := 2000
	switch {
	case os.Getenv("FRONTDESK_TEST_LOAD") != "":
		n = 10_000
	case testing.Short():
		n = 300
	}
	all := sentences(t, n)
	random := rand.New(rand.NewPCG(4, 4))
	for _, c := range []struct {
		phrase  string
		mayMiss int // of a thousand: some misspellings are read another way
	}{{"hey desk", 10}, {"hey frontdesk", 10}, {"okay computer", 250}, {"hello kitchen", 250}, {"hello alexa", 250}} {
		phrase := c.phrase
		p := phrases(t, phrase)
		first, _, _ := strings.Cut(phrase, " ")
		var accepted, others []string
		for _, s := range all {
			if strings.HasPrefix(strings.ToLower(s), phrase) {
				continue
			}
			if _, ok := p.Cut(s); ok {
				accepted = append(accepted, s)
			}
			// Somebody else is spoken to: "hey does it work".
			if _, ok := p.Cut(first + " " + s); ok && first != phrase {
				others = append(others, first+" "+s)
			}
		}
		var missed []string
		const spellings = 1000
		for range spellings {
			s := respell(random, phrase)
			if rest, ok := p.Cut(s + ", turn on the light"); !ok || rest != "turn on the light" {
				missed = append(missed, s)
			}
		}
		different := slices.Compact(slices.Sorted(slices.Values(missed)))
		t.Logf("%s: %d of %d sentences accepted, %d when each is said after %q, %d of %d misspellings missed: %.500q", phrase, len(accepted), len(all), len(others), first, len(missed), spellings, different)
		for _, s := range append(accepted, others...) {
			t.Logf("   accepted: %.60s", s)
		}
		if len(accepted)*1000 > len(all) || len(others)*200 > len(all) {
			t.Errorf("%s: %d of %d sentences are taken for one that begins with it", phrase, len(accepted), len(all))
		}
		if len(missed) > c.mayMiss {
			t.Errorf("%s: %d of %d misspellings are not known", phrase, len(missed), spellings)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	p := phrases(b, "hey desk", "okay computer", "hello kitchen")
	b.ReportAllocs()
	for b.Loop() {
		p.Cut("hay dusk, turn on the light in the kitchen, please")
	}
}
