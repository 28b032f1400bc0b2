//go:build unix

package speaker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/mic/speaker"
	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// opened gives a speaker, and the file that its programs write into.
func opened(t *testing.T, change func(c *speaker.Config)) (s *speaker.Speaker, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "said")
	t.Setenv("SAID", file)
	t.Setenv("DESK_TOKEN", "secret")
	c := speaker.DefaultConfig()
	c.Inherit = []string{"SAID"}
	change(&c)
	c.Check(func(key, what, do string) { t.Fatalf("%s: %s; %s", key, what, do) })
	s = speaker.New(c, nil)
	t.Cleanup(s.Close)
	return s, file
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSay(t *testing.T) {
	ctx := context.Background()
	for _, program := range [][]string{
		{"sh", "-c", `printf '%s\n' "$1" >> "$SAID"`, "say", "{text}"},
		{"sh", "-c", `cat >> "$SAID"`},
	} {
		s, file := opened(t, func(c *speaker.Config) { c.Command = program; c.MaxChars = 40 })
		for _, text := range []string{"It is $(done); \"so\" 'far' `x`", "-v --help", "", "🎉", "One sentence. Another sentence. And one more."} {
			if err := s.Say(ctx, text); err != nil {
				t.Fatal(err)
			}
		}
		want := "It is $(done); \"so\" 'far' `x`.\nv --help.\nOne sentence. Another sentence.\n"
		if got := read(t, file); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// A mute desk says nothing, and that is no error.
func TestMute(t *testing.T) {
	s, _ := opened(t, func(*speaker.Config) {})
	if err := s.Say(context.Background(), "hello"); err != nil {
		t.Error(err)
	}
}

// What a program prints is played, with a head where it has none.
func TestPrinted(t *testing.T) {
	for prints, rate := range map[string]int{"wav": 16000, "22050": 22050} {
		for _, play := range [][]string{{"sh", "-c", `cp "$1" "$SAID"`, "play", "{wav}"}, {"sh", "-c", `cat > "$SAID"`}} {
			command := []string{"sh", "-c", fmt.Sprintf("head -c %d /dev/zero", 2*rate)}
			if prints == "wav" {
				var b bytes.Buffer
				if err := audio.WriteWAV(&b, asr.Clip{Samples: make([]float32, rate)}); err != nil {
					t.Fatal(err)
				}
				wav := filepath.Join(t.TempDir(), "a.wav")
				if err := os.WriteFile(wav, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				command = []string{"cat", wav}
			}
			s, file := opened(t, func(c *speaker.Config) { c.Command, c.Prints, c.Play = command, prints, play })
			if err := s.Say(context.Background(), "hello"); err != nil {
				t.Fatal(err)
			}
			clip, err := audio.Decode(context.Background(), []byte(read(t, file)), audio.Options{})
			if err != nil || clip.Duration() != time.Second {
				t.Errorf("%s: %v is played, %v", prints, clip.Duration(), err)
			}
		}
	}
}

// A voice falls silent at once, with all that its program started.
func TestStop(t *testing.T) {
	s, file := opened(t, func(c *speaker.Config) {
		c.Command = []string{"sh", "-c", `echo begun >> "$SAID"; (until [ -e "$SAID.go" ]; do sleep 0.1; done; echo went on >> "$SAID") | cat`}
	})
	ended := make(chan error, 3)
	for range 3 { // one speaks, two wait
		go func() { ended <- s.Say(context.Background(), "hello") }()
	}
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if b, _ := os.ReadFile(file); len(b) > 0 || time.Since(start) > time.Minute {
			break
		}
	}
	for begun := time.Now(); ; { // who comes to wait only now is stopped, too
		s.Stop()
		if len(ended) == 3 || time.Since(begun) > time.Minute {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Say(ctx, "again"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context ends, the voice does not: %v", err)
	}
	if err := os.WriteFile(file+".go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // what lived on would write by now
	if got := read(t, file); strings.Contains(got, "went on") {
		t.Errorf("%q", got)
	}
}

func TestFailed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *speaker.Config)
		want   string
	}{
		"no program": {func(c *speaker.Config) { c.Command = []string{"no-such-program"} }, "executable file not found"},
		"it fails":   {func(c *speaker.Config) { c.Command = []string{"sh", "-c", "echo 'no voice' >&2; exit 3"} }, `exit status 3: "no voice"`},
		"no sound":   {func(c *speaker.Config) { c.Command, c.Prints = []string{"true"}, "wav" }, "prints no sound"},
		"no player": {func(c *speaker.Config) {
			c.Command, c.Prints, c.Play = []string{"echo"}, "wav", []string{"no-such-player"}
		}, "executable file not found"},
		"no end": {func(c *speaker.Config) { c.Command, c.Timeout = []string{"sleep", "60"}, time.Second }, "not done after 1s"},
		"floods": {func(c *speaker.Config) { c.Command, c.Prints = []string{"head", "-c", "40000000", "/dev/zero"}, "wav" }, "more than 32 MiB"},
		"not allowed": {func(c *speaker.Config) {
			c.Command = []string{"sh", "-c", `test -z "$DESK_TOKEN" || exit 0; echo no token >&2; exit 1`}
		}, "no token"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := opened(t, c.change)
			if err := s.Say(context.Background(), "hello"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, not %s", err, c.want)
			}
		})
	}
}

func TestClosed(t *testing.T) {
	s, _ := opened(t, func(c *speaker.Config) { c.Command = []string{"true"} })
	s.Close()
	if err := s.Say(context.Background(), "hello"); err == nil {
		t.Error("it speaks after it was closed")
	}
	s.Signal(speaker.Done)
}

// Tones are short, quiet, and told apart.
func TestTones(t *testing.T) {
	heard := map[string]speaker.Signal{}
	for _, signal := range []speaker.Signal{speaker.Heard, speaker.Thinking, speaker.Done, speaker.NotUnderstood, speaker.Asleep} {
		s, file := opened(t, func(c *speaker.Config) { c.Play = []string{"sh", "-c", `cat > "$SAID.part"; mv "$SAID.part" "$SAID"`} })
		s.Signal(signal)
		var sound []byte
		for start := time.Now(); time.Since(start) < time.Minute && sound == nil; time.Sleep(5 * time.Millisecond) {
			sound, _ = os.ReadFile(file)
		}
		clip, err := audio.Decode(context.Background(), sound, audio.Options{})
		if err != nil || clip.Duration() < 50*time.Millisecond || clip.Duration() > 500*time.Millisecond {
			t.Fatalf("%s: %v, %v", signal, clip.Duration(), err)
		}
		peak := 0.0
		for _, x := range clip.Samples {
			peak = max(peak, math.Abs(float64(x)))
		}
		if peak < 0.02 || peak > 0.2 {
			t.Errorf("%s has a peak of %.3f", signal, peak)
		}
		if other, ok := heard[string(sound)]; ok {
			t.Errorf("%s sounds like %s", signal, other)
		}
		heard[string(sound)] = signal
	}
	s, file := opened(t, func(c *speaker.Config) { c.Tones = false; c.Play = []string{"sh", "-c", `echo x > "$SAID"`} })
	s.Signal(speaker.Done)
	s.Signal("another")
	s.Close()
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("a tone sounds that is switched off")
	}
}

