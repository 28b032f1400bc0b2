package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/chain"
	"frontdesk/bot/dispatch/schedule"
	"frontdesk/bot/journal"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

// A note is a kind that notes what it does and when.
type note struct {
	mu   sync.Mutex
	done []string
	hold func(ctx context.Context, said string) // called before the end
}

type noting struct {
	n    *note
	text knowledge.Text
}

func (n *note) kind(a knowledge.Action) (dispatch.Runner, fault.List) {
	text, faults := dispatch.ReadText(a.Pos.File, strictyaml.At[string]{Value: a.Node.Value, Node: a.Node})
	return noting{n, text}, faults
}

func (r noting) Slots() []string { return r.text.Slots() }
func (r noting) say(c bot.Call) string {
	return r.text.Expand(func(s string) string { return c.Slots[s].Canonical })
}
func (r noting) Preview(c bot.Call) string { return "note " + r.say(c) }

func (r noting) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	said := r.say(c)
	r.n.mu.Lock()
	r.n.done = append(r.n.done, said)
	r.n.mu.Unlock()
	if r.n.hold != nil {
		r.n.hold(ctx, said)
	}
	if ctx.Err() != nil {
		return bot.Result{Failed: true, Problem: "it was stopped"}, nil
	}
	if strings.HasPrefix(said, "fail") {
		return bot.Result{Failed: true, Problem: "it <failed>", Output: "oh"}, nil
	}
	return bot.Result{Output: said}, nil
}

func (n *note) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	done := strings.Join(n.done, ", ")
	n.done = nil
	return done
}

// An outbox keeps what is sent.
type outbox struct {
	mu   sync.Mutex
	sent []bot.Reply
	err  error
}

func (o *outbox) Send(_ context.Context, to bot.Address, r bot.Reply) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.To != to || r.Decision != bot.Notice {
		return fmt.Errorf("a reply to %s, %s, is sent to %s", r.To, r.Decision, to)
	}
	o.sent = append(o.sent, r)
	return o.err
}

func (o *outbox) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var b strings.Builder
	for _, r := range o.sent {
		fmt.Fprintf(&b, "%s: %s\n", r.To, r.Text)
	}
	o.sent = nil
	return strings.TrimRight(b.String(), "\n")
}

const house = `format: 1
slots:
  length: {type: duration}
  when: {type: time}
  day: {type: date}
  area: {values: [kitchen, {say: [living room], value: living_room}]}
  job: {type: text}
commands:
  - id: off-in
    say: "{area} off in {length}"
    run: {schedule: {in: "{length}", name: "{area} off", tz: UTC, do: {note: "off {area}"}, say: "The {area} is dark."}}
  - id: off-at
    say: "{area} off at {when}"
    run: {schedule: {at: "{when}", tz: UTC, do: {note: "off {area}"}}}
  - id: off-on
    say: "{area} off on {day} at {when}"
    run: {schedule: {at: "{when}", on: "{day}", tz: UTC, do: {note: "off {area}"}}}
  - id: wake
    title: Wake me
    say: wake me every weekday at {when}
    run: {schedule: {cron: "{when} * * mon-fri", tz: UTC, say: "Good morning", late: 1m}}
  - id: twice
    say: twice until {day}
    run: {schedule: {cron: "* * * * *", tz: UTC, at_most: 2, until: "{day}", do: {note: twice}}}
  - id: fail-soon
    say: fail in {length}
    run: {schedule: {in: "{length}", do: {note: fail}}}
  - id: both
    say: both in {length}
    run: {chain: [{note: first}, {schedule: {in: "{length}", name: one, do: {note: one}}}, {schedule: {in: "{length}", name: two, do: {note: two}}}]}
  - {id: list, say: what is scheduled, run: {schedule: {list: true, tz: UTC}}}
  - {id: list-all, say: what is scheduled for all, run: {schedule: {list: true, whose: all, tz: UTC}}}
  - {id: cancel, say: "cancel {job}", run: {schedule: {cancel: "{job}", tz: UTC}}}
`

