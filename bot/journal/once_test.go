package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
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
	"frontdesk/internal/fault"
	"frontdesk/knowledge"
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

// A desk carries out one command, which appends a line to a file, as the program
// does; reached is told how far each call has come.
type desk struct {
	*Journal
	dispatcher *dispatch.Dispatcher
	entry      *knowledge.Entry
	effects    string
	reached    func(place int)
}

func newDesk(j *Journal, effects string) (*desk, error) {
	d := &desk{Journal: j, effects: effects, reached: func(int) {}}
	d.entry = &knowledge.Entry{ID: "append", Kind: knowledge.Do, Command: &knowledge.Command{
		Action: knowledge.Action{Kind: "append"},
		Guards: knowledge.Guards{Once: true, Limits: []knowledge.Limit{{Per: string(bot.PerPerson), Count: 1e6, Within: time.Hour}}},
	}}
	var err error
	d.dispatcher, err = dispatch.New(&knowledge.Base{Entries: []*knowledge.Entry{d.entry}},
		map[string]dispatch.Kind{"append": func(knowledge.Action) (dispatch.Runner, fault.List) { return d, nil }},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}, Ledger: d, Recorded: true})
	return d, err
}

func (d *desk) Begin(ctx context.Context, a bot.Attempt, limits []bot.Limit) (bot.Standing, error) {
	d.reached(beforeBegin)
	return d.Journal.Begin(ctx, a, limits)
}

func (d *desk) End(ctx context.Context, a bot.Attempt, o bot.Outcome) error {
	err := d.Journal.End(ctx, a, o)
	d.reached(afterEnd)
	return err
}

func (d *desk) Slots() []string { return nil }

func (d *desk) Preview(bot.Call) string { return "" }

func (d *desk) Run(_ context.Context, c bot.Call) (bot.Result, error) {
	d.reached(beforeEffect)
	f, err := os.OpenFile(d.effects, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return bot.Result{}, err
	}
	_, err = fmt.Fprintln(f, c.Said)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return bot.Result{}, err
	}
	d.reached(afterEffect)
	return bot.Result{Output: "it ran"}, nil
}

// deliver brings a message, and gives what the person is told: that it ran, that
// it ran before, or that it was begun before and what it did is not known.
func (d *desk) deliver(message int) (string, error) {
	r, err := d.dispatcher.Dispatch(context.Background(), bot.Call{Key: fmt.Sprint("message ", message), Base: "home", Conversation: "c",
		Entry: d.entry, Caller: bot.Caller{Sender: "slack:U1", Channel: "slack:C1"}, Said: fmt.Sprint(message), Probability: 1})
	switch {
	case err != nil:
		return "", err
	case r.Warning != "":
		return "", errors.New(r.Warning)
	case r.Output == "it ran":
		return "ran", nil
	case r.Refused == bot.Uncertain:
		return "unknown", nil
	case r.Refused == "" && !r.Failed:
		return "before", nil
	}
	return "", fmt.Errorf("%+v", r)
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
	d, err := newDesk(j, effects)
	if err != nil {
		return fail(err)
	}
	for i := from; i < messages(); i++ {
		d.reached = func(place int) {
			if os.Getenv(killEnv) != fmt.Sprint(i, " ", place) {
				return
			}
			if p, err := os.FindProcess(os.Getpid()); err == nil {
				_ = p.Kill() // kill -9; nothing of ours runs any more
			}
			select {}
		}
		said, err := d.deliver(i)
		if err != nil {
			return fail(err)
		}
		fmt.Println(i, said) // not buffered
		d.reached(afterReply)
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
	d, err := newDesk(j, effects)
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
				if _, err := d.deliver(i); err != nil {
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
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
	rounds, n, every := 1, 200, 5
	if os.Getenv("FRONTDESK_TEST_KILLS") != "" {
		rounds, every = places, 1
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
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
	const n = 20
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
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
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
	mustVerify(t, j)
	events := map[Event]int{}
	for _, r := range allRows(t, j) {
		events[r.Event]++
	}
	if events[EventBegun] != 20 || events[EventDone] != 20 || events[EventFailed] != 0 {
		t.Errorf("the audit tells of %v", events)
	}
}
