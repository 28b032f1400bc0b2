//go:build unix

package exec_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/exec"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ asr.Recognizer = (*exec.Engine)(nil)

// sound is a tenth of a second.
var sound = asr.Clip{Samples: make([]float32, 1600)}

var expected = asr.NewExpected([]string{"lights on"}, "#JSGF V1.0;\ngrammar desk;\npublic <all> = lights on;\n", nil)

// open makes an engine of scripts for sh, each with the arguments that follow.
func open(t *testing.T, change func(*exec.Config)) *exec.Engine {
	t.Helper()
	c := exec.DefaultConfig()
	change(&c)
	c.Check(func(key, what, do string) { t.Fatalf("%s: %s; %s", key, what, do) })
	e, err := exec.New(c, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func sh(script string, args ...string) []string {
	return append([]string{"sh", "-c", script, "sh"}, args...)
}

func TestAnswers(t *testing.T) {
	for printed, want := range map[string]asr.Transcript{
		"":                                     {},
		" \n\n":                                {},
		"turn on\nthe  light\n":                {Text: "turn on the light", Confidence: 1},
		"a\tb\x1b\x07c \xff":                   {Text: "a b c �", Confidence: 1},
		`{"text": ""}`:                         {},
		`{"text": " on\n", "other": [1]}`:      {Text: "on", Confidence: 1},
		`{"text": "on", "confidence": 0}`:      {Text: "on"},
		`{"text": "on", "confidence": 0.25}`:   {Text: "on", Confidence: 0.25},
		`{"text": "on", "log_probability":-1}`: {Text: "on", Confidence: math.Exp(-1), LogProbability: -1},
		`{"text": "an", "language": "de", "alternatives": ["an", "ab", " ", "auf", "ab"]}`: {Text: "an", Language: "de", Confidence: 1, Alternatives: []asr.Alternative{{Text: "ab"}, {Text: "auf"}}},
	} {
		file := filepath.Join(t.TempDir(), "printed")
		if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := open(t, func(c *exec.Config) { c.Command = sh(`cat "$1"`, file) }).Transcribe(t.Context(), sound, asr.Hints{})
		if err != nil {
			t.Errorf("%q: %v", printed, err)
			continue
		}
		want.Engine, want.Sound = exec.Name, 100*time.Millisecond
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(asr.Transcript{}, "Took"), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", printed, diff)
		}
		if got.Took <= 0 {
			t.Errorf("%q took %v", printed, got.Took)
		}
	}
}

// The sound comes as a file or on the standard input, and nothing of it is left.
func TestInput(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	file := open(t, func(c *exec.Config) {
		c.Command = sh(`printf '%s %s %s %s' "$1" "$(wc -c <"$2")" "$(head -c 4 "$2")" "$(cd "$(dirname "$2")" && ls -ld . "$2" | cut -c 1-10 | tr '\n' ' ')"`, "{language}", "{wav}")
	})
	got, err := file.Transcribe(t.Context(), sound, asr.Hints{Language: "de"})
	if want := "de 3244 RIFF drwx------ -rw-------"; err != nil || got.Text != want && got.Text != "de 3244 RIFF -rw------- drwx------" {
		t.Errorf("%q, %v; want %q", got.Text, err, want)
	}
	left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
	stdin := open(t, func(c *exec.Config) { c.Command = sh(`head -c 4; echo; cat | wc -c`) })
	if got, err := stdin.Transcribe(t.Context(), sound, asr.Hints{}); err != nil || got.Text != "RIFF 3240" {
		t.Errorf("%q, %v", got.Text, err)
	}
	// A program need not read what it is given.
	deaf := open(t, func(c *exec.Config) { c.Command = sh(`echo on`) })
	if got, err := deaf.Transcribe(t.Context(), asr.Clip{Samples: make([]float32, 1<<20)}, asr.Hints{}); err != nil || got.Text != "on" {
		t.Errorf("%q, %v", got.Text, err)
	}
}

// No argument is read by a shell, and a program sees little of our environment.
func TestSurroundings(t *testing.T) {
	t.Setenv("SLACK_TOKEN", "secret")
	t.Setenv("WANTED", "yes")
	e := open(t, func(c *exec.Config) {
		c.Command, c.Inherit = sh(`echo "$1|$SLACK_TOKEN|$WANTED"; basename "$(pwd)"`, "$(id); `id`"), []string{"WANTED"}
	})
	got, err := e.Transcribe(t.Context(), sound, asr.Hints{})
	if err != nil || !strings.HasPrefix(got.Text, "$(id); `id`||yes ") {
		t.Errorf("%q, %v", got.Text, err)
	}
}

// Both programs hear at the same time, the guided one by a grammar.
func TestGuided(t *testing.T) {
	meet := func(mine, other string) string {
		return fmt.Sprintf(`touch %s; for i in $(seq 3000); do [ -e %s ] && break; sleep 0.01; done; [ -e %s ] || exit 1; `, mine, other, other)
	}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	e := open(t, func(c *exec.Config) {
		c.Command = sh(meet(a, b) + `echo '{"text": "light on", "log_probability": -0.5}'`)
		c.Guided = sh(meet(b, a)+`printf '{"text": "%s", "log_probability": -0.75}' "$(grep -o 'lights on' "$1")"`, "{jsgf}")
	})
	got, err := e.Transcribe(t.Context(), sound, asr.Hints{Expected: expected})
	if err != nil {
		t.Fatal(err)
	}
	if want := (asr.Reading{Text: "lights on", Margin: -0.25, Measured: true}); got.Text != "light on" || got.Expected != want {
		t.Errorf("%q, and %+v", got.Text, got.Expected)
	}
}

// Without anything expected the guided program has nothing to hear.
func TestNothingExpected(t *testing.T) {
	e := open(t, func(c *exec.Config) {
		c.Command, c.Guided = sh(`echo light son`), sh(`echo lights on`, "{jsgf}")
	})
	for _, h := range []asr.Hints{{}, {Expected: expected}, {Expected: asr.NewExpected([]string{"x"}, "", nil)}} {
		got, err := e.Transcribe(t.Context(), sound, h)
		want := asr.Reading{}
		if h.Expected == expected {
			want.Text = "lights on"
		}
		if err != nil || got.Text != "light son" || got.Expected != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// A grammar is written once, and there are never many. The program adds a line to
// it each time, and says how many lines and files there are.
func TestGrammars(t *testing.T) {
	e := open(t, func(c *exec.Config) {
		c.Command = sh("")
		c.Guided = sh(`echo >>"$1"; n=0; while read -r l; do n=$((n+1)); done <"$1"; cd "${1%/*}"; set -- *; echo $n $#`, "{jsgf}")
	})
	hear := func(x *asr.Expected) (lines, files int) {
		t.Helper()
		got, err := e.Transcribe(t.Context(), sound, asr.Hints{Expected: x})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(got.Expected.Text, &lines, &files); err != nil {
			t.Fatal(err)
		}
		return lines, files
	}
	other := func(i int) *asr.Expected { return asr.NewExpected(nil, fmt.Sprintf("#JSGF V1.0; // %d", i), nil) }
	for i := range 20 {
		if lines, files := hear(other(i)); lines != 1 || files != min(i+1, 16) {
			t.Errorf("%d: %d lines in one of %d files", i, lines, files)
		}
	}
	if lines, _ := hear(other(19)); lines != 2 {
		t.Errorf("the file was written again: %d lines", lines)
	}
	if lines, files := hear(other(0)); lines != 1 || files != 16 {
		t.Errorf("the file was kept for too long: %d lines, %d files", lines, files)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         string
	}{
		{"exit", `echo heard; echo 'no model at /x' >&2; exit 3`, `the program sh: exit status 3; its last words: "no model at /x"`},
		{"long words", `seq 100000 >&2; exit 1`, `99999 100000"`},
		{"killed", `kill -KILL $$`, `signal: killed`},
		{"too much", `yes`, `it printed more than 256 KiB`},
		{"no JSON", `echo '{"text": '`, `it printed no answer that can be read`},
		{"two objects", `echo '{"text": "a"} {"text": "b"}'`, `it printed no answer that can be read`},
		{"too sure", `echo '{"text": "a", "confidence": 1.5}'`, `a confidence of 1.5`},
		{"likelier than sure", `echo '{"text": "a", "log_probability": 0.5}'`, `above 0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, func(cfg *exec.Config) { cfg.Command = sh(c.script) }).Transcribe(t.Context(), sound, asr.Hints{})
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000 {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Where the program fails that hears freely, the other one is not waited for.
func TestOneFails(t *testing.T) {
	e := open(t, func(c *exec.Config) { c.Command, c.Guided = sh(`exit 7`), sh(`sleep 60`, "{jsgf}") })
	if _, err := e.Transcribe(t.Context(), sound, asr.Hints{Expected: expected}); err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("got %v", err)
	}
}

// Where the other one fails, what was heard freely stands, and it is told why there is
// no more.
func TestGuidedFails(t *testing.T) {
	for name, c := range map[string]struct {
		script, want string
		timeout      time.Duration
	}{
		"exit":    {`echo 'no such phone' >&2; exit 7`, `the program sh: exit status 7; its last words: "no such phone"`, time.Minute},
		"no JSON": {`echo '{'`, "it printed no answer that can be read", time.Minute},
		"slow":    {`sleep 60`, "it took longer than 4s, which timeout: under speech: exec: allows", 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, func(cfg *exec.Config) {
				cfg.Command, cfg.Guided, cfg.Timeout = sh(`echo light son`), sh(c.script, "{jsgf}"), c.timeout
			})
			got, err := e.Transcribe(t.Context(), sound, asr.Hints{Expected: expected})
			if err != nil || got.Text != "light son" || got.Expected != (asr.Reading{}) || !strings.Contains(got.Trouble, c.want) {
				t.Errorf("%+v, %v", got, err)
			}
			if got, err = e.Transcribe(t.Context(), sound, asr.Hints{}); err != nil || got.Trouble != "" {
				t.Errorf("with nothing expected: %+v, %v", got, err)
			}
		})
	}
	// Who has gone is told so, and no half of it.
	started := filepath.Join(t.TempDir(), "started")
	e := open(t, func(c *exec.Config) { c.Command, c.Guided = sh(`echo on`), sh(`: >"$2"; sleep 60`, "{jsgf}", started) })
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the caller has gone")
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(started); err == nil {
				cancel(gone)
			}
			time.Sleep(time.Millisecond)
		}
	})
	got, err := e.Transcribe(ctx, sound, asr.Hints{Expected: expected})
	cancel(nil)
	if !errors.Is(err, gone) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A program whose time is over, or whose caller has gone, ends with all that it
// started.
func TestStopped(t *testing.T) {
	for how, timeout := range map[string]time.Duration{"timeout": 8 * time.Second, "cancelled": time.Minute} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			e := open(t, func(c *exec.Config) {
				c.Command, c.Timeout = sh(`trap '' TERM; sleep 60 & echo $! >"$1.new"; mv "$1.new" "$1"; wait; sleep 60`, file), timeout
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			gone := errors.New("the caller has gone")
			var wg sync.WaitGroup
			defer wg.Wait()
			if how == "cancelled" {
				wg.Go(func() {
					for ctx.Err() == nil {
						if _, err := os.Stat(file); err == nil {
							cancel(gone)
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
			_, err := e.Transcribe(ctx, sound, asr.Hints{})
			cancel(nil)
			switch {
			case how == "timeout" && (err == nil || !strings.Contains(err.Error(), "it took longer than 8s, which timeout:")),
				how == "cancelled" && !errors.Is(err, gone):
				t.Errorf("got %v", err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; alive(pid); i++ {
				if i == 2000 {
					t.Fatalf("the process %d is still there", pid)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}

// alive says whether a process runs; one that waits for somebody to take note of
// its end does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(status), ") Z ")
}

// What a program leaves behind does not keep us waiting.
func TestLeftBehind(t *testing.T) {
	e := open(t, func(c *exec.Config) { c.Command = sh(`echo on; sleep 60 &`) })
	if got, err := e.Transcribe(t.Context(), sound, asr.Hints{}); err != nil || got.Text != "on" {
		t.Errorf("%q, %v", got.Text, err)
	}
}

// More than may wait are told so, and the others have their turn.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	gate := filepath.Join(dir, "gate")
	e := open(t, func(c *exec.Config) {
		c.Command, c.AtOnce, c.Queue = sh(`mkdir "$1/one" || exit 9; while [ ! -e "$2" ]; do sleep 0.01; done; rmdir "$1/one"; echo on`, dir, gate), 1, 2
	})
	results := make(chan error, 6)
	for range cap(results) {
		go func() {
			got, err := e.Transcribe(t.Context(), sound, asr.Hints{})
			if err == nil && got.Text != "on" {
				err = fmt.Errorf("heard %q", got.Text)
			}
			results <- err
		}()
	}
	for range 3 {
		if err := <-results; !errors.Is(err, exec.ErrBusy) {
			t.Errorf("got %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Transcribe(ctx, sound, asr.Hints{}); !errors.Is(err, exec.ErrBusy) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if _, err := e.Transcribe(ctx, sound, asr.Hints{}); err == nil {
		t.Error("a recording of nobody is recognised")
	}
}

// Closing waits for the recording that is worked on; one that waits, or comes, is told so
// in the meantime.
func TestClosing(t *testing.T) {
	dir := t.TempDir()
	gate, started := filepath.Join(dir, "gate"), filepath.Join(dir, "started")
	e, err := exec.New(exec.Config{Command: sh(`: >"$1"; while [ ! -e "$2" ]; do sleep 0.01; done; echo on`, started, gate),
		Timeout: time.Minute, AtOnce: 1, Queue: 1}, dir)
	if err != nil {
		t.Fatal(err)
	}
	working, waiting, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	recognise := func(done chan<- error) {
		_, err := e.Transcribe(t.Context(), sound, asr.Hints{})
		done <- err
	}
	go recognise(working)
	for _, err := os.Stat(started); err != nil; _, err = os.Stat(started) {
		time.Sleep(time.Millisecond)
	}
	go recognise(waiting)
	go func() { closed <- e.Close() }()
	if err := <-waiting; err == nil {
		t.Error("what waits is recognised")
	}
	if _, err := e.Transcribe(t.Context(), sound, asr.Hints{}); err == nil {
		t.Error("what comes is recognised")
	}
	select {
	case err := <-working:
		t.Errorf("what is worked on is over: %v", err)
	case err := <-closed:
		t.Errorf("it is closed before: %v", err)
	default:
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-working, <-closed); err != nil {
		t.Error(err)
	}
}

func TestClosed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	e, err := exec.New(exec.Config{Command: sh("echo on"), Timeout: time.Second, AtOnce: 1}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Transcribe(t.Context(), sound, asr.Hints{}); err == nil {
		t.Error("it recognises though it is closed")
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