// A desk is a base with its commands on a journal.
type desk struct {
	t    *testing.T
	note *note
	out  *outbox
	book *journal.Journal
	base bot.Base
	deny atomic.Bool
	n    int

	mu       sync.Mutex
	ahead    time.Duration // of the clock on the wall
	warnings []string
}

func (d *desk) warn(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.warnings = append(d.warnings, err.Error())
}

func newDesk(t *testing.T, path string) *desk {
	t.Helper()
	book, err := journal.Open(t.Context(), path, journal.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{t: t, note: &note{}, out: &outbox{}, book: book}
	d.load(house)
	return d
}

// jump sets the clock on the wall, and waits until everybody has looked at it:
// to sleep for days would have it looked at ten thousands of times.
func (d *desk) jump(to time.Time) {
	ahead := time.Until(to)
	d.mu.Lock()
	d.ahead = ahead
	d.mu.Unlock()
	time.Sleep(3 * time.Second)
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Add(d.ahead)
}

func (d *desk) load(text string) {
	d.t.Helper()
	kb, err := knowledge.Load(d.t.Context(), knowledge.Options{FS: fstest.MapFS{"k.yaml": {Data: []byte(text)}}, Dir: ".", Paths: []string{"k.yaml"}})
	if err != nil {
		d.t.Fatal(err)
	}
	kinds := map[string]dispatch.Kind{"note": d.note.kind}
	kinds["chain"] = chain.New(kinds)
	kinds["schedule"] = schedule.New(kinds, schedule.Deps{Store: d.book, Now: d.now})
	dispatcher, err := dispatch.New(kb, kinds, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}, Now: d.now})
	if err != nil {
		d.t.Fatal(err)
	}
	d.base = bot.Base{Knowledge: kb, Dispatcher: denying{dispatcher, &d.deny}}
}

// denying refuses everything when it is told to.
type denying struct {
	bot.Dispatcher
	deny *atomic.Bool
}

func (d denying) Dispatch(ctx context.Context, c bot.Call) (bot.Result, error) {
	if d.deny.Load() {
		return bot.Result{Failed: true, Refused: bot.NoRight}, nil
	}
	return d.Dispatcher.Dispatch(ctx, c)
}

