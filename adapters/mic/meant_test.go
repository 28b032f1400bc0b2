package mic

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/bot"
)

// What hears wake phrases alone wakes the desk where the words that were recognised do
// not; it is given the beginning, and is not asked about what is meant for the desk anyway.
func TestHearWake(t *testing.T) {
	hush := func(text string, err error) func(context.Context, asr.Clip) (string, error) {
		return func(_ context.Context, c asr.Clip) (string, error) {
			if len(c.Samples) > peek {
				t.Errorf("it is given %v of sound", c.Duration())
			}
			if heard, _ := recognise(t.Context(), c); strings.HasPrefix(heard.Text, "hush") {
				return text, err
			}
			return "", nil
		}
	}
	long := "account " + strings.TrimSpace(strings.Repeat("blah ", 12))
	for _, c := range []struct {
		name   string
		listen Listen
		hear   func(context.Context, asr.Clip) (string, error)
		sound  []asr.Clip
		want   []string
	}{
		{"a command", OnWake, hush("hey desk", nil), []asr.Clip{speech("hush lights")}, []string{"lights"}},
		{"twice heard", OnWake, hush("hey desk hey desk", nil), []asr.Clip{speech("hush lights")}, []string{"lights"}},
		{"the phrase stands there", OnWake, hush("hey desk", nil), []asr.Clip{speech("hey desk lights")}, []string{"lights"}},
		{"a long one", OnWake, hush("hey desk", nil), []asr.Clip{speech("hush " + long)}, []string{long}},
		{"other talk", OnWake, hush("hey desk", nil), []asr.Clip{speech("turn on the light")}, nil},
		{"another phrase", OnWake, hush("hey house", nil), []asr.Clip{speech("hush lights")}, nil},
		{"it fails", OnWake, hush("hey desk", errors.New("no such program")), []asr.Clip{speech("hush lights")}, nil},
		{"always", Always, hush("hey desk", nil), []asr.Clip{speech("hush lights"), silence(9 * time.Second), speech("yes")}, []string{"lights", "(yes)"}},
	} {
		r := &room{t: t}
		r.run(config(func(cfg *Config) { cfg.Listen, cfg.FollowUp = c.listen, 0 }), says, func(d *Deps) { d.HearWake = c.hear }, c.sound...)
		if got := r.texts(); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q; %q", c.name, got, c.want, r.events)
		}
	}
}

// Kept is what was meant for the desk, and nothing else of what is said in a room.
func TestKept(t *testing.T) {
	for _, listen := range []Listen{OnWake, Always} {
		r := &room{t: t}
		var kept []string
		r.run(config(func(c *Config) { c.Listen, c.FollowUp = listen, 0 }), says, func(d *Deps) {
			d.Keep = func(_ context.Context, c asr.Clip, heard asr.Transcript) {
				whole, _ := recognise(t.Context(), c)
				if heard.Text != whole.Text {
					t.Errorf("with the sound of %q %q is kept", whole.Text, heard.Text)
				}
				kept = append(kept, heard.Text)
			}
		}, speech("blah"), silence(9*time.Second), speech("hey desk lights"), silence(9*time.Second), speech("office"), silence(9*time.Second),
			speech(strings.TrimSpace(strings.Repeat("blah ", 12))))
		want := []string{"hey desk lights"}
		if listen == Always {
			want = append(want, "office") // which was answered
		}
		if !slices.Equal(kept, want) {
			t.Errorf("%s: kept %q, want %q", listen, kept, want)
		}
	}
}

// Whoever cannot hear or see the desk has a lamp: every moment has its program.
func TestHooks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it needs a shell")
	}
	file := filepath.Join(t.TempDir(), "cues")
	cfg := config(func(c *Config) {
		c.FollowUp = 0
		c.Hooks = map[Cue][]string{}
		for _, cue := range cues {
			c.Hooks[cue] = []string{"sh", "-c", `echo "$1 $2" >> "$0"`, file, string(cue), "$(not run)"}
		}
	})
	r := &room{t: t}
	// A run waits for its programs, of which only so many run at once.
	r.run(cfg, says, nil, speech("hey desk"), speech("lights"), silence(9*time.Second))
	r.run(cfg, func(string) bot.Reply { return bot.Reply{Decision: bot.Abstain, Text: "I do not know."} }, nil, speech("hey desk office"))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(data)), "\n")
	slices.Sort(got) // they do not wait for one another
	got = slices.Compact(got)
	var want []string
	for _, cue := range cues {
		want = append(want, string(cue)+" $(not run)")
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q; %q", got, want, r.events)
	}
}

// A program that hangs holds up neither the desk nor its end, and not more than a few
// hang at once.
func TestHookHangs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it needs a shell")
	}
	file := filepath.Join(t.TempDir(), "cues")
	ctx, cancel := context.WithCancel(t.Context())
	h := hooks{within: time.Hour, programs: map[Cue][]string{CueDone: {"sh", "-c", `echo x >> "$0"; exec sleep 60`, file}}, log: slog.New(slog.DiscardHandler)}
	for range 3 * maxHooks {
		h.run(ctx, CueDone)
	}
	var begun []byte
	for end := time.Now().Add(30 * time.Second); len(begun) < 2*maxHooks && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		begun, _ = os.ReadFile(file)
	}
	cancel()
	h.wait()
	if begun, _ = os.ReadFile(file); len(begun) != 2*maxHooks {
		t.Errorf("%d of them ran at once", len(begun)/2)
	}
	// One alone is given up.
	h.within = 50 * time.Millisecond
	h.run(t.Context(), CueDone)
	h.wait()
}
