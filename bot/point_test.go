package bot_test

import (
	"context"
	"testing"

	"frontdesk/bot"
	"frontdesk/retrieval"
)

// twoIndexes answers every second question out of another index, whose
// probabilities mean something else.
type twoIndexes struct {
	bot.Searcher
	n int
}

func (s *twoIndexes) Search(ctx context.Context, q retrieval.Question, k int) (retrieval.Result, error) {
	r, err := s.Searcher.Search(ctx, q, k)
	if s.n++; s.n%2 == 0 {
		r.Point = retrieval.OperatingPoint{Answer: 0.3, Run: 0.99, Spoken: 0.99, Suggest: 0.05}
	}
	return r, err
}

// What was found is held against the operating point of where it was found.
func TestPointOfResult(t *testing.T) {
	d := newDesk(t)
	base, _ := d.bot.Base("desk")
	base.Index = &twoIndexes{Searcher: d.search}
	d.bot.SetBase("desk", base)
	for i, want := range []struct {
		text     string
		decision bot.Decision
	}{
		{"account", bot.Suggest}, {"account", bot.Answer},
		{"meaning of life", bot.Abstain}, {"meaning of life", bot.Suggest},
		{"make the kitchen bright", bot.Run}, {"make the kitchen bright", bot.Confirm},
	} {
		if r := d.say(want.text); r.Decision != want.decision {
			t.Errorf("%d: %q is %s, want %s", i, want.text, r.Decision, want.decision)
		}
	}
	for i, want := range []bot.Decision{bot.Nothing, bot.Answer} {
		m := d.message("account")
		m.Unasked = 0.1
		if r := d.handle(m); r.Decision != want {
			t.Errorf("unasked, %d: %s, want %s", i, r.Decision, want)
		}
	}
}