// say gives a command, and gives its text or "failed: " and its problem.
func (d *desk) say(who bot.Address, sentence string) string {
	d.t.Helper()
	matches := d.base.Knowledge.Grammar.Match(sentence, d.now())
	if len(matches) == 0 {
		d.t.Fatalf("nothing matches %q", sentence)
	}
	e, _ := d.base.Knowledge.Entry(matches[0].ID)
	d.n++
	result, err := d.base.Dispatcher.Dispatch(d.t.Context(), bot.Call{
		Key: fmt.Sprint(d.n), Base: "house", Entry: e, Slots: matches[0].Slots, Caller: bot.Caller{Sender: who, Channel: who},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if result.Failed {
		return "failed: " + result.Problem
	}
	return result.Text
}

// run runs a clock until the function that it gives is called.
func (d *desk) run(adapters ...string) (stop func()) {
	c := schedule.NewClock(schedule.ClockDeps{
		Ledger: d.book, Bases: func() []string { return []string{"house"} }, Base: func(string) (bot.Base, bool) { return d.base, true },
		Outbox: d.out, Adapters: func() []string { return adapters }, Now: d.now,
		Warn: d.warn,
	})
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan struct{})
	go func() {
		c.Run(ctx)
		close(done)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (d *desk) expect(what, done, sent string) {
	d.t.Helper()
	if diff := cmp.Diff(done, d.note.take()); diff != "" {
		d.t.Errorf("%s: done (-want +got):\n%s", what, diff)
	}
	if diff := cmp.Diff(sent, d.out.take()); diff != "" {
		d.t.Errorf("%s: sent (-want +got):\n%s", what, diff)
	}
}

// in runs a test in a bubble, where time passes when everybody waits. It begins
// on Saturday, the first of January 2000, at midnight in UTC.
func in(t *testing.T, f func(t *testing.T, d *desk)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	synctest.Test(t, func(t *testing.T) { f(t, newDesk(t, path)) })
}

func TestWords(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		for _, c := range []struct{ say, want string }{
			{"kitchen off in 10 minutes", "**kitchen off** is due in 10 minutes, today at 00:10."},
			{"living room off in 90 seconds", "**living room off** is due in 90 seconds, today at 00:01:30."},
			{"kitchen off in 3 hours", "**kitchen off** is due in about 3 hours, today at 03:00."},
			{"kitchen off in 2 days", "**kitchen off** is due on Monday at 00:00."},
			{"kitchen off at 7 pm", "**off at** is due today at 19:00."},
			{"kitchen off at midnight", "**off at** is due tomorrow at 00:00."},
			{"kitchen off on the 3rd of june at 7:30", "**off on** is due on Saturday, 3 June at 07:30."},
			{"kitchen off on june 3 2004 at 7:30", "**off on** is due on Thursday, 3 June 2004 at 07:30."},
			{"kitchen off on today at midnight", "failed: that time is over already"},
			{"kitchen off on june 3 2014 at 7:30", "failed: that is more than ten years ahead"},
			{"kitchen off in 600 weeks", "failed: that is more than ten years ahead"},
			{"kitchen off in 0 seconds", "failed: that is no time ahead"},
			{"wake me every weekday at half past seven", "**Wake me** is due every weekday at 07:30 (UTC), next on Monday at 07:30."},
			{"twice until yesterday", "failed: it would end before it is due for the first time"},
		} {
			want := strings.ReplaceAll(c.want, "(UTC)", `\(UTC\)`)
			if got := d.say("terminal:a", c.say); got != want {
				t.Errorf("%s: %s\nwant: %s", c.say, got, want)
			}
		}
		d.expect("nothing is done yet", "", "")
	})
}

func TestFire(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		defer d.run("terminal")()
		d.say("terminal:a", "living room off in 1 minute")
		time.Sleep(time.Minute - time.Millisecond)
		d.expect("before", "", "")
		time.Sleep(time.Second)
		d.expect("then", "off living_room", "terminal:a: The living room is dark.\n\n```\noff living_room\n```")

		// A failure, and a refusal of what may not be run any more.
		d.say("terminal:a", "fail in 10 seconds")
		time.Sleep(11 * time.Second)
		d.expect("a failure", "fail", "terminal:a: **fail soon** was due today at 00:01:10.\n\nThat did not work: it \\<failed\\>\n\n```\noh\n```")
		d.say("terminal:a", "fail in 10 seconds")
		d.deny.Store(true)
		time.Sleep(11 * time.Second)
		d.expect("a refusal", "", "terminal:a: **fail soon** was due today at 00:01:21.\n\nYou may not do that here.")
		d.deny.Store(false)

		// Parts of a chain come each by itself, and the chain is not begun again.
		d.say("terminal:a", "both in 10 seconds")
		d.expect("the chain", "first", "")
		time.Sleep(11 * time.Second)
		done := strings.Split(d.note.take(), ", ")
		slices.Sort(done)
		if diff := cmp.Diff([]string{"one", "two"}, done); diff != "" {
			t.Error(diff)
		}
		d.out.take()
		if got := d.say("terminal:a", "what is scheduled"); got != "Nothing is scheduled." {
			t.Error(got)
		}
	})
}

