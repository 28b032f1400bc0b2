// Package bottest holds what tests of the bot and of its adapters put in the
// place of what stands behind them: a search with known results, a dispatcher
// that notes what it was to run, a journal in memory. And it holds the suite that
// every adapter passes: [Conform].
package bottest

import (
	"context"
	"slices"
	"sync"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

// Point is the operating point of what a [Searcher] finds.
var Point = retrieval.OperatingPoint{Answer: 0.7, Run: 0.9, Spoken: 0.96, Suggest: 0.3}

// A Searcher finds what it was told to find, by the exact text.
type Searcher struct {
	Base  *knowledge.Base
	Finds map[string][]Found
	// Err is what every search gives instead, when it is set.
	Err error
	// Wait, when set, is called by every search.
	Wait func(ctx context.Context, text string)
	// Reads has the readings of texts that were heard.
	Reads map[string]string
	// Said has the expected sentences that are taken to have been said, whatever
	// was heard.
	Said map[string]bool
}

// Found is one hit of a [Searcher].
type Found struct {
	ID          string
	Probability float64
	Exact       bool // the text is a phrasing of it, which has no slots
}

// Search gives the hits of that text, or of its reading where it was heard and
// has one. Where a sentence of the base matches it, that one comes first, exact
// and with its slots.
func (s *Searcher) Search(ctx context.Context, q retrieval.Question, k int) (retrieval.Result, error) {
	text := q.Text
	if s.Wait != nil {
		s.Wait(ctx, text)
	}
	if s.Err != nil {
		return retrieval.Result{}, s.Err
	}
	r := retrieval.Result{Point: Point}
	if read, ok := s.Reads[text]; ok && q.Heard {
		r.Read, text = read, read
	}
	if expected := q.Expected.Text; q.Heard && s.Said[expected] {
		r.Read, r.Expected, text = expected, true, expected
	}
	if matches := s.Base.Grammar.Match(text, time.Now()); len(matches) > 0 {
		if e, ok := s.Base.Entry(matches[0].ID); ok {
			r.Hits = append(r.Hits, retrieval.Hit{Entry: e, Probability: 0.99, Phrasing: e.Question, Exact: true, Slots: matches[0].Slots})
		}
	}
	for _, f := range s.Finds[text] {
		if e, ok := s.Base.Entry(f.ID); ok && len(r.Hits) < k {
			r.Hits = append(r.Hits, retrieval.Hit{Entry: e, Probability: f.Probability, Phrasing: e.Question, Exact: f.Exact})
		}
	}
	return r, nil
}

// A Dispatcher notes what it is to run.
type Dispatcher struct {
	Result bot.Result
	Err    error
	// Deny, when set, says what a caller may not run.
	Deny func(*knowledge.Entry, bot.Caller) bool
	// Wait, when set, is called before every command.
	Wait func()

	mu  sync.Mutex
	ran []Ran
}

// Ran is one command that a [Dispatcher] was to run.
type Ran struct {
	ID    string
	Slots map[string]string // canonical values
}

// May says whether the caller may run it; see Deny.
func (d *Dispatcher) May(e *knowledge.Entry, c bot.Caller) bool {
	return d.Deny == nil || !d.Deny(e, c)
}

// Dispatch notes the command, and gives the Result and the Err.
func (d *Dispatcher) Dispatch(_ context.Context, c bot.Call) (bot.Result, error) {
	if d.Wait != nil {
		d.Wait()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := Ran{ID: c.Entry.ID, Slots: map[string]string{}}
	for name, v := range c.Slots {
		r.Slots[name] = v.Canonical
	}
	d.ran = append(d.ran, r)
	return d.Result, d.Err
}

// Refuse notes nothing.
func (d *Dispatcher) Refuse(_ context.Context, _ bot.Call, why bot.Refusal) bot.Result {
	return bot.Result{Refused: why, Failed: true}
}

// Ran gives what was to be run so far, in order.
func (d *Dispatcher) Ran() []Ran {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ran)
}

// A Journal keeps exchanges in memory.
type Journal struct {
	// Err is what every call gives, when it is set.
	Err error

	mu        sync.Mutex
	exchanges []bot.Exchange
	ratings   map[string]int // by conversation and message
}

// Record keeps an exchange.
func (j *Journal) Record(_ context.Context, x bot.Exchange) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.Err == nil {
		j.exchanges = append(j.exchanges, x)
	}
	return j.Err
}

// Exchange gives what is kept of a message.
func (j *Journal) Exchange(_ context.Context, conversation, messageID string) (bot.Exchange, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := slices.IndexFunc(j.exchanges, func(x bot.Exchange) bool {
		return x.Conversation == conversation && x.MessageID == messageID
	})
	if i < 0 || j.Err != nil {
		return bot.Exchange{}, false, j.Err
	}
	return j.exchanges[i], true, nil
}

// Rate keeps a rating.
func (j *Journal) Rate(_ context.Context, conversation, messageID string, _ bot.Address, rating int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.Err == nil {
		if j.ratings == nil {
			j.ratings = map[string]int{}
		}
		j.ratings[conversation+" "+messageID] += rating
	}
	return j.Err
}

// Rating gives the sum of a message's ratings.
func (j *Journal) Rating(conversation, messageID string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ratings[conversation+" "+messageID]
}

// Exchanges gives what was recorded so far, in order.
func (j *Journal) Exchanges() []bot.Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.exchanges)
}
