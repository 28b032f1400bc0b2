// Package ledgertest holds what every [dispatch.Ledger] must hold.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
)

// start is when the attempts of the tests begin. Ledgers keep microseconds.
var start = time.Date(2026, 3, 29, 0, 59, 59, 999_999_000, time.UTC)

// attempt is one try of a person at turning on the lights of the kitchen, some
// time after the start.
func attempt(key, who string, after time.Duration) bot.Attempt {
	return bot.Attempt{
		Time: start.Add(after), Key: key, Base: "home", Conversation: "c", Entry: "lights-on",
		Sender: "slack:U1", Channel: "slack:C1", Who: who, Room: "kitchen", Said: "lights on",
		Slots: map[string]string{"area": "kitchen"}, Probability: 0.97,
	}
}

// Run tests a ledger; open gives an empty one.
func Run(t *testing.T, open func(*testing.T) dispatch.Ledger) {
	for name, test := range map[string]func(*testing.T, dispatch.Ledger){
		"once": once, "end": end, "without a key": withoutKey, "refusing": refusing,
		"limits": limits, "what limits count": counts, "many at once": manyAtOnce, "what cannot be kept": bad,
		"odd keys": oddKeys,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func begin(t *testing.T, l dispatch.Ledger, a bot.Attempt, limits ...bot.Limit) bot.Standing {
	t.Helper()
	s, err := l.Begin(t.Context(), a, limits)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustBegin(t *testing.T, l dispatch.Ledger, a bot.Attempt, limits ...bot.Limit) {
	t.Helper()
	if s := begin(t, l, a, limits...); !s.Begun || s.Earlier || s.Exceeded != nil {
		t.Fatalf("it was not begun: %+v", s)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func once(t *testing.T, l dispatch.Ledger) {
	a := attempt("k", "ann", 0)
	mustBegin(t, l, a)
	if s := begin(t, l, a); s.Begun || !s.Earlier || s.Outcome != nil {
		t.Errorf("before its end: %+v", s)
	}
	must(t, l.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed, Reason: "no such lamp", Took: 1500 * time.Microsecond}))
	again := attempt("k", "bob", time.Hour) // the key alone counts
	again.Entry, again.Base = "other", "other"
	s := begin(t, l, again)
	if s.Begun || !s.Earlier || s.Outcome == nil || *s.Outcome != (bot.Outcome{Verdict: bot.Failed, Reason: "no such lamp", Took: 1500 * time.Microsecond}) {
		t.Errorf("after its end: %+v %+v", s, s.Outcome)
	}
	mustBegin(t, l, attempt("other", "ann", 0))
}

func end(t *testing.T, l dispatch.Ledger) {
	a := attempt("k", "ann", 0)
	if err := l.End(t.Context(), a, bot.Outcome{Verdict: bot.Done}); err == nil {
		t.Error("what was never begun has ended")
	}
	mustBegin(t, l, a)
	for _, v := range []bot.Verdict{"", bot.Refused, "begun"} {
		if err := l.End(t.Context(), a, bot.Outcome{Verdict: v}); err == nil {
			t.Errorf("it ended as %q", v)
		}
	}
	must(t, l.End(t.Context(), a, bot.Outcome{Verdict: bot.Done, Took: time.Second}))
	must(t, l.End(t.Context(), a, bot.Outcome{Verdict: bot.Done, Took: time.Second})) // repeated
	if err := l.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed}); err == nil {
		t.Error("it ended a second time otherwise")
	}
	if s := begin(t, l, a); s.Outcome == nil || s.Outcome.Verdict != bot.Done {
		t.Errorf("%+v", s)
	}
}

func withoutKey(t *testing.T, l dispatch.Ledger) {
	a := attempt("", "ann", 0)
	mustBegin(t, l, a)
	mustBegin(t, l, a)
	must(t, l.End(t.Context(), a, bot.Outcome{Verdict: bot.Done}))
	must(t, l.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed})) // the other one
	if s := begin(t, l, a, bot.Limit{Per: bot.PerCommand, Count: 2, Within: time.Hour}); s.Begun || s.Earlier || s.Exceeded == nil {
		t.Errorf("attempts without a key do not count: %+v", s)
	}
	if err := l.End(t.Context(), attempt("", "bob", time.Second), bot.Outcome{Verdict: bot.Done}); err == nil {
		t.Error("what was never begun has ended")
	}
}

