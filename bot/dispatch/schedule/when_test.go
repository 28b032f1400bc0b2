package schedule

import (
	"testing"
	"time"

	"frontdesk/knowledge"
)

// FuzzDue has values of all sorts in every place where one can stand: what
// comes out lies ahead, and not too far, or is refused in words.
func FuzzDue(f *testing.F) {
	for _, s := range []string{"600", "1h30m", "07:30", "2026-11-26", "0 7 * * mon-fri", "*/5", "1e300", "-1", "NaN", "CRON_TZ=x", "TZ=", "@every 1s", "5\t5", "2-1", "31", "9999999999999999999s", "", "{x}"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)
	one := func(s string) text {
		t, err := knowledge.ParseText(s)
		if err != nil {
			f.Fatal(err)
		}
		return text{t, true}
	}
	whens := []when{
		{in: one("{x}")}, {in: one("{x}m")}, {at: one("{x}")}, {at: one("07:00"), on: one("{x}")},
		{cron: one("{x} * * mon-fri")}, {cron: one("0 7 {x} * *")}, {cron: one("*/{x} * * * {x}")}, {cron: one("0 7 * * *"), until: one("{x}")},
	}
	f.Fuzz(func(t *testing.T, value string) {
		for i, w := range whens {
			w.zone = time.UTC
			d, problem := w.due(now, func(string) string { return value })
			if problem != "" {
				continue
			}
			if ahead := d.first.Sub(now); ahead <= 0 || ahead > maxAhead {
				t.Errorf("%d: %q is due %s", i, value, d.first)
			}
			if d.repeat == "" {
				continue
			}
			s, err := parseRepeat(d.repeat)
			if err != nil {
				t.Fatalf("%d: the rule %q that is kept for %q: %v", i, d.repeat, value, err)
			}
			if next := s.Next(d.first); !next.IsZero() && next.Sub(d.first) < time.Minute {
				t.Errorf("%d: %q is repeated after %s", i, value, next.Sub(d.first))
			}
			if ruleInWords(d.repeat) == "" {
				t.Errorf("%d: %q has no words", i, value)
			}
		}
	})
}
