package bot_test

import (
	"context"
	"testing"

	"frontdesk/asr"
	"frontdesk/bot"
	"frontdesk/retrieval"
)

// heardAs gives a message in which a sentence was heard, freely and among those that
// are expected.
func (d *desk) heardAs(free, expected string, confidence float64) bot.Message {
	m := d.message("")
	m.Kind = bot.Audio
	m.Transcript = &asr.Transcript{Text: free, Confidence: confidence, Expected: asr.Reading{Text: expected}}
	return m
}

// TestExpected: what was expected is acted on, shown and kept where it was taken to
// have been said, and what was heard freely otherwise.
func TestExpected(t *testing.T) {
	const said = "turn on the kitchen lights"
	for _, c := range []struct {
		what           string
		free, expected string
		confidence     float64
		taken          bool
		decision       bot.Decision
		heard          string
	}{
		{"it is taken", "may the kitten write", said, 1, true, bot.Run, said},
		{"it is not taken", "may the kitten write", said, 1, false, bot.Abstain, "may the kitten write"},
		{"the recogniser doubts", "may the kitten write", said, 0.3, true, bot.Confirm, said},
		{"nothing was expected", said, "", 1, false, bot.Run, said},
		{"nobody spoke", "", said, 1, true, bot.Nothing, ""},
	} {
		d := newDesk(t)
		d.search.Said = map[string]bool{said: c.taken}
		r := d.handle(d.heardAs(c.free, c.expected, c.confidence))
		if r.Decision != c.decision || r.Heard != c.heard {
			t.Errorf("%s: %s, heard %q; want %s, %q", c.what, r.Decision, r.Heard, c.decision, c.heard)
		}
		if (r.Decision == bot.Run || r.Decision == bot.Confirm) && r.Slots["area"] != "kitchen" {
			t.Errorf("%s: slots %v", c.what, r.Slots)
		}
	}
}

// TestUnsureWords: a command of which a word was not heard surely is asked back about, where
// the recogniser tells the probabilities of words, unless a sentence was taken that has
// another in its place.
func TestUnsureWords(t *testing.T) {
	const said = "turn on the kitchen lights"
	for _, c := range []struct {
		what       string
		free       string
		confidence float64
		tokens     bool
		decision   bot.Decision
	}{
		{"a word is unsure", said, 0.65, true, bot.Confirm},
		{"all are sure", said, 0.8, true, bot.Run},
		{"nothing is known of the words", said, 0.65, false, bot.Run},
		{"nothing is known of the words, and it doubts", said, 0.4, false, bot.Confirm},
		{"the sentence was taken", "may a kitten write", 0.65, true, bot.Run},
		{"the sentence was taken, and keeps a word", "turn on the kitchen light", 0.53, true, bot.Confirm},
	} {
		d := newDesk(t)
		d.search.Said = map[string]bool{said: c.free != said}
		m := d.heardAs(c.free, said, c.confidence)
		if c.tokens {
			m.Transcript.Segments = []asr.Segment{{Text: c.free, Tokens: []asr.Token{{Text: c.free, Probability: c.confidence}}}}
		}
		if r := d.handle(m); r.Decision != c.decision {
			t.Errorf("%s: %s, want %s", c.what, r.Decision, c.decision)
		}
	}
}

// TestExpectedAnswers: a yes is read from what was heard freely, whatever command
// the recogniser would rather have heard.
func TestExpectedAnswers(t *testing.T) {
	const said = "turn on the kitchen lights"
	d := newDesk(t)
	d.search.Said = map[string]bool{said: true}
	if r := d.handle(d.heardAs("may the kitten write", said, 0.3)); r.Decision != bot.Confirm {
		t.Fatalf("%s", r.Decision)
	}
	if r := d.handle(d.heardAs("yes", "turn on the office lights", 1)); r.Decision != bot.Run || r.Slots["area"] != "kitchen" {
		t.Errorf("yes: %s %v", r.Decision, r.Slots)
	}
}

// unsureSearch finds what it finds with a probability of its own.
type unsureSearch struct {
	bot.Searcher
	probability float64
	exact       bool
}

func (s unsureSearch) Search(ctx context.Context, q retrieval.Question, k int) (retrieval.Result, error) {
	r, err := s.Searcher.Search(ctx, q, k)
	if len(r.Hits) > 0 {
		r.Hits[0].Probability, r.Hits[0].Exact = s.probability, s.exact
	}
	return r, err
}

// TestExpectedAskedBack: a command that was expected and is likelier than not is asked
// back about, and never run below its bar; one that was not expected is offered.
func TestExpectedAskedBack(t *testing.T) {
	const said = "turn on the kitchen lights"
	for _, c := range []struct {
		what        string
		probability float64
		exact       bool
		taken       bool
		decision    bot.Decision
	}{
		{"likelier than not", 0.55, true, true, bot.Confirm},
		{"rather not", 0.45, true, true, bot.Suggest},
		{"below what is suggested", 0.25, true, true, bot.Abstain},
		{"sure", 0.97, true, true, bot.Run},
		{"as sure as what is typed has to be", 0.93, true, true, bot.Confirm},
		{"another entry came first", 0.55, false, true, bot.Suggest},
		{"it was not taken", 0.55, true, false, bot.Suggest},
	} {
		d := newDesk(t)
		d.search.Said = map[string]bool{said: c.taken}
		base, _ := d.bot.Base("desk")
		base.Index = unsureSearch{d.search, c.probability, c.exact}
		d.bot.SetBase("desk", base)
		free := said
		if c.taken {
			free = "may the kitten write"
		}
		if r := d.handle(d.heardAs(free, said, 1)); r.Decision != c.decision {
			t.Errorf("%s: %s, want %s", c.what, r.Decision, c.decision)
		}
	}
}
