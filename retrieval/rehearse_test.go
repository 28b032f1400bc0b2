package retrieval

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"

	"github.com/google/go-cmp/cmp"
)

func rehearse(t testing.TB, base *knowledge.Base, cfg Config) *Rehearsal {
	t.Helper()
	r, err := Rehearse(t.Context(), base, static.Default(), cfg, BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every phrasing is asked once of a model without it, and the index is the same
// as that of Build.
func TestRehearse(t *testing.T) {
	base := faqBase(t, shop())
	r := rehearse(t, base, DefaultConfig())
	if built := shopIndex(t); !bytes.Equal(built.encode(), r.Index.encode()) {
		t.Error("the index is another one than Build makes")
	}
	asked := map[Source][]string{}
	weight := map[Source]float64{}
	for _, a := range r.Asked {
		asked[a.From] = append(asked[a.From], a.Text)
		weight[a.From] += a.Weight
		p := a.Prediction
		if p.Text != a.Text || p.From != a.From || len(p.Ranked) != len(p.Scores) || len(p.Ranked) == 0 {
			t.Errorf("%+v", a)
		}
		if a.From == Left && slices.Contains(p.Ranked, a.Entry.ID) {
			t.Errorf("%q finds %s, which was left out", a.Text, a.Entry.ID)
		}
		if a.From != Strange && !slices.Contains(a.Entry.Phrasings(), a.Text) {
			t.Errorf("%q is no phrasing of %s", a.Text, a.Entry.ID)
		}
		sum := 0.0
		for _, s := range p.Scores {
			sum += s
		}
		if sum > 1+1e-9 {
			t.Errorf("the probabilities for %q sum to %v", a.Text, sum)
		}
	}
	var phrasings []string
	for _, e := range base.Entries {
		phrasings = append(phrasings, e.Phrasings()...)
	}
	if d := cmp.Diff(phrasings, asked[Held]); d != "" {
		t.Errorf("what was held out (-want +got):\n%s", d)
	}
	if len(asked[Left]) == 0 || len(asked[Strange]) < 100 {
		t.Errorf("%d phrasings of entries that were left out, %d strange ones", len(asked[Left]), len(asked[Strange]))
	}
	all := weight[Held] + weight[Left] + weight[Strange]
	for source, share := range map[Source]float64{Held: 0.85, Left: 0.075, Strange: 0.075} {
		if math.Abs(weight[source]/all-share) > 1e-9 {
			t.Errorf("%s weigh %v of all, want %v", source, weight[source]/all, share)
		}
	}
	trial := r.Trial()
	if err := trial.Check(); err != nil {
		t.Fatal(err)
	}
	if m := trial.Score(); m.InScope != len(phrasings) || !(m.Top1 > 0.3) || !(m.Abstained > 0.5) {
		t.Errorf("the figures are %+v", m)
	}
	if again := rehearse(t, base, DefaultConfig()); !cmp.Equal(trial, again.Trial()) {
		t.Error("a second rehearsal gives something else")
	}
}

// What is all of an entry cannot be held out: a single phrasing, or sentences of
// one template.
func TestRehearseLittle(t *testing.T) {
	for name, entries := range map[string]map[string][]string{
		"two entries": {"a": {"Where is the key?", "I lost the key"}, "b": {"Who feeds the cat?", "is the cat fed"}},
		"one phrasing each": {
			"a": {"Where is the key?"}, "b": {"Who feeds the cat?"}, "c": {"When are you open?"}, "d": {"Is there a lift?"},
		},
	} {
		r := rehearse(t, faqBase(t, entries), DefaultConfig())
		m := r.Trial().Score()
		if m.InScope != 0 || !math.IsNaN(m.Top1) {
			t.Errorf("%s: %+v", name, m)
		}
		r.Trial().Balanced()
	}
	few := map[string][]string{
		"a": {"Where is the key?", "I lost the key"}, "b": {"Who feeds the cat?"}, "c": {"When are you open?"}, "d": {"Is there a lift?"},
	}
	m := rehearse(t, faqBase(t, few), DefaultConfig()).Trial().Score()
	if m.InScope != 2 || math.IsNaN(m.Abstained) {
		t.Errorf("with one entry of two phrasings: %+v", m)
	}
	empty, err := knowledge.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := rehearse(t, empty, DefaultConfig()); len(r.Asked) != 0 {
		t.Errorf("nothing gives %d questions", len(r.Asked))
	}
}

// A share of unknown questions of nothing weighs what is out of scope as nothing.
func TestRehearseUnknownShare(t *testing.T) {
	cfg := DefaultConfig()
	cfg.UnknownShare = 0
	m := rehearse(t, faqBase(t, shop()), cfg).Trial().Score()
	if m.OutOfScope == 0 || !math.IsNaN(m.Abstained) || !(m.Precision > 0 || math.IsNaN(m.Precision)) {
		t.Errorf("%+v", m)
	}
}

func TestRehearseFails(t *testing.T) {
	c := newCounter()
	c.fail = errors.New("no model")
	if _, err := Rehearse(t.Context(), faqBase(t, shop()), c, DefaultConfig(), BuildOptions{}); !errors.Is(err, c.fail) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Rehearse(ctx, faqBase(t, shop()), static.Default(), DefaultConfig(), BuildOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestApart(t *testing.T) {
	base := faqBase(t, map[string][]string{
		"limit":   {"What is the limit of my card?", "raise the card limit", "my limits"},
		"lost":    {"I lost my card", "the cards are gone", "lost card"},
		"opening": {"When are you open?", "opening hours"},
	})
	x := build(t, base)
	limit, _ := base.Entry("limit")
	lost, _ := base.Entry("lost")
	shared, onlyA, onlyB := x.Apart(limit, lost, 2)
	if !slices.Equal(shared, []string{"card"}) || !slices.Equal(onlyA, []string{"limit", "raise"}) ||
		!slices.Equal(onlyB, []string{"lost", "gone"}) {
		t.Errorf("got %q, %q, %q", shared, onlyA, onlyB)
	}
	if got, err := x.Nearest(t.Context(), "please raise my limit", limit); err != nil || got != "raise the card limit" {
		t.Errorf("the nearest is %q, %v", got, err)
	}
	if got, err := x.Nearest(t.Context(), "?", limit); err != nil || got != limit.Question {
		t.Errorf("the nearest to nothing is %q, %v", got, err)
	}
	if got := x.Same(); len(got) != 0 {
		t.Errorf("shared phrasings: %+v", got)
	}
}

func TestSame(t *testing.T) {
	x := build(t, faqBase(t, map[string][]string{
		"a": {"Where is the key?", "the key"}, "b": {"The key!", "a spare key"}, "c": {"When are you open?", "the KEY", "opening hours"},
	}))
	got := x.Same()
	if len(got) != 1 || len(got[0].Entries) != 3 || !slices.Equal(got[0].Phrasings, []string{"the key", "The key!", "the KEY"}) {
		t.Errorf("got %+v", got)
	}
}