// What was refused may be tried again, and counts for nothing.
func refusing(t *testing.T, l dispatch.Ledger) {
	a := attempt("k", "ann", 0)
	must(t, l.Refuse(t.Context(), a, "it is paused"))
	must(t, l.Refuse(t.Context(), a, "it is paused"))
	mustBegin(t, l, a, bot.Limit{Per: bot.PerCommand, Count: 1, Within: time.Hour})
	must(t, l.Refuse(t.Context(), a, "it was begun before"))
	if s := begin(t, l, a); !s.Earlier || s.Outcome != nil {
		t.Errorf("refusing a repetition has ended the first: %+v", s)
	}
}

func limits(t *testing.T, l dispatch.Ledger) {
	two := bot.Limit{Per: bot.PerPerson, Count: 2, Within: time.Minute}
	one := bot.Limit{Per: bot.PerCommand, Count: 1, Within: 10 * time.Second}
	// Not in the order of their times, as clocks are set back.
	mustBegin(t, l, attempt("1", "ann", 20*time.Second), two, one)
	mustBegin(t, l, attempt("2", "ann", 0), two, one)
	for _, c := range []struct {
		after  time.Duration
		limits []bot.Limit
		until  time.Duration // 0: begun
		which  bot.Scope
	}{
		{25 * time.Second, []bot.Limit{one}, 30 * time.Second, bot.PerCommand},
		{25 * time.Second, []bot.Limit{two, one}, 60 * time.Second, bot.PerPerson},
		{25 * time.Second, []bot.Limit{one, two}, 60 * time.Second, bot.PerPerson},
		{60*time.Second - time.Microsecond, []bot.Limit{one, two}, 60 * time.Second, bot.PerPerson},
		{60 * time.Second, []bot.Limit{one, two}, 0, ""},
		{61 * time.Second, []bot.Limit{one, two}, 80 * time.Second, bot.PerPerson},
		{80 * time.Second, []bot.Limit{two}, 0, ""},
	} {
		a := attempt(fmt.Sprint(c.after, c.limits), "ann", c.after)
		s := begin(t, l, a, c.limits...)
		switch {
		case c.until == 0:
			if !s.Begun || s.Exceeded != nil || !s.Until.IsZero() {
				t.Errorf("%v after: %+v", c.after, s)
			}
		case s.Begun || s.Earlier || s.Exceeded == nil || s.Exceeded.Per != c.which || !s.Until.Equal(start.Add(c.until)):
			t.Errorf("%v after: %+v, until %v after", c.after, s, s.Until.Sub(start))
		}
	}
	// A repetition is one whatever the limits say.
	if s := begin(t, l, attempt("1", "ann", 81*time.Second), two, one); !s.Earlier || s.Exceeded != nil {
		t.Errorf("%+v", s)
	}
	// A clock that ran far ahead once does not lock anybody out.
	mustBegin(t, l, attempt("ahead", "zoe", 24*365*time.Hour))
	mustBegin(t, l, attempt("now", "zoe", 0), bot.Limit{Per: bot.PerPerson, Count: 1, Within: time.Hour})
}