func TestRepeat(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		defer d.run("terminal")()
		d.say("terminal:a", "twice until tomorrow")
		time.Sleep(61 * time.Second)
		d.expect("once", "twice", "terminal:a: ```\ntwice\n```")
		time.Sleep(3 * time.Minute)
		d.expect("twice, and no more", "twice", "terminal:a: ```\ntwice\n```")

		d.say("terminal:a", "wake me every weekday at 7")
		for _, day := range []int{3, 4, 5, 6, 7} {
			d.jump(time.Date(2000, 1, day, 6, 59, 50, 0, time.UTC))
			d.expect("before", "", "")
			time.Sleep(12 * time.Second)
			d.expect("a weekday", "", "terminal:a: Good morning")
		}
		d.jump(time.Date(2000, 1, 8, 7, 0, 0, 0, time.UTC))
		d.expect("Saturday", "", "")
		if got, want := d.say("terminal:a", "what is scheduled"), `1. **Wake me**: every weekday at 07:00 \(UTC\), next on Monday at 07:00`; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		d.say("terminal:a", "cancel last")
		d.jump(time.Date(2000, 1, 10, 7, 0, 10, 0, time.UTC))
		d.expect("cancelled", "", "")
	})
}

func TestListAndCancel(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		d.say("terminal:a", "kitchen off in 3 hours")
		d.say("terminal:a", "living room off in 2 hours")
		d.say("terminal:a", "kitchen off at 9")
		d.say("slack:U1", "kitchen off in 5 hours")
		for _, c := range []struct {
			who       bot.Address
			say, want string
		}{
			{"terminal:a", "what is scheduled", "1. **living room off**: today at 02:00\n2. **kitchen off**: today at 03:00\n3. **off at**: today at 09:00"},
			{"slack:U1", "what is scheduled", "1. **kitchen off**: today at 05:00"},
			{"", "what is scheduled", "Nothing is scheduled."},
			{"slack:U2", "cancel all", "failed: nothing is scheduled"},
			{"slack:U2", "what is scheduled for all", "1. **living room off**: today at 02:00, for terminal:a\n2. **kitchen off**: today at 03:00, for terminal:a\n" +
				"3. **kitchen off**: today at 05:00, for slack:U1\n4. **off at**: today at 09:00, for terminal:a"},
			{"terminal:a", "cancel off", "failed: 3 of them may be meant: living room off, today at 02:00; kitchen off, today at 03:00; off at, today at 09:00"},
			{"terminal:a", "cancel the attic", "failed: nothing of that name is scheduled"},
			{"terminal:a", "cancel 7", "failed: nothing of that name is scheduled"},
			{"terminal:a", "cancel Living room", "Cancelled: **living room off**, which was due today at 02:00."},
			{"terminal:a", "cancel last", "Cancelled: **off at**, which was due today at 09:00."},
			{"terminal:a", "cancel 1", "Cancelled: **kitchen off**, which was due today at 03:00."},
			{"terminal:a", "what is scheduled", "Nothing is scheduled."},
			{"slack:U1", "cancel all", "Cancelled: **kitchen off**, which was due today at 05:00."},
		} {
			if got := d.say(c.who, c.say); got != c.want {
				t.Errorf("%s says %q: %s\nwant: %s", c.who, c.say, got, c.want)
			}
		}
		for range 100 {
			d.say("terminal:a", "kitchen off in 3 hours")
		}
		if got := d.say("terminal:a", "kitchen off in 3 hours"); got != "failed: too much is scheduled already; cancel some of it first" {
			t.Error(got)
		}
		if got := d.say("terminal:a", "cancel all"); got != "Cancelled: 100 jobs." {
			t.Error(got)
		}
	})
}

