package knowledge_test

import (
	"testing"
	"time"

	"frontdesk/knowledge"
)

// TestHours: when hours hold, over midnight and over the end of the week.
func TestHours(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct{ in, out []string }{
		"07:00-22:00":         {[]string{"Mon 07:00", "Sun 21:59"}, []string{"Mon 06:59", "Mon 22:00"}},
		"22:00-07:00":         {[]string{"Mon 22:00", "Tue 06:59", "Mon 00:00"}, []string{"Mon 21:59", "Tue 07:00"}},
		"mon-fri 08:00-17:00": {[]string{"Mon 08:00", "Fri 16:59"}, []string{"Sat 09:00", "Mon 17:00"}},
		"fri-mon":             {[]string{"Fri 00:00", "Sun 12:00", "Mon 23:59"}, []string{"Tue 00:00", "Thu 12:00"}},
		"sat,sun":             {[]string{"Sat 00:00", "Sun 23:59"}, []string{"Mon 00:00"}},
		"saturday 22:00-2:00": {[]string{"Sat 22:00", "Sun 01:59"}, []string{"Sat 01:00", "Sun 22:00"}},
		"00:00-24:00":         {[]string{"Mon 00:00", "Mon 23:59"}, nil},
	} {
		h, err := knowledge.ParseHours(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for hold, list := range map[bool][]string{true: want.in, false: want.out} {
			for _, at := range list {
				day, err := time.Parse("Mon 15:04", at)
				if err != nil {
					t.Fatal(err)
				}
				when := monday
				for when.Weekday().String()[:3] != at[:3] {
					when = when.AddDate(0, 0, 1)
				}
				when = when.Add(time.Duration(day.Hour())*time.Hour + time.Duration(day.Minute())*time.Minute)
				if h.Hold(when) != hold {
					t.Errorf("%q at %s: %v", text, at, !hold)
				}
			}
		}
	}
	for _, text := range []string{"", "noon", "7-22", "25:00-26:00", "07:00", "07:00-07:00", "mon-", "mon fri", "mo 07:00-08:00", "mon 7 8", "m,t"} {
		if h, err := knowledge.ParseHours(text); err == nil {
			t.Errorf("%q is read as %s", text, h)
		}
	}
}

// FuzzParseHours: what is read is written so that it is read the same.
func FuzzParseHours(f *testing.F) {
	for _, text := range []string{"07:00-22:00", "mon-fri 08:00-17:00", "sat,sun", "sunday-mon 23:00-24:00", "x", "00:00-24:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := knowledge.ParseHours(text)
		if err != nil {
			return
		}
		if again, err := knowledge.ParseHours(h.String()); err != nil || again != h {
			t.Errorf("%q is %s, which is read as %s, %v", text, h, again, err)
		}
		if h.From < 0 || h.To > 24*60 || h.From == h.To || h.Days == [7]bool{} {
			t.Errorf("%q is %+v", text, h)
		}
	})
}

// Rights are equal by what they say, not by where.
func TestRightsEqual(t *testing.T) {
	named := func(name string, line int) []knowledge.Named {
		return []knowledge.Named{{Name: name, Pos: knowledge.Pos{File: "a.yaml", Line: line, Col: 1}}}
	}
	all := []*knowledge.Rights{
		nil, {}, {Everybody: true},
		{Grants: []knowledge.Grant{{Roles: named("a", 1)}}}, {Grants: []knowledge.Grant{{Roles: named("b", 1)}}},
		{Grants: []knowledge.Grant{{People: named("a", 1)}}}, {Grants: []knowledge.Grant{{Channels: named("a", 1)}}}, {Grants: []knowledge.Grant{{Adapters: named("a", 1)}}},
		{Grants: []knowledge.Grant{{Rooms: named("a", 1)}}}, {Grants: []knowledge.Grant{{Hours: []knowledge.Hours{{To: 60}}}}}, {Grants: []knowledge.Grant{{Hours: []knowledge.Hours{{To: 90}}}}},
	}
	for i, a := range all {
		for j, b := range all {
			if a.Equal(b) != (i == j) {
				t.Errorf("%d and %d: %t", i, j, a.Equal(b))
			}
		}
	}
	a, b := &knowledge.Rights{Grants: []knowledge.Grant{{Roles: named("a", 1)}}, Pos: knowledge.Pos{Line: 1}}, &knowledge.Rights{Grants: []knowledge.Grant{{Roles: named("a", 2)}}, Pos: knowledge.Pos{Line: 2}}
	if !a.Equal(b) {
		t.Error("the same rights in other places differ")
	}
}