// A tone that cannot be played is told of, and keeps nobody.
func TestToneFails(t *testing.T) {
	var log lines
	c := speaker.DefaultConfig()
	c.Play = []string{"false"}
	s := speaker.New(c, slog.New(slog.NewTextHandler(&log, nil)))
	s.Signal(speaker.Done)
	for start := time.Now(); !strings.Contains(log.String(), "could not be played") && time.Since(start) < time.Minute; {
		time.Sleep(5 * time.Millisecond)
	}
	s.Close()
	if !strings.Contains(log.String(), "could not be played") {
		t.Errorf("the log says %q", log.String())
	}
}

type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestVoices has real programs speak: what they print is speech of some length.
func TestVoices(t *testing.T) {
	for _, program := range [][]string{{"espeak-ng", "--stdout", "{text}"}, {"flite", "-o", "/dev/stdout", "-t", "{text}"}} {
		t.Run(program[0], func(t *testing.T) {
			if _, err := exec.LookPath(program[0]); err != nil {
				t.Skipf("%s is not installed", program[0])
			}
			s, file := opened(t, func(c *speaker.Config) {
				c.Command, c.Prints, c.Play = program, "wav", []string{"sh", "-c", `cp "$1" "$SAID"`, "play", "{wav}"}
			})
			if err := s.Say(context.Background(), speaker.Plain("The **kitchen** lights are on.")); err != nil {
				t.Fatal(err)
			}
			clip, err := audio.Decode(context.Background(), []byte(read(t, file)), audio.Options{})
			if err != nil || clip.Duration() < time.Second || clip.Duration() > 6*time.Second {
				t.Errorf("%v, %v", clip.Duration(), err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	var keys []string
	speaker.Config{Command: []string{"{text}"}, Play: []string{" "}, Prints: "mp3", MaxChars: 0, Timeout: time.Hour, Inherit: []string{"A=b"}}.Check(
		func(key, what, do string) { keys = append(keys, key) })
	if want := []string{"command", "play", "prints", "max_chars", "timeout", "inherit"}; !slices.Equal(keys, want) {
		t.Errorf("%q, not %q", keys, want)
	}
	speaker.DefaultConfig().Check(func(key, what, do string) { t.Errorf("%s: %s; %s", key, what, do) })
}

// One player that is installed and cannot play is passed over, and not tried again.
func TestNextPlayer(t *testing.T) {
	programs := t.TempDir()
	for name, script := range map[string]string{
		"pw-play": "#!/bin/sh\necho tried >> \"$TRIED\"\necho its daemon does not run >&2\nexit 1\n",
		"paplay":  "#!/bin/sh\n/bin/cp \"$1\" \"$SAID\"\n",
	} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	tried := filepath.Join(t.TempDir(), "tried")
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, asr.Clip{Samples: make([]float32, 1600)}); err != nil {
		t.Fatal(err)
	}
	wav := filepath.Join(programs, "a.wav")
	if err := os.WriteFile(wav, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s, file := opened(t, func(c *speaker.Config) {
		c.Command, c.Prints, c.Inherit = []string{"/bin/cat", wav}, "wav", append(c.Inherit, "TRIED")
	})
	t.Setenv("PATH", programs)
	t.Setenv("TRIED", tried)
	for range 2 {
		if err := s.Say(context.Background(), "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if clip, err := audio.Decode(context.Background(), []byte(read(t, file)), audio.Options{}); err != nil || len(clip.Samples) != 1600 {
		t.Errorf("%d samples are played, %v", len(clip.Samples), err)
	}
	if n := strings.Count(read(t, tried), "tried"); n != 1 {
		t.Errorf("the first was tried %d times", n)
	}
	if err := os.Remove(filepath.Join(programs, "paplay")); err != nil {
		t.Fatal(err)
	}
	if err := s.Say(context.Background(), "hello"); err == nil || !strings.Contains(err.Error(), "its daemon does not run") {
		t.Errorf("with none that can: %v", err)
	}
}
