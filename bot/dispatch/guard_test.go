package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/reply"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

var guardPeople = map[string]dispatch.Person{
	"ann": {Is: []bot.Address{"slack:U1", "mic:hall"}, Roles: []string{"staff", "boss"}},
	"bob": {Is: []bot.Address{"slack:U2"}, Roles: []string{"staff"}},
	"cyd": {},
}

// loadBase reads a base of commands.
func loadBase(t *testing.T, commands string) *knowledge.Base {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{
		FS: fstest.MapFS{"k.yaml": {Data: []byte("format: 1\ncommands:\n" + commands)}}, Paths: []string{"k.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// A rig is a dispatcher whose commands count how often they ran.
type rig struct {
	*dispatch.Dispatcher
	t    *testing.T
	base *knowledge.Base
	runs int
	now  time.Time
}

func newRig(t *testing.T, o dispatch.Options, commands string) *rig {
	t.Helper()
	r := &rig{t: t, base: loadBase(t, commands), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local)} // a Monday
	o.People, o.Now = dispatch.NewPeople(guardPeople), func() time.Time { return r.now }
	counting := fake{run: func(context.Context, map[string]template.Value) (bot.Result, error) {
		r.runs++
		return bot.Result{Output: "ran"}, nil
	}}
	d, err := dispatch.New(r.base, map[string]dispatch.Kind{"count": kind(counting), "reply": reply.New}, o)
	if err != nil {
		t.Fatal(err)
	}
	r.Dispatcher = d
	return r
}

func (r *rig) call(id, key string, c bot.Caller) bot.Result {
	r.t.Helper()
	e, ok := r.base.Entry(id)
	if !ok {
		r.t.Fatalf("there is no %s", id)
	}
	result, err := r.Dispatch(r.t.Context(), bot.Call{Entry: e, Key: key, Caller: c})
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

func sender(a bot.Address) bot.Caller { return bot.Caller{Sender: a, Channel: a} }

// TestRights: who may run what, from where and when. What is not opened is
// closed, and the same holds before and at the running.
func TestRights(t *testing.T) {
	r := newRig(t, dispatch.Options{Allow: &knowledge.Rights{Grants: []knowledge.Grant{{Roles: []knowledge.Named{{Name: "boss"}}}}}}, `
  - {id: base, title: A, run: {count: {}}}
  - {id: says, title: B, reply: Hello.}
  - {id: hushed, title: C, reply: Hello., allow: nobody}
  - {id: open, title: D, run: {count: {}}, allow: everybody}
  - {id: person, title: E, run: {count: {}}, allow: {people: [bob], roles: boss}}
  - {id: room, title: F, run: {count: {}}, allow: {rooms: [hall], adapters: [mic]}}
  - {id: hours, title: G, run: {count: {}}, allow: {roles: [staff], hours: ["mon-fri 08:00-17:00", "sat 22:00-02:00"]}}
  - {id: channel, title: H, run: {count: {}}, allow: [{channels: ["slack:C1"]}, {people: [cyd]}]}
`)
	ann, bob, eve := sender("slack:U1"), sender("slack:U2"), sender("slack:U9")
	in := func(c bot.Caller, channel bot.Address, room string) bot.Caller {
		c.Channel, c.Context = channel, map[string]string{"room": room}
		return c
	}
	noon := r.now
	for _, c := range []struct {
		id   string
		who  bot.Caller
		at   time.Time
		want bool
	}{
		{"base", ann, noon, true}, {"base", bob, noon, false}, {"base", eve, noon, false}, {"base", bot.Caller{}, noon, false},
		{"says", eve, noon, true}, {"hushed", ann, noon, false}, {"open", eve, noon, true},
		{"person", ann, noon, true}, {"person", bob, noon, true}, {"person", eve, noon, false},
		{"room", in(sender("mic:any"), "mic:any", "hall"), noon, true},
		{"room", in(sender("mic:any"), "mic:any", "attic"), noon, false},
		{"room", in(ann, "slack:C1", "hall"), noon, false},
		{"room", in(sender("mic"), "mic", ""), noon, false},
		{"hours", bob, noon, true}, {"hours", eve, noon, false},
		{"hours", bob, noon.Add(5 * time.Hour), false},                  // Monday 17:00
		{"hours", bob, noon.Add(4*time.Hour + 59*time.Minute), true},    // Monday 16:59
		{"hours", bob, noon.AddDate(0, 0, 5), false},                    // Saturday noon
		{"hours", bob, noon.AddDate(0, 0, 5).Add(10 * time.Hour), true}, // Saturday 22:00
		{"hours", bob, noon.AddDate(0, 0, 6).Add(-11 * time.Hour), true},
		{"hours", bob, noon.AddDate(0, 0, 6).Add(-10 * time.Hour), false}, // Sunday 02:00
		{"channel", in(eve, "slack:C1", ""), noon, true}, {"channel", in(eve, "slack:C2", ""), noon, false},
		{"channel", bot.Caller{Sender: "mic:x", Person: "cyd"}, noon, true},
	} {
		r.now = c.at
		e, _ := r.base.Entry(c.id)
		if got := r.May(e, c.who); got != c.want {
			t.Errorf("%s by %+v at %s: %v", c.id, c.who, c.at.Format("Mon 15:04"), got)
		}
		before := r.runs
		result := r.call(c.id, "", c.who)
		if refused := result.Refused == bot.NoRight && result.Failed; refused == c.want || c.id != "says" && (r.runs > before) != c.want {
			t.Errorf("%s by %+v at %s: %+v", c.id, c.who, c.at.Format("Mon 15:04"), result)
		}
	}
	want := map[string]string{
		"base": "ann (slack:U1, mic:hall)", "says": "everybody", "hushed": "nobody", "open": "everybody",
		"person": "ann (slack:U1, mic:hall), bob (slack:U2)", "room": "anybody, through mic, in the room hall",
		"hours":   "ann (slack:U1, mic:hall), bob (slack:U2), at mon,tue,wed,thu,fri 08:00-17:00, sat 22:00-02:00",
		"channel": "anybody, in the channel slack:C1|cyd",
	}
	got := map[string]string{}
	for _, e := range r.base.Entries {
		lines, _, _ := r.Holders(e)
		got[e.ID] = strings.Join(lines, "|")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLimits: a limit holds until its time is over, for whom it counts.
func TestLimits(t *testing.T) {
	r := newRig(t, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}}, `
  - {id: person, title: A, run: {count: {}}, limits: {person: 2 in 1m}}
  - {id: cool, title: B, run: {count: {}}, cooldown: 10s}
  - {id: room, title: C, run: {count: {}}, limits: {room: 1 in 1m}}
`)
	ann, annToo, bob := sender("slack:U1"), sender("mic:hall"), sender("slack:U2")
	hall := bot.Caller{Sender: "mic:x", Context: map[string]string{"room": "hall"}}
	attic := bot.Caller{Sender: "mic:x", Context: map[string]string{"room": "attic"}}
	for i, step := range []struct {
		id      string
		who     bot.Caller
		wait    time.Duration
		refused bot.Refusal
	}{
		{"person", ann, 0, ""}, {"person", annToo, 0, ""}, {"person", ann, 0, bot.TooOften}, {"person", bob, 0, ""},
		{"person", annToo, 59 * time.Second, bot.TooOften}, {"person", ann, time.Second, ""},
		{"cool", ann, 0, ""}, {"cool", bob, 9 * time.Second, bot.TooOften}, {"cool", bob, time.Second, ""},
		{"room", hall, 0, ""}, {"room", hall, 0, bot.TooOften}, {"room", attic, 0, ""}, {"room", ann, 0, ""}, {"room", ann, 0, ""},
	} {
		r.now = r.now.Add(step.wait)
		result := r.call(step.id, "", step.who)
		if result.Refused != step.refused || (step.refused != "") != result.Until.After(r.now) {
			t.Errorf("step %d, %s: %+v", i, step.id, result)
		}
	}
}

// TestOnce: a key is carried out once, and its result is given again.
func TestOnce(t *testing.T) {
	r := newRig(t, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}}, "  - {id: a, title: A, run: {count: {}}}\n")
	for range 3 {
		if result := r.call("a", "k", sender("slack:U1")); result.Failed {
			t.Errorf("%+v", result)
		}
	}
	r.call("a", "other", sender("slack:U1"))
	r.call("a", "", sender("slack:U1"))
	r.call("a", "", sender("slack:U1"))
	if r.runs != 4 {
		t.Errorf("it ran %d times, want 4", r.runs)
	}
}

// broken is a ledger that fails, or knows of a key that was never ended.
type broken struct {
	standing bot.Standing
	err      error
	refused  []string
}

func (b *broken) Begin(context.Context, bot.Attempt, []bot.Limit) (bot.Standing, error) {
	return b.standing, b.err
}
func (b *broken) End(context.Context, bot.Attempt, bot.Outcome) error { return b.err }
func (b *broken) Refuse(_ context.Context, a bot.Attempt, reason string) error {
	b.refused = append(b.refused, a.Entry+": "+reason)
	return b.err
}

// TestUncertain: what was begun and never ended is not begun again, and a command
// that is guarded does not run where that cannot be recorded.
func TestUncertain(t *testing.T) {
	ledger := &broken{standing: bot.Standing{Earlier: true}}
	r := newRig(t, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}, Ledger: ledger, Recorded: true}, `
  - {id: plain, title: A, run: {count: {}}}
  - {id: once, title: B, run: {count: {}}, once: true}
  - {id: door, title: C, run: {count: {}}, dangerous: true}
`)
	if result := r.call("plain", "k", sender("slack:U1")); result.Refused != bot.Uncertain || r.runs != 0 {
		t.Errorf("%+v", result)
	}
	ledger.standing, ledger.err = bot.Standing{}, errors.New("the disk is full")
	for id, want := range map[string]bot.Refusal{"plain": "", "once": bot.Unrecorded, "door": bot.Unrecorded} {
		if result := r.call(id, "k", sender("slack:U1")); result.Refused != want || !strings.Contains(result.Warning, "the disk is full") {
			t.Errorf("%s: %+v", id, result)
		}
	}
	if r.runs != 1 || len(ledger.refused) != 1 {
		t.Errorf("%d ran; refused: %q", r.runs, ledger.refused)
	}
	// Without a journal a command that must not run twice does not run at all.
	r = newRig(t, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}, Recorded: true}, "  - {id: once, title: B, run: {count: {}}, once: true}\n")
	if result := r.call("once", "k", sender("slack:U1")); result.Refused != bot.Unrecorded || r.runs != 0 {
		t.Errorf("in memory: %+v", result)
	}
}

