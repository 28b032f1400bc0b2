package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"frontdesk/bot"
)

// maxRemembered bounds the attempts that a [Memory] knows of; the oldest are
// forgotten first. A key is brought again within an hour, if at all.
const maxRemembered = 10_000

// A Memory is a [Ledger] for a desk without a journal: it knows of the last
// 10,000 attempts of this process, and nothing of those before or elsewhere.
// What was refused it does not keep.
type Memory struct {
	mu       sync.Mutex
	attempts []*remembered // in the order in which they were begun
	byKey    map[string]*remembered
}

type remembered struct {
	bot.Attempt
	outcome *bot.Outcome
}

var _ Ledger = (*Memory)(nil)

// NewMemory makes an empty one.
func NewMemory() *Memory { return &Memory{byKey: map[string]*remembered{}} }

// Begin notes that an attempt is about to be carried out; see [Ledger].
func (m *Memory) Begin(ctx context.Context, a bot.Attempt, limits []bot.Limit) (bot.Standing, error) {
	if err := errors.Join(ctx.Err(), a.Check(limits)); err != nil {
		return bot.Standing{}, fmt.Errorf("beginning an attempt: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if earlier, ok := m.byKey[a.Key]; ok && a.Key != "" {
		s := bot.Standing{Earlier: true}
		if earlier.outcome != nil {
			o := *earlier.outcome
			s.Outcome = &o
		}
		return s, nil
	}
	var s bot.Standing
	for _, l := range limits {
		if until, exceeded := m.exceeds(a, l); exceeded && until.After(s.Until) {
			s.Exceeded, s.Until = &l, until
		}
	}
	if s.Exceeded != nil {
		return s, nil
	}
	m.add(a)
	return bot.Standing{Begun: true}, nil
}

// exceeds says whether an attempt would exceed a limit, and until when.
func (m *Memory) exceeds(a bot.Attempt, l bot.Limit) (until time.Time, exceeded bool) {
	if l.Per == bot.PerRoom && a.Room == "" {
		return time.Time{}, false
	}
	var counted []time.Time
	for _, r := range m.attempts {
		same := r.Base == a.Base && r.Entry == a.Entry &&
			(l.Per != bot.PerPerson || r.Who == a.Who) && (l.Per != bot.PerRoom || r.Room == a.Room)
		if same && r.Time.Add(l.Within).After(a.Time) && r.Time.Before(a.Time.Add(l.Within)) {
			counted = append(counted, r.Time)
		}
	}
	if len(counted) < l.Count {
		return time.Time{}, false
	}
	slices.SortFunc(counted, func(x, y time.Time) int { return y.Compare(x) })
	return counted[l.Count-1].Add(l.Within), true
}

func (m *Memory) add(a bot.Attempt) {
	if len(m.attempts) == maxRemembered {
		delete(m.byKey, m.attempts[0].Key)
		m.attempts = m.attempts[1:] // appending moves what is left, in time
	}
	a.Said, a.Slots = "", nil
	r := &remembered{Attempt: a}
	m.attempts = append(m.attempts, r)
	if a.Key != "" {
		m.byKey[a.Key] = r
	}
}

// End notes what became of an attempt; see [Ledger].
func (m *Memory) End(_ context.Context, a bot.Attempt, o bot.Outcome) error {
	if err := errors.Join(a.Check(nil), o.Check()); err != nil {
		return fmt.Errorf("ending an attempt: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.byKey[a.Key]
	if a.Key == "" {
		r = m.find(a)
	}
	switch {
	case r == nil:
		return errors.New("ending an attempt: it was never begun")
	case r.outcome == nil:
		r.outcome = &o
	case r.outcome.Verdict != o.Verdict:
		return fmt.Errorf("ending an attempt: it has ended as %s, and cannot end as %s", r.outcome.Verdict, o.Verdict)
	}
	return nil
}

// find gives an attempt without a key, one that has not ended before any other.
func (m *Memory) find(a bot.Attempt) (found *remembered) {
	for _, r := range m.attempts {
		if r.Key != "" || !r.Time.Equal(a.Time) || r.Base != a.Base || r.Entry != a.Entry || r.Who != a.Who {
			continue
		}
		if r.outcome == nil {
			return r
		}
		found = r
	}
	return found
}

// Refuse keeps nothing.
func (m *Memory) Refuse(_ context.Context, a bot.Attempt, _ string) error {
	if err := a.Check(nil); err != nil {
		return fmt.Errorf("refusing an attempt: %w", err)
	}
	return nil
}
