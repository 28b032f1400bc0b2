package retrieval

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"frontdesk/retrieval/lexical"
)

// strangeKinds are the files of the folder strange.
var strangeKinds = []string{
	"demands", "filler-text", "half-sentences", "keyboard-noise", "machine-text", "meeting-talk", "one-word",
	"other-desks-assistant", "other-desks-public", "other-desks-shops", "other-desks-work", "other-languages",
	"other-trades-household", "other-trades-people", "overheard", "questions-general", "small-talk",
	"speech-garbage", "word-salad",
}

// shares counts the sentences of each kind.
func shares(all []strangeText) map[string]int {
	count := map[string]int{}
	for _, s := range all {
		count[s.kind]++
	}
	return count
}

// TestStrangeKinds holds that every kind is there and described, and none but
// these.
func TestStrangeKinds(t *testing.T) {
	readme, err := os.ReadFile("strange/README.md")
	if err != nil {
		t.Fatal(err)
	}
	count := shares(strangeSentences())
	for _, kind := range strangeKinds {
		if count[kind] < 100 {
			t.Errorf("%s has %d sentences, want at least 100", kind, count[kind])
		}
		if !strings.Contains(string(readme), "| `"+kind+"` |") {
			t.Errorf("strange/README.md does not describe %s", kind)
		}
		delete(count, kind)
	}
	if len(count) > 0 {
		t.Errorf("kinds that are not expected: %v", count)
	}
}

// TestStrangeSentences holds that the sentences are many and different, whatever
// their punctuation and the order and number of their words, and bounded.
func TestStrangeSentences(t *testing.T) {
	const atLeast, mostWords, mostBytes = 3000, 35, 250
	said := map[string]string{} // by their words, sorted, each once
	for _, s := range strangeSentences() {
		words := lexical.Words(s.text)
		if len(words) == 0 {
			t.Errorf("%s: %q has no words and is never asked", s.kind, s.text)
			continue
		}
		if n := len(strings.Fields(s.text)); n > mostWords || len(s.text) > mostBytes {
			t.Errorf("%s: %q has %d words and %d bytes, want at most %d and %d", s.kind, s.text, n, len(s.text), mostWords, mostBytes)
		}
		if !utf8.ValidString(s.text) || strings.ContainsFunc(s.text, unicode.IsControl) {
			t.Errorf("%s: %q is not plain text", s.kind, s.text)
		}
		slices.Sort(words)
		key := strings.Join(slices.Compact(words), " ")
		if before, ok := said[key]; ok {
			t.Errorf("%s: %q has the words of %q", s.kind, s.text, before)
		}
		said[key] = s.text
	}
	if len(said) < atLeast {
		t.Errorf("%d sentences, want at least %d", len(said), atLeast)
	}
}

// TestStrangeToExamples holds that no sentence is one that an example base
// answers, or is tested with.
func TestStrangeToExamples(t *testing.T) {
	for _, name := range []string{"frontdesk", "home"} {
		known := map[string]string{}
		base := example(t, name)
		for _, e := range base.Entries {
			for _, phrasing := range e.Phrasings() {
				known[strings.Join(lexical.Words(phrasing), " ")] = e.ID
			}
		}
		for _, test := range base.Tests {
			known[strings.Join(lexical.Words(test.Ask), " ")] = "a test"
		}
		for _, s := range strangeSentences() {
			if where, ok := known[strings.Join(lexical.Words(s.text), " ")]; ok {
				t.Errorf("%s: %q is also in examples/%s, in %s", s.kind, s.text, name, where)
			}
		}
	}
}

// TestStrangeOrder holds that a part of the order stands for the whole: that any
// beginning has the kinds in their proportions, up to two sentences, and any so
// manyth from any start like a draw by chance.
func TestStrangeOrder(t *testing.T) {
	all := strangeSentences()
	whole := shares(all)
	check := func(part []strangeText, what string, n int, slack func(want float64) float64) {
		t.Helper()
		got := shares(part)
		for _, kind := range strangeKinds {
			want := float64(whole[kind]) * float64(len(part)) / float64(len(all))
			if s := slack(want); math.Abs(float64(got[kind])-want) > s {
				t.Errorf("%s %d has %d of %s, want %.1f ± %.1f", what, n, got[kind], kind, want, s)
			}
		}
	}
	for n := range all {
		check(all[:n], "the beginning of", n, func(float64) float64 { return 2 })
	}
	for step := 2; step <= 40; step++ {
		for start := range step {
			var part []strangeText
			for i := start; i < len(all); i += step {
				part = append(part, all[i])
			}
			// Four deviations of a draw by chance, and some.
			check(part, "a step of", step, func(want float64) float64 { return 3 + 4*math.Sqrt(want) })
			if step <= 10 && len(shares(part)) != len(strangeKinds) {
				t.Errorf("every %dth from %d has only the kinds %v", step, start, shares(part))
			}
		}
	}
}

// TestMixed holds that the order depends on the sentences alone, not on where
// they stand in their files, and that a new one leaves the others' order.
func TestMixed(t *testing.T) {
	all := slices.Clone(strangeSentences())
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	if !slices.Equal(mixed(reversed), all) {
		t.Error("the order depends on that of the files")
	}
	added := strangeText{"demands", "an added sentence"}
	var kept, before []strangeText
	for _, s := range mixed(append(reversed, added)) {
		if s.kind == added.kind && s != added {
			kept = append(kept, s)
		}
	}
	for _, s := range all {
		if s.kind == added.kind {
			before = append(before, s)
		}
	}
	if !slices.Equal(kept, before) {
		t.Error("a new sentence changes the order of the others of its kind")
	}
}