// TestPaused: nothing runs in a pause, but what only says something does.
func TestPaused(t *testing.T) {
	paused := true
	ledger := &broken{standing: bot.Standing{Begun: true}}
	r := newRig(t, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}, Ledger: ledger,
		Paused: func(now time.Time) (string, time.Time, bool) { return "moving house", now.Add(time.Hour), paused }}, `
  - {id: runs, title: A, run: {count: {}}}
  - {id: says, title: B, reply: Hello.}
`)
	if result := r.call("runs", "", sender("slack:U1")); result.Refused != bot.Paused || result.Problem != "moving house" || r.runs != 0 {
		t.Errorf("%+v", result)
	}
	if result := r.call("says", "", sender("slack:U1")); result.Failed {
		t.Errorf("%+v", result)
	}
	if diff := cmp.Diff([]string{"runs: paused"}, ledger.refused); diff != "" {
		t.Error(diff)
	}
	paused = false
	if result := r.call("runs", "", sender("slack:U1")); result.Failed || r.runs != 1 {
		t.Errorf("%+v", result)
	}
}

// TestDryRun: nothing runs, and nothing is claimed to have run.
func TestDryRun(t *testing.T) {
	r := newRig(t, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}, DryRun: true}, "  - {id: a, title: A, run: {count: {}}}\n")
	if result := r.call("a", "", sender("slack:U1")); r.runs != 0 || result.Output != "" || result.Failed {
		t.Errorf("%+v", result)
	}
}

