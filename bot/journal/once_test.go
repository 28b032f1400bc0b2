package journal

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
)

// Where a child kills itself while it carries out a command.
const (
	beforeBegin = iota
	beforeEffect
	afterEffect
	afterEnd
	afterReply
	places
)

// fromEnv is the message that a child begins with; killEnv is "MESSAGE PLACE"
// where it dies.
const fromEnv, killEnv = "JOURNAL_TEST_FROM", "JOURNAL_TEST_KILL"

// deliver brings a message, whose command appends a line to a file. It gives what
// the person is told: that it ran, that it had run before, or that it was begun
// before and what it did is not known.
func deliver(l dispatch.Ledger, effects string, message int, reached func(place int)) (string, error) {
	ctx := context.Background()
	a := attempt(fmt.Sprint("message ", message))
	reached(beforeBegin)
	s, err := l.Begin(ctx, a, []bot.Limit{{Per: bot.PerPerson, Count: 1e6, Within: time.Hour}})
	switch {
	case err != nil:
		return "", err
	case s.Earlier && s.Outcome == nil:
		return "unknown", l.Refuse(ctx, a, "it was begun before")
	case s.Earlier:
		return "before", l.Refuse(ctx, a, "it has run")
	case !s.Begun:
		return "", fmt.Errorf("%+v", s)
	}
	reached(beforeEffect)
	f, err := os.OpenFile(effects, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, message); err != nil {
		return "", err
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	reached(afterEffect)
	if err := l.End(ctx, a, bot.Outcome{Verdict: bot.Done, Took: time.Millisecond}); err != nil {
		return "", err
	}
	reached(afterEnd)
	return "ran", nil
}

// deliverAll is a child that brings messages one after the other, and prints what
// became of each.
func deliverAll(path, effects string) int {
	from, err := strconv.Atoi(os.Getenv(fromEnv))
	if err != nil {
		return fail(err)
	}
	j, err := Open(context.Background(), path, DefaultConfig())
	if err != nil {
		return fail(err)
	}
	for i := from; i < messages(); i++ {
		reached := func(place int) {
			if os.Getenv(killEnv) != fmt.Sprint(i, " ", place) {
				return
			}
			if p, err := os.FindProcess(os.Getpid()); err == nil {
				_ = p.Kill() // kill -9; nothing of ours runs any more
			}
			select {}
		}
		said, err := deliver(j, effects, i, reached)
		if err != nil {
			return fail(err)
		}
		fmt.Println(i, said) // not buffered
		reached(afterReply)
	}
	if err := j.Close(); err != nil {
		return fail(err)
	}
	return 0
}

// deliverAtOnce is a child that, when it is told to, brings each message five
// times at the same moment.
func deliverAtOnce(path, effects string) int {
	j, err := Open(context.Background(), path, DefaultConfig())
	if err != nil {
		return fail(err)
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // until it is closed
		return fail(err)
	}
	var failed sync.Map
	for i := range 20 {
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := deliver(j, effects, i, func(int) {}); err != nil {
					failed.Store(i, err)
				}
			})
		}
		all.Wait()
	}
	code := 0
	failed.Range(func(i, err any) bool {
		code = fail(fmt.Errorf("message %v: %w", i, err.(error)))
		return true
	})
	if err := j.Close(); err != nil {
		return fail(err)
	}
	return code
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// messages is how many messages a child brings.
func messages() int {
	if n, err := strconv.Atoi(os.Getenv("JOURNAL_TEST_MESSAGES")); err == nil {
		return n
	}
	return 200
}

// effectsOf counts how often each message had its effect.
func effectsOf(t *testing.T, file string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	ran := map[string]int{}
	for line := range strings.Lines(string(data)) {
		ran[strings.TrimSpace(line)]++
	}
	return ran
}

