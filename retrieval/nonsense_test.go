package retrieval

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
)

var nonsenseCount = flag.Int("nonsense", 1000, "how many texts TestUnanswerable draws; the more, the rarer the offenders that it finds")

// maxNonsense is the share of nonsense that may be answered.
const maxNonsense = 0.005

// TestUnanswerable asks every base what nobody can answer: lorem ipsum, words drawn
// at random, what a cat types, and sentences of other languages. Hardly any of
// it may be answered or run at the bars of the default configuration.
//
// None of the texts is known to the calibration: they are generated here, or
// drawn from packages that tools/nonsense.sh fetches. Without these the kinds
// that need them are left out.
func TestUnanswerable(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	texts := drawNonsense(t, *nonsenseCount)
	bench := func(set string) func(*testing.T) *Index {
		return func(t *testing.T) *Index { return benchIndex(t, set) }
	}
	for _, base := range []struct {
		name  string
		index func(*testing.T) *Index
	}{
		{"frontdesk", func(t *testing.T) *Index { return exampleIndex(t, "frontdesk") }},
		{"home", func(t *testing.T) *Index { return exampleIndex(t, "home") }},
		{"banking77-k5", bench("banking77/k5")},
		{"banking77-all", bench("banking77/all")},
		{"clinc150-all", bench("clinc150/all")},
	} {
		t.Run(base.name, func(t *testing.T) { askNonsense(t, base.index(t), texts) })
	}
}

// An unanswerable is a text that no base answers.
type unanswerable struct{ kind, text string }

// An answered is what should not have been.
type answered struct {
	unanswerable
	Hit
}

func (a answered) String() string {
	does := "answers"
	if a.Entry.Kind == knowledge.Do {
		does = "runs"
	}
	if a.Exact {
		does += " word for word"
	}
	return fmt.Sprintf("%.4f %s %s to %q (%s); nearest: %q", a.Probability, does, a.Entry.ID, a.text, a.kind, a.Phrasing)
}

func askNonsense(t *testing.T, x *Index, texts []unanswerable) {
	type tally struct{ asked, answered, offered int }
	kinds := map[string]*tally{}
	all := &tally{}
	var wrong []answered
	for _, n := range texts {
		counts := []*tally{all, kinds[n.kind]}
		if counts[1] == nil {
			counts[1] = &tally{}
			kinds[n.kind] = counts[1]
		}
		hits := search(t, x, n.text, 1).Hits
		for _, c := range counts {
			c.asked++
		}
		if len(hits) == 0 {
			continue
		}
		bar := x.point.Answer
		if hits[0].Entry.Kind == knowledge.Do {
			bar = x.point.Run
		}
		switch p := hits[0].Probability; {
		case p >= bar:
			wrong = append(wrong, answered{n, hits[0]})
			for _, c := range counts {
				c.answered++
			}
		case p >= x.point.Suggest:
			for _, c := range counts {
				c.offered++
			}
		}
	}
	slices.SortStableFunc(wrong, func(a, b answered) int { return cmp.Compare(b.Probability, a.Probability) })
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		c := kinds[kind]
		fmt.Fprintf(&b, "\n  %-18s %5d asked, %3d answered, %3d offered", kind, c.asked, c.answered, c.offered)
	}
	for _, a := range wrong {
		fmt.Fprintf(&b, "\n  %s", a)
	}
	report := t.Logf
	if float64(all.answered) > maxNonsense*float64(all.asked) {
		report = t.Errorf
	}
	report("of %d nonsense texts %d are answered (%.2f %%, at most %.1f %% may be) and %d are offered or confirmed (%.1f %%); answers from %.3f on, runs from %.3f%s",
		all.asked, all.answered, percentOf(all.answered, all.asked), 100*maxNonsense, all.offered,
		percentOf(all.offered, all.asked), x.point.Answer, x.point.Run, &b)
}

func percentOf(n, of int) float64 { return 100 * float64(n) / float64(of) }