// TestRightsFaults: what the guards name and nobody has is a fault at load.
func TestRightsFaults(t *testing.T) {
	base := loadBase(t, `
  - {id: a, title: A, run: {count: {}}, allow: {roles: [staf, cook], people: [dan]}}
  - {id: b, title: B, run: {count: {}}, approve: {roles: [boss], count: 2}}
  - {id: c, title: C, run: {count: {}}, pin: true}
  - {id: d, title: D, run: {count: {}}, once: true}
`)
	_, err := dispatch.New(base, map[string]dispatch.Kind{"count": kind(fake{})}, dispatch.Options{People: dispatch.NewPeople(guardPeople)})
	var faults fault.List
	if !errors.As(err, &faults) {
		t.Fatalf("error: %v", err)
	}
	want := strings.TrimSpace(`
k.yaml:4:57: there is no role "staf"; did you mean "staff"?
k.yaml:4:63: there is no role "cook"; give it to somebody under people: in the configuration, which has boss, staff
k.yaml:4:79: there is no person "dan"; name them under people: in the configuration, which has ann, bob, cyd
k.yaml:5:29: 2 people must approve, and only 1 may; give the role to more people, or lower count:
k.yaml:6:29: the command asks for a PIN, and nobody has one; write pin: for somebody under people: in the configuration; "frontdesk pin" makes it
k.yaml:7:29: that a command runs once cannot be held without a journal; switch the journal on, or remove once:`)
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestHashPIN: a PIN is digits, and only its own hash is taken for it.
func TestHashPIN(t *testing.T) {
	for _, pin := range []string{"", "123", "1234567890123", "12a4", "१२३४"} {
		if _, err := dispatch.HashPIN(pin); err == nil {
			t.Errorf("%q is taken", pin)
		}
	}
	hash, err := dispatch.HashPIN("4711")
	if err != nil || !dispatch.IsPINHash(hash) || dispatch.IsPINHash("4711") || dispatch.IsPINHash(strings.Replace(hash, "$10$", "$31$", 1)) {
		t.Errorf("%q, %v", hash, err)
	}
}

// TestTries: wrong PINs lock out their sender and nobody else, for five minutes.
func TestTries(t *testing.T) {
	hash, err := dispatch.HashPIN("4711")
	if err != nil {
		t.Fatal(err)
	}
	people := dispatch.NewPeople(map[string]dispatch.Person{"ann": {PIN: hash}, "bob": {}})
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	all, none := func(string) bool { return true }, func(string) bool { return false }
	for i, step := range []struct {
		sender bot.Address
		pin    string
		may    func(string) bool
		wait   time.Duration
		person string
		locked bool
	}{
		{"mic:a", "4711", all, 0, "ann", false},
		{"mic:a", "4711", none, 0, "", false}, // of somebody who may not
		{"mic:a", "4711", all, 0, "ann", false},
		{"mic:a", "1111", all, 0, "", false}, {"mic:a", "2222", all, time.Minute, "", false}, {"mic:a", "3333", all, 0, "", true},
		{"mic:a", "4711", all, 0, "", true}, {"mic:b", "4711", all, 0, "ann", false},
		{"mic:a", "4711", all, 3 * time.Minute, "", true}, {"mic:a", "4711", all, time.Minute, "ann", false},
		{"mic:a", strings.Repeat("4", 100), all, 0, "", false},
	} {
		now = now.Add(step.wait)
		if person, locked := people.Prove(step.sender, step.pin, now, step.may); person != step.person || locked != step.locked {
			t.Errorf("step %d: %q, %v", i, person, locked)
		}
	}
}