// What was missed while the desk was closed is told, or done when it is not too
// late; what has changed meanwhile is told.
func TestMissedAndChanged(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		d.say("terminal:a", "kitchen off in 10 minutes")
		d.say("terminal:a", "living room off in 20 minutes")
		d.say("terminal:a", "wake me every weekday at 7")
		d.say("terminal:a", "fail in 20 minutes")
		d.say("terminal:a", "both in 20 minutes")
		d.note.take()
		d.jump(time.Date(2000, 1, 1, 0, 15, 2, 0, time.UTC))
		changed := strings.NewReplacer("{say: [living room], value: living_room}", "hall", "name: two", "name: three", "fail-soon", "fail-later").Replace(house)
		d.load(changed)
		stop := d.run("terminal")
		time.Sleep(time.Second)
		d.expect("too late", "", "terminal:a: **kitchen off** was due today at 00:10 and was missed: the desk was closed, or busy. It was not done.")
		d.jump(time.Date(2000, 1, 1, 0, 20, 2, 0, time.UTC))
		stop()
		sent := strings.Split(d.out.take(), "\n")
		slices.Sort(sent)
		want := []string{"```", "```",
			"one", "terminal:a: **fail soon** is due, but cannot be done: there is no such command any more",
			`terminal:a: **living room off** is due, but cannot be done: the command has changed, and "living\_room" is no longer a value for area`,
			`terminal:a: **two** is due, but cannot be done: the command "both" no longer has the part that was put off`,
			"terminal:a: ```"}
		slices.Sort(want)
		if diff := cmp.Diff(normal(want), normal(sent)); diff != "" {
			t.Error(diff)
		}
		if done := d.note.take(); done != "one" {
			t.Errorf("done: %s", done)
		}

		// A repetition that was missed goes on.
		d.jump(time.Date(2000, 1, 5, 0, 15, 0, 0, time.UTC))
		stop = d.run("terminal")
		time.Sleep(time.Second)
		d.expect("missed", "", "terminal:a: **Wake me** was due on Monday, 3 January at 07:00 and was missed: the desk was closed, or busy. It was not done. It is due again today at 07:00.")
		d.jump(time.Date(2000, 1, 5, 7, 0, 2, 0, time.UTC))
		d.expect("the next time", "", "terminal:a: Good morning")
		stop()
	})
}

// normal drops the fences.
func normal(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return s == "```" })
}

// Of two processes on one journal exactly one carries a job out, and one that
// reaches the person goes first.
func TestTwoClocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	synctest.Test(t, func(t *testing.T) {
		a, b := newDesk(t, path), newDesk(t, path)
		defer a.run("terminal")()
		defer b.run("terminal")()
		for i := range 50 {
			a.n = 1000 * i
			a.say("terminal:a", fmt.Sprintf("kitchen off in %d seconds", 10+i%5))
		}
		time.Sleep(time.Minute)
		done := append(strings.Split(a.note.take(), ", "), strings.Split(b.note.take(), ", ")...)
		done = slices.DeleteFunc(done, func(s string) bool { return s == "" })
		if len(done) != 50 {
			t.Errorf("%d jobs were done of 50", len(done))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := newDesk(t, path), newDesk(t, path)
		stop := b.run("terminal")
		defer a.run("slack")()
		time.Sleep(10 * time.Second)
		a.say("terminal:a", "kitchen off in 10 seconds")
		a.say("slack:U1", "living room off in 10 seconds")
		time.Sleep(14 * time.Second)
		a.expect("slack", "off living_room", "slack:U1: The living room is dark.\n\n```\noff living_room\n```")
		b.expect("terminal", "off kitchen", "terminal:a: The kitchen is dark.\n\n```\noff kitchen\n```")
		stop()
		a.say("terminal:a", "kitchen off in 10 seconds")
		time.Sleep(14 * time.Second)
		a.expect("it waits for somebody who can tell", "", "")
		time.Sleep(4 * time.Second)
		if done := a.note.take(); done != "off kitchen" {
			t.Errorf("nobody else came, and it did %q", done)
		}
	})
}

// When the desk closes, what was begun has a few seconds to end.
func TestClosing(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		d.note.hold = func(ctx context.Context, said string) {
			wait := 3 * time.Second
			if strings.Contains(said, "living") {
				wait = time.Hour
			}
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
		stop := d.run("terminal")
		d.say("terminal:a", "kitchen off in 10 seconds")
		d.say("terminal:b", "living room off in 10 seconds")
		time.Sleep(11 * time.Second)
		start := time.Now()
		stop()
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("closing took %s", took)
		}
		sent := d.out.take()
		if !strings.Contains(sent, "terminal:a: The kitchen is dark.") || !strings.Contains(sent, "terminal:b: **living room off** was due today at 00:00:10.\n\nThat did not work: it was stopped") {
			t.Error(sent)
		}
		if got := d.say("terminal:b", "what is scheduled"); got != "Nothing is scheduled." {
			t.Error(got)
		}
	})
}