func counts(t *testing.T, l dispatch.Ledger) {
	first := attempt("first", "ann", 0)
	mustBegin(t, l, first)
	for i, c := range []struct {
		per    bot.Scope
		change func(*bot.Attempt)
		begun  bool
	}{
		{bot.PerPerson, func(*bot.Attempt) {}, false},
		{bot.PerPerson, func(a *bot.Attempt) { a.Who = "bob" }, true},
		{bot.PerPerson, func(a *bot.Attempt) { a.Room, a.Sender = "office", "web:1" }, false},
		{bot.PerPerson, func(a *bot.Attempt) { a.Entry = "lights-off" }, true},
		{bot.PerPerson, func(a *bot.Attempt) { a.Base = "office" }, true},
		{bot.PerCommand, func(a *bot.Attempt) { a.Who, a.Room = "bob", "office" }, false},
		{bot.PerCommand, func(a *bot.Attempt) { a.Entry = "lock" }, true},
		{bot.PerRoom, func(a *bot.Attempt) { a.Who = "bob" }, false},
		{bot.PerRoom, func(a *bot.Attempt) { a.Room = "office" }, true},
		{bot.PerRoom, func(a *bot.Attempt) { a.Room = "" }, true},
		{bot.PerRoom, func(a *bot.Attempt) { a.Room = "" }, true}, // again
		{bot.PerRoom, func(a *bot.Attempt) { a.Entry = "heat" }, true},
	} {
		a := attempt(fmt.Sprint(i), "ann", time.Second)
		c.change(&a)
		if s := begin(t, l, a, bot.Limit{Per: c.per, Count: 1, Within: time.Hour}); s.Begun != c.begun || s.Earlier {
			t.Errorf("%d, per %s: %+v, want begun %v", i, c.per, s, c.begun)
		}
	}
}

func manyAtOnce(t *testing.T, l dispatch.Ledger) {
	var begun, limited atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := range 10 {
				s, err := l.Begin(context.Background(), attempt(fmt.Sprint(k), "ann", 0), nil)
				if err != nil {
					t.Error(err)
				}
				if s.Begun {
					begun.Add(1)
				}
			}
			a := attempt(fmt.Sprint("limited ", i), "ann", time.Minute)
			a.Entry = "limited"
			s, err := l.Begin(context.Background(), a, []bot.Limit{{Per: bot.PerCommand, Count: 3, Within: time.Hour}})
			if err != nil {
				t.Error(err)
			}
			if s.Begun {
				limited.Add(1)
			}
		})
	}
	all.Wait()
	if begun.Load() != 10 || limited.Load() != 3 {
		t.Errorf("%d begun of 10 keys, %d within a limit of 3", begun.Load(), limited.Load())
	}
}

func bad(t *testing.T, l dispatch.Ledger) {
	timeless := attempt("k", "ann", 0)
	timeless.Time = time.Time{}
	if _, err := l.Begin(t.Context(), timeless, nil); err == nil {
		t.Error("an attempt without a time has begun")
	}
	if l.End(t.Context(), timeless, bot.Outcome{Verdict: bot.Done}) == nil || l.Refuse(t.Context(), timeless, "") == nil {
		t.Error("an attempt without a time is noted")
	}
	for _, limit := range []bot.Limit{
		{}, {Per: bot.PerRoom, Within: time.Hour}, {Per: bot.PerRoom, Count: 1}, {Per: "planet", Count: 1, Within: time.Hour},
	} {
		if s, err := l.Begin(t.Context(), attempt("k", "ann", 0), []bot.Limit{limit}); err == nil {
			t.Errorf("the limit %+v: %+v", limit, s)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Begin(ended, attempt("k", "ann", 0), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
	mustBegin(t, l, attempt("k", "ann", 0)) // nothing of this was noted
}

func oddKeys(t *testing.T, l dispatch.Ledger) {
	for _, k := range []string{"a\x00b", "a", "a\x00", "A", "é", "e\u0301", "\xff", "\xfe", " a", "'; DROP TABLE attempt; --"} {
		mustBegin(t, l, attempt(k, "ann", 0))
		if s := begin(t, l, attempt(k, "ann", 0)); !s.Earlier {
			t.Errorf("%q was begun twice", k)
		}
	}
}