// TestOnceKilled kills the process with kill -9 at every fifth of 200 messages, in
// turn at each place, and brings the messages again. None may run twice, and of
// none may it be unknown what became of it without that being said. With
// FRONTDESK_TEST_KILLS set, it kills at every message and every place.
func TestOnceKilled(t *testing.T) {
	rounds, n, every := 1, 200, 5
	switch {
	case os.Getenv("FRONTDESK_TEST_KILLS") != "":
		rounds, every = places, 1
	case testing.Short():
		n = 50
	}
	t.Setenv("JOURNAL_TEST_MESSAGES", strconv.Itoa(n))
	twice, silent, kills := 0, 0, 0
	for round := range rounds {
		dir := t.TempDir()
		path, effects := filepath.Join(dir, "journal.db"), filepath.Join(dir, "effects")
		run := func(from int, kill string) string {
			t.Helper()
			cmd := child(t, "deliver", path, effects)
			cmd.Env = append(cmd.Env, fmt.Sprint(fromEnv, "=", from), killEnv+"="+kill)
			out, err := cmd.Output()
			if (err == nil) != (kill == "") || err != nil && cmd.ProcessState.ExitCode() != -1 {
				t.Fatalf("from %d, to be killed at %q: %v", from, kill, err)
			}
			return string(out)
		}
		placeOf := func(i int) int { // -1: none
			if i%every != 0 {
				return -1
			}
			return (i/every + round) % places
		}
		for i := 0; i < n; i += every { // the one that was killed comes again first
			run(max(0, i-every), fmt.Sprint(i, " ", placeOf(i)))
			kills++
		}
		run(n-every, "")
		said := run(0, "") // all of them once more
		ran := effectsOf(t, effects)
		for i := range n {
			place := placeOf(i)
			want, times := "before", 1
			if place == beforeEffect {
				want, times = "unknown", 0
			} else if place == afterEffect {
				want = "unknown"
			}
			if !strings.Contains("\n"+said, fmt.Sprintf("\n%d %s\n", i, want)) {
				t.Errorf("message %d, killed at %d, is not said to be %q", i, place, want)
				silent++
			}
			if got := ran[strconv.Itoa(i)]; got != times {
				t.Errorf("message %d, killed at %d, ran %d times, want %d", i, place, got, times)
				twice += max(0, got-1)
			}
		}
		j := mustOpen(t, path)
		mustVerify(t, j)
		sound(t, j)
	}
	t.Logf("%d kills: run twice %d, lost without a word %d", kills, twice, silent)
}

// TestOnceKilledAnywhere kills at moments that nobody chose.
func TestOnceKilledAnywhere(t *testing.T) {
	n := 20
	if testing.Short() {
		n = 4
	}
	dir := t.TempDir()
	path, effects := filepath.Join(dir, "journal.db"), filepath.Join(dir, "effects")
	must(t, os.WriteFile(effects, nil, 0o600))
	told := map[string]string{} // the first that was said of each message
	for round := range n + 1 {
		cmd := child(t, "deliver", path, effects)
		cmd.Env = append(cmd.Env, fromEnv+"=0")
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		if round < n {
			kill := time.AfterFunc(time.Duration(20+7*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			defer kill.Stop()
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			message, said, ok := strings.Cut(lines.Text(), " ")
			if first := told[message]; ok && (first == "" || first == "ran" && said == "ran") {
				told[message] = said
				if first == "ran" {
					t.Errorf("message %s ran twice", message)
				}
			}
		}
		if err := cmd.Wait(); (err == nil) != (round == n) && cmd.ProcessState.ExitCode() != -1 && err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	ran := effectsOf(t, effects)
	for i := range messages() {
		m := strconv.Itoa(i)
		switch {
		case ran[m] > 1:
			t.Errorf("message %d ran %d times", i, ran[m])
		case ran[m] == 0 && told[m] != "unknown":
			t.Errorf("message %d never ran, and was said to be %q", i, told[m])
		}
	}
	mustVerify(t, mustOpen(t, path))
}

// TestOnceInThree brings messages five times to each of three processes at once.
func TestOnceInThree(t *testing.T) {
	dir := t.TempDir()
	path, effects := filepath.Join(dir, "journal.db"), filepath.Join(dir, "effects")
	type running struct {
		cmd    *exec.Cmd
		in     io.WriteCloser
		stderr *bytes.Buffer
	}
	var all []running
	for range 3 {
		r := running{cmd: child(t, "deliver at once", path, effects), stderr: &bytes.Buffer{}}
		r.cmd.Stderr = r.stderr
		out, err := r.cmd.StdoutPipe()
		must(t, err)
		r.in, err = r.cmd.StdinPipe()
		must(t, err)
		must(t, r.cmd.Start())
		if lines := bufio.NewScanner(out); !lines.Scan() {
			t.Fatalf("a child did not start: %v: %s", r.cmd.Wait(), r.stderr)
		}
		all = append(all, r)
	}
	for _, r := range all {
		must(t, r.in.Close())
	}
	for _, r := range all {
		if err := r.cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, r.stderr)
		}
	}
	ran := effectsOf(t, effects)
	for i := range 20 {
		if got := ran[strconv.Itoa(i)]; got != 1 {
			t.Errorf("message %d ran %d times", i, got)
		}
	}
	j := mustOpen(t, path)
	if v := mustVerify(t, j); v.Rows != 20*(1+1+14) {
		t.Errorf("%d rows; want one beginning, one end and 14 refusals for each of 20 messages", v.Rows)
	}
}