// That somebody cannot be told is for whoever runs the desk to know; the job is
// over all the same. A journal that fails is told once, and tried again.
func TestTrouble(t *testing.T) {
	in(t, func(t *testing.T, d *desk) {
		d.out.err = errors.New("the line is dead")
		stop := d.run("terminal")
		d.say("terminal:a", "kitchen off in 10 seconds")
		time.Sleep(12 * time.Second)
		if got := d.say("terminal:a", "what is scheduled"); got != "Nothing is scheduled." {
			t.Error(got)
		}
		if err := d.book.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		if len(d.warnings) != 2 || d.warnings[0] != "telling what became of a job of off-in: the line is dead" ||
			!strings.HasPrefix(d.warnings[1], "what is scheduled is not carried out: scheduling in the journal ") {
			t.Errorf("the warnings are %q", d.warnings)
		}
	})
}

// Where nothing is recorded, whoever schedules is told.
func TestNoStore(t *testing.T) {
	kinds := map[string]dispatch.Kind{"note": (&note{}).kind}
	kind := schedule.New(kinds, schedule.Deps{})
	r, faults := kind(action(t, "{in: '{length}', do: {note: a}, say: b}"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c := bot.Call{Entry: &knowledge.Entry{ID: "x", Command: &knowledge.Command{}}, Slots: map[string]template.Value{"length": {Canonical: "60"}}}
	if result, err := r.Run(t.Context(), c); err != nil || result.Problem != "nothing can be scheduled here, because nothing is recorded" {
		t.Errorf("%+v, %v", result, err)
	}
	if got := r.Preview(c); !strings.HasPrefix(got, "schedule for in 60 seconds, ") || !strings.HasSuffix(got, `: note a, then say "b"`) {
		t.Errorf("the preview is %q", got)
	}
	if got := slices.Sorted(maps.Keys(dispatch.Parts(r))); !slices.Equal(got, []string{"schedule"}) {
		t.Errorf("the parts are %q", got)
	}
	list, _ := kind(action(t, "{list: true}"))
	if result, err := list.Run(t.Context(), c); err != nil || result.Text != "Nothing is scheduled." {
		t.Errorf("%+v, %v", result, err)
	}
}

func action(t testing.TB, text string) knowledge.Action {
	t.Helper()
	node, faults := strictyaml.Parse("k.yaml", []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return knowledge.Action{Kind: "schedule", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}}
}

func TestFaults(t *testing.T) {
	kinds := map[string]dispatch.Kind{"note": (&note{}).kind}
	kinds["schedule"] = schedule.New(kinds, schedule.Deps{})
	kinds["chain"] = chain.New(kinds)
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "{}", "1:1: the schedule does not say when; write in:, at: or cron:; or list: true, or cancel: for what is scheduled already"},
		{"nothing to do", "{in: 5m}", "1:1: nothing is scheduled; write do: with an action, or say: with a text, or both"},
		{"two times", "{in: 5m, cron: 0 7 * * *, say: a}", "1:16: in: and cron: cannot stand together; keep one of them"},
		{"no length", "{in: soon, say: a}", "1:6: \"soon\" is no length of time; write for example 10m or \"{length}\""},
		{"no time", "{at: '25:00', say: a}", "1:6: \"25:00\" is no time of day; write for example \"07:30\" or \"{when}\""},
		{"no date", "{at: '07:00', on: 2026-02-30, say: a}", "1:19: \"2026-02-30\" is no date; write for example 2030-12-31 or \"{day}\""},
		{"no rule", "{cron: 0 7 * *, say: a}", "1:8: \"0 7 * *\" is no rule of five fields; write minute, hour, day, month and weekday, for example 0 7 * * mon-fri"},
		{"seconds", "{cron: 0 0 7 * * *, say: a}", "1:8: \"0 0 7 * * *\" is no rule of five fields; write minute, hour, day, month and weekday, for example 0 7 * * mon-fri"},
		{"a name", "{cron: '@every 1s', say: a}", "1:8: \"@every 1s\" is no rule of five fields; write minute, hour, day, month and weekday, for example 0 7 * * mon-fri"},
		{"a zone in the rule", "{cron: 'TZ=UTC 7 * * *', say: a}", "1:8: \"TZ=UTC 7 * * *\" is no rule: expected exactly 5 fields, found 4: [7 * * *]; write minute, hour, day, month and weekday, for example 0 7 * * mon-fri"},
		{"never", "{cron: 0 7 30 2 *, say: a}", "1:8: there is no such time within five years; write minute, hour, day, month and weekday, for example 0 7 * * mon-fri"},
		{"a schedule in a schedule", "{in: 5m, do: {chain: [{schedule: {in: 5m, say: a}}]}}", "1:14: a schedule cannot stand inside a schedule; schedule both beside each other, in a chain"},
		{"a list in a schedule", "{in: 5m, do: {schedule: {list: true}}}", "1:14: a schedule cannot stand inside a schedule; write it as a command of its own"},
		{"many at once", "{in: 5m, on: 2026-01-01, once: true, at_most: 0, tz: Mars/Olympus, late: 48h, whose: x, say: '{', do: {nott: a}}",
			"1:14: on: has no meaning without at:; write at: with a time of day, or remove it\n" +
				"k.yaml:1:32: once: has no meaning without cron:; remove it\n" +
				"k.yaml:1:47: at_most: has no meaning without cron:; remove it\n" +
				"k.yaml:1:47: nothing can be done 0 times; write a number from 1 to 1000000\n" +
				"k.yaml:1:54: there is no time zone \"Mars/Olympus\"; write a name such as Europe/Berlin or UTC\n" +
				"k.yaml:1:74: nothing can be late by 48h0m0s; write a time from 0s to 24h\n" +
				"k.yaml:1:86: whose: has no meaning for what is put off; remove it; it belongs to list: and cancel:\n" +
				"k.yaml:1:94: { is never closed; close it with }, or write \\{ for the character itself\n" +
				"k.yaml:1:104: unknown kind of command \"nott\"; did you mean \"note\"? known kinds: chain, note, schedule"},
		{"a list with more", "{list: false, do: {note: a}, name: x, whose: mine}", "1:8: list: false does nothing; write list: true\n" +
			"k.yaml:1:19: do: has no meaning with list: or cancel:; remove it\nk.yaml:1:36: name: has no meaning with list: or cancel:; remove it\n" +
			"k.yaml:1:46: whose: cannot be \"mine\"; write own or all"},
		{"a secret", "{in: 5m, say: '${env:KEY}', name: '${file:x}'}", "1:15: a secret would be said; remove it; write $\\{ for the characters themselves\n" +
			"k.yaml:1:35: a secret would be said; remove it; write $\\{ for the characters themselves"},
		{"cancel what", "{cancel: ' '}", "1:10: cancel: does not say what; write last, all, or \"{job}\""},
		{"once and a bound", "{cron: 0 7 * * *, once: true, until: 2030-01-01, say: ''}", "1:38: until: has no meaning with once: true; keep one of them\n" +
			"k.yaml:1:55: there is nothing to say; write a text, or remove the key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults := kinds["schedule"](action(t, c.text))
			if diff := cmp.Diff("k.yaml:"+c.want, faults.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
	off := schedule.New(kinds, schedule.Deps{Off: "the journal is switched off"})
	if _, faults := off(action(t, "{in: 5m, say: a}")); faults.Error() != "k.yaml:1:1: nothing can be scheduled: the journal is switched off; change that, or remove the command" {
		t.Error(faults)
	}
}
