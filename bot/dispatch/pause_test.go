package dispatch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot/dispatch"
)

func TestPause(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data", "pause.json")
	p, other := dispatch.NewPause(file), dispatch.NewPause(file)
	now := time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC)
	holds := func(at time.Time, reason string, until time.Time, paused bool) {
		t.Helper()
		gotReason, gotUntil, got := other.Paused(at)
		if got != paused || gotReason != reason || !gotUntil.Equal(until) {
			t.Errorf("at %v: %v %q until %v", at, got, gotReason, gotUntil)
		}
	}
	holds(now, "", time.Time{}, false)
	if was, err := p.End(); was || err != nil {
		t.Error("it resumes what is not paused:", was, err)
	}
	if err := p.Begin(now, time.Time{}, "the \"lift\"\nis <stuck>"); err != nil {
		t.Fatal(err)
	}
	holds(now.Add(1000*time.Hour), "the \"lift\"\nis <stuck>", time.Time{}, true)
	if err := p.Begin(now, now.Add(time.Minute), ""); err != nil {
		t.Fatal(err)
	}
	holds(now.Add(time.Minute-1), "", now.Add(time.Minute), true)
	holds(now.Add(time.Minute), "", time.Time{}, false)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if was, err := p.End(); !was || err != nil {
		t.Error(was, err)
	}
	holds(now, "", time.Time{}, false)

	if err := p.Begin(now, time.Time{}, strings.Repeat("ü", 10_000)+"\xff"); err != nil {
		t.Fatal(err)
	}
	holds(now, strings.Repeat("ü", dispatch.MaxBecause/2), time.Time{}, true)

	none := dispatch.NewPause("")
	if _, _, paused := none.Paused(now); paused {
		t.Error("a desk that writes nothing is paused")
	}
	if none.Begin(now, time.Time{}, "") == nil {
		t.Error("it can be paused all the same")
	}
}

// TestPauseDamaged holds that what cannot be understood pauses.
func TestPauseDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pause.json")
	p := dispatch.NewPause(file)
	now := time.Now()
	for content, want := range map[string]string{
		"":                                       "damaged",
		"{":                                      "damaged",
		"paused":                                 "damaged",
		"null":                                   "format 0",
		`{"v":1}`:                                "times make no sense",
		`{"v":0,"since":"2026-11-25T20:00:00Z"}`: "format 0",
		`{"v":2,"since":"2026-11-25T20:00:00Z","rooms":["kitchen"]}`:                   "newer frontdesk",
		`{"v":1,"since":"2026-11-25T20:00:00Z","rooms":["kitchen"]}`:                   `unknown field "rooms"`,
		`{"v":1,"since":"2026-11-25T20:00:00Z"} {}`:                                    "follows its end",
		`{"v":1,"since":"2026-11-25T20:00:00Z","until":"2026-11-25T20:00:00Z"}`:        "times make no sense",
		`{"v":1,"since":"yesterday"}`:                                                  "damaged",
		`{"v":1,"since":"2026-11-25T20:00:00Z"}` + strings.Repeat(" ", 5000):           "larger than",
		`{"v":1,"since":"2000-01-01T00:00:00Z","until":"2000-01-02T00:00:00Z"}`:        "", // over
		`{"v":1,"since":"2000-01-01T00:00:00Z","until":"9999-01-02T00:00:00Z"}` + "\n": "paused",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		reason, _, paused := p.Paused(now)
		switch want {
		case "", "paused":
			if paused != (want == "paused") || reason != "" {
				t.Errorf("%q: %v %q", content, paused, reason)
			}
		default:
			if !paused || !strings.Contains(reason, want) || !strings.Contains(reason, "frontdesk resume") {
				t.Errorf("%q: %v %q", content, paused, reason)
			}
		}
	}
	if was, err := p.End(); !was || err != nil {
		t.Error("a damaged pause cannot be ended:", was, err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if reason, _, paused := p.Paused(now); !paused || !strings.Contains(reason, "cannot be read") {
		t.Errorf("a folder: %v %q", paused, reason)
	}
}

func FuzzPause(f *testing.F) {
	for _, s := range []string{"", "{}", `{"v":1,"since":"2026-11-25T20:00:00Z","until":"2026-11-26T20:00:00Z","because":"x"}`, `{"v":99}`, `{"V":1}`} {
		f.Add([]byte(s))
	}
	file := filepath.Join(f.TempDir(), "pause.json")
	p := dispatch.NewPause(file)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 11, 25, 21, 0, 0, 0, time.UTC)
		_, until, paused := p.Paused(at)
		if !paused {
			if _, _, before := p.Paused(at.AddDate(-2200, 0, 0)); !before {
				t.Errorf("%q pauses nothing, ever", data)
			}
		}
		if !until.IsZero() && !until.After(at) {
			t.Errorf("%q: paused until %v", data, until)
		}
	})
}

func BenchmarkPaused(b *testing.B) {
	p := dispatch.NewPause(filepath.Join(b.TempDir(), "pause.json"))
	for b.Loop() {
		if _, _, paused := p.Paused(time.Now()); paused {
			b.Fatal("paused")
		}
	}
}
