package bot_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/bottest"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"
)

const guardedYAML = `format: 1
slots:
  area: {values: [kitchen, office, {say: [living room, lounge], value: living_room}], ask: "Which room?"}
faq:
  - {id: hours, question: When are you open?, answer: From nine to five., followups: [vault]}
commands:
  - id: lights-on
    say: ["turn on the {area} lights", "lights on"]
    run: {note: "{area} on"}
    allow: {roles: [staff]}
  - id: lights-off
    say: ["turn off the {area} lights"]
    run: {note: "{area} off"}
    allow: {roles: [staff]}
  - id: heating
    say: ["heat the {area} to {degrees} [degrees]"]
    slots: {degrees: {type: number, from: 5, to: 30, step: 0.5, adjust: {by: 1, up: warmer, down: cooler}}}
    run: {note: "{area} at {degrees}"}
    reply: "{area} {degrees}"
    allow: everybody
  - id: door
    title: Unlock the door
    say: ["unlock the {door} door"]
    slots: {door: {values: [front, back]}}
    run: {note: "{door}"}
    allow: {roles: [staff]}
    pin: true
  - id: vault
    title: Open the vault
    say: [open the vault]
    run: {note: vault}
    allow: {roles: [staff]}
    approve: {roles: [boss], count: 2, within: 5m, in: "test:bosses"}
  - id: siren
    say: [sound the siren]
    run: {note: siren}
    allow: {roles: [boss]}
  - id: party
    say: [start the party]
    run: {note: party}
    allow: everybody
    quiet: "22:00-07:00"
  - id: bell
    say: [ring the bell]
    run: {note: bell}
    allow: everybody
    confirm: below 0.995
  - id: horn
    say: [sound the horn]
    run: {note: "horn for {who} in {room}"}
    slots: {who: {type: text, context: sender}, room: {values: [hall, attic], context: room}}
    allow: everybody
`

// A guarded desk is one over guardedYAML, with real rights and guards, whose
// commands are noted.
type guarded struct {
	t        *testing.T
	bot      *bot.Bot
	base     bot.Base
	ran      []string // what was run, by whom and with which assent
	sent     []bot.Reply
	store    *bottest.Journal
	refused  []string // attempts
	approval string   // the last one asked for
	now      time.Time
	n        int
}

// Send notes what goes elsewhere.
func (g *guarded) Send(_ context.Context, to bot.Address, r bot.Reply) error {
	r.To = to
	g.sent = append(g.sent, r)
	return nil
}

// A note is a command that notes what it is told.
type note struct {
	desk *guarded
	text knowledge.Text
}

func (n note) Slots() []string           { return n.text.Slots() }
func (n note) Preview(c bot.Call) string { return n.expand(c) }
func (n note) expand(c bot.Call) string {
	return n.text.Expand(func(slot string) string { return c.Slots[slot].Canonical })
}

func (n note) Run(_ context.Context, c bot.Call) (bot.Result, error) {
	line := n.expand(c)
	if who := c.Caller.Person; who != "" {
		line += " by " + who
	}
	if c.Assent != "" {
		line += " (" + c.Assent + ")"
	}
	n.desk.ran = append(n.desk.ran, line)
	return bot.Result{}, nil
}

// hashes gives the hashes of the PINs, cheap ones.
var hashes = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, pin := range []string{"1234", "9876"} {
		hash, err := bcrypt.GenerateFromPassword([]byte(pin), bcrypt.MinCost)
		if err != nil {
			panic(err)
		}
		out[pin] = string(hash)
	}
	return out
})

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{
		FS: fstest.MapFS{"desk.yaml": {Data: []byte(guardedYAML)}}, Paths: []string{"desk.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	g := &guarded{t: t, store: &bottest.Journal{}, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local)}
	people := dispatch.NewPeople(map[string]dispatch.Person{
		"ann": {Is: []bot.Address{"test:ann"}, Roles: []string{"staff"}, PIN: hashes()["1234"]},
		"bob": {Is: []bot.Address{"test:bob"}, Roles: []string{"boss"}, PIN: hashes()["9876"]},
		"cyd": {Is: []bot.Address{"test:cyd"}, Roles: []string{"boss", "staff"}},
	})
	d, err := dispatch.New(base, map[string]dispatch.Kind{"note": func(a knowledge.Action) (dispatch.Runner, fault.List) {
		text, err := knowledge.ParseText(a.Node.Value)
		if err != nil {
			t.Fatal(err)
		}
		return note{desk: g, text: text}, nil
	}}, dispatch.Options{People: people, Ledger: refusals{dispatch.NewMemory(), g}, Now: func() time.Time { return g.now }})
	if err != nil {
		t.Fatal(err)
	}
	search := &bottest.Searcher{Base: base, Finds: map[string][]bottest.Found{
		"siren or vault":        {{ID: "siren", Probability: 0.5}, {ID: "vault", Probability: 0.4}},
		"some light":            {{ID: "lights-on", Probability: 0.93}},
		"turn them off again":   {{ID: "lights-off", Probability: 0.95}},
		"heat it":               {{ID: "heating", Probability: 0.95}},
		"make the noise":        {{ID: "siren", Probability: 0.95}},
		"lights and some light": {{ID: "lights-on", Probability: 0.95}},
		"bacon and eggs":        {{ID: "hours", Probability: 0.2}},
		"When are you open?":    {{ID: "hours", Probability: 0.95}},
	}}
	g.bot = bot.New(bot.DefaultConfig(), bot.Deps{Journal: g.store, Outbox: g, Now: func() time.Time { return g.now }})
	g.base = bot.Base{Knowledge: base, Index: search, Dispatcher: d, Rights: d}
	g.bot.SetBase("desk", g.base)
	return g
}

// by says something as somebody: "ann: turn on the kitchen lights". Before the
// colon "heard" has it heard, "doubted" heard badly, and "in ROOM" said there;
// "press" presses an option.
func (g *guarded) by(line string) bot.Reply {
	g.t.Helper()
	head, text, _ := strings.Cut(line, ": ")
	g.n++
	words := strings.Fields(head)
	m := bot.Message{ID: fmt.Sprint(g.n), Kind: bot.Text, Conversation: "c " + words[0], Sender: bot.Address("test:" + words[0]), Address: "test:room", Text: text}
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "heard":
			m.Heard = true
		case "edited":
			m.Kind = bot.Edit
		case "doubted":
			m.Heard, m.Doubted = true, true
		case "press":
			m.Kind, m.Choice, m.Text = bot.Choice, text, ""
		case "in":
			m.Context = map[string]string{"room": words[i+1]}
			i++
		}
	}
	r, err := g.bot.Handle(g.t.Context(), m)
	if err != nil {
		g.t.Fatalf("%s: %v", line, err)
	}
	return r
}

// TestGuardedTalks reads as conversations: what is said, and the decision with
// what it ran since.
func TestGuardedTalks(t *testing.T) {
	for name, talk := range map[string][]string{
		"a right is needed, and a stranger has none": {
			"ann: turn on the kitchen lights", "run kitchen on",
			"eve: turn on the kitchen lights", "refuse",
			"bob: turn on the kitchen lights", "refuse",
			"ann: sound the siren", "refuse",
			"bob: sound the siren", "run siren",
		},
		"nothing is asked of who may not run it": {
			"eve: lights on", "refuse",
			"ann: lights on", "ask",
			"ann: office", "run office on",
		},
		"what may not be run is not suggested": {
			"ann: siren or vault", "suggest",
			"ann: 1", "approve",
			"eve: siren or vault", "abstain",
		},
		"a spoken command that needs a PIN is by whose PIN it is": {
			"mic heard: unlock the front door", "prove",
			"mic heard: one two three four", "run front by ann (pin)",
			"mic heard: unlock the back door", "prove",
			"mic heard: 12 34", "run back by ann (pin)",
			"ann: unlock the back door", "run back",
			"eve: unlock the back door", "refuse",
		},
		"a PIN of somebody who may not, and a wrong one": {
			"mic heard: unlock the front door", "prove",
			"mic heard: nine eight seven six", "prove",
			"mic heard: twelve thirty five", "prove",
			"mic heard: 9 9 9 9", "refuse",
			"mic heard: unlock the front door", "prove",
			"mic heard: one two three four", "refuse",
			"after 5m", "",
			"mic heard: unlock the front door", "prove",
			"mic heard: one two three four", "run front by ann (pin)",
		},
		"a PIN can be declined, and expires": {
			"mic heard: unlock the front door", "prove",
			"mic heard: never mind", "cancel",
			"mic heard: one two three four", "abstain",
			"mic heard: unlock the front door", "prove",
			"after 61s", "",
			"mic heard: one two three four", "cancel",
		},
		"two others must approve": {
			"ann: open the vault", "approve",
			"ann press: approve:ID", "refuse",
			"eve press: approve:ID", "refuse",
			"bob press: approve:ID", "nothing",
			"bob press: approve:ID", "nothing",
			"cyd press: approve:ID", "run vault (approved by bob, cyd)",
			"cyd press: approve:ID", "nothing",
		},
		"who may approve does not approve their own": {
			"cyd: open the vault", "approve",
			"cyd press: approve:ID", "refuse",
			"bob: approve ID", "nothing",
			"cyd press: refuse:ID", "cancel",
			"bob: approve ID", "nothing",
		},
		"an approval is refused, or comes too late": {
			"ann: open the vault", "approve",
			"bob edited: approve ID", "abstain",
			"bob doubted: approve ID", "abstain",
			"bob: refuse ID", "cancel",
			"cyd press: approve:ID", "nothing",
			"ann: open the vault", "approve",
			"bob press: approve:ID", "nothing",
			"after 5m", "",
			"cyd press: approve:ID", "cancel",
		},
		"quiet hours, and a confirmation below a bar": {
			"ann: start the party", "run party",
			"ann: ring the bell", "confirm",
			"ann: yes", "run bell (yes)",
			"after 11h", "",
			"ann: start the party", "confirm",
			"ann: no", "cancel",
		},
		"what was heard badly is confirmed, and so is its yes": {
			"ann doubted: turn on the office lights", "confirm",
			"ann doubted: yes", "confirm",
			"ann heard: yes", "run office on (yes)",
		},
		"a spoken command takes a higher bar": {
			"ann: some light", "ask",
			"cyd: some light", "ask",
			"mic heard: lights on", "refuse",
			"cyd heard: office", "run office on",
			"cyd heard: some light", "suggest",
		},
		"a correction": {
			"ann: turn on the kitchen lights", "run kitchen on",
			"ann: no, the office", "run office on",
			"ann: I meant the lounge", "run living_room on",
			"ann: the kitchen too", "run kitchen on",
			"ann: the kitchen", "abstain",
			"after 61s", "",
			"ann: no, the office", "abstain",
		},
		"a correction of what is being confirmed": {
			"ann doubted: unlock the front door", "confirm",
			"ann: no, the back door", "confirm",
			"ann: yes", "run back (yes)",
			"ann: unlock the front door", "run front",
			"ann: no, back", "run back",
		},
		"nobody corrects somebody else's command": {
			"ann: turn on the kitchen lights", "run kitchen on",
			"eve: no, the office", "abstain",
		},
		"pronouns": {
			"ann: turn them off again", "ask",
			"ann: cancel", "cancel",
			"ann: turn on the kitchen lights", "run kitchen on",
			"ann: turn them off again", "run kitchen off",
			"after 61s", "",
			"ann: turn them off again", "ask",
		},
		"relative values": {
			"ann: heat the office to 20 degrees", "run office at 20",
			"ann: a bit warmer", "run office at 21",
			"ann: much warmer please", "run office at 23",
			"ann: 2 degrees cooler", "run office at 21",
			"ann: 10 more", "run office at 30",
			"ann: warmer", "run office at 30",
			"ann: cooler, and open the window", "abstain",
			"eve: warmer", "abstain",
		},
		"several commands in one sentence": {
			"ann: turn on the kitchen lights and turn off the office lights, then heat the office to 19", "run kitchen on|office off|office at 19",
			"ann: turn on the kitchen lights and bacon and eggs", "abstain",
			"ann: bacon and eggs", "abstain",
			"ann: turn on the kitchen lights and sound the siren", "abstain",
			"ann: turn on the kitchen lights and ring the bell", "confirm",
			"ann: yes", "run kitchen on (yes)|bell (yes)",
			"ann: turn on the kitchen lights and lights on", "abstain",
			"ann: turn on the kitchen lights and turn on the lounge lights", "run kitchen on|living_room on",
			"ann: lights on and turn off the office lights", "ask",
			"ann: lounge", "run living_room on|office off",
			"mic heard: heat the office to 19 and unlock the front door", "prove",
			"mic heard: 1234", "run office at 19 by ann (pin)|front by ann (pin)",
		},
		"values from the surroundings": {
			"ann in hall: sound the horn", "run horn for test:ann in hall",
			"ann in cellar: sound the horn", "ask",
			"ann: attic", "run horn for test:ann in attic",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuarded(t)
			id := ""
			for i := 0; i+1 < len(talk); i += 2 {
				if d, ok := strings.CutPrefix(talk[i], "after "); ok {
					wait, err := time.ParseDuration(d)
					if err != nil {
						t.Fatal(err)
					}
					g.now = g.now.Add(wait)
					continue
				}
				before := len(g.ran)
				r := g.by(strings.ReplaceAll(talk[i], "ID", id))
				if r.Approval != nil {
					id = r.Approval.ID
				}
				got := strings.TrimSpace(string(r.Decision) + " " + strings.Join(g.ran[before:], "|"))
				if got != talk[i+1] {
					t.Fatalf("%s: %s (%s), want %s", talk[i], got, r.Text, talk[i+1])
				}
			}
		})
	}
}

// TestApprovalElsewhere: those who approve are asked where the owner says, and
// whoever asked is told what became of it.
func TestApprovalElsewhere(t *testing.T) {
	g := newGuarded(t)
	r := g.by("ann: open the vault")
	if len(g.sent) != 1 || g.sent[0].To != "test:bosses" || !strings.Contains(g.sent[0].Text, "Open the vault") || len(g.sent[0].Options) != 2 {
		t.Fatalf("sent: %+v", g.sent)
	}
	g.by("bob press: approve:" + r.Approval.ID)
	g.by("cyd press: approve:" + r.Approval.ID)
	if len(g.sent) != 2 || g.sent[1].To != "test:room" || g.sent[1].InReplyTo != r.InReplyTo || g.sent[1].Conversation != "c ann" || g.sent[1].Decision != bot.Run {
		t.Errorf("sent: %+v", g.sent)
	}
	r = g.by("ann: open the vault")
	g.by("bob press: refuse:" + r.Approval.ID)
	if len(g.sent) != 4 || g.sent[3].To != "test:room" || g.sent[3].Decision != bot.Cancel {
		t.Errorf("refused: %+v", g.sent)
	}
}

// TestPINIsNowhere: what may be a PIN is not recorded.
func TestPINIsNowhere(t *testing.T) {
	g := newGuarded(t)
	for _, said := range []string{"mic heard: unlock the front door", "mic heard: nine nine nine nine", "mic edited: one two three four",
		"mic heard: unlock the front door", "mic heard: 5 5 5 5", "mic heard: 5 5 5 6", "mic heard: one two three four", "mic heard: one two three four"} {
		g.by(said)
	}
	for i, x := range g.store.Exchanges() {
		want := []string{"unlock the front door", "***", "***", "unlock the front door", "***", "***", "***", "***"}[i]
		if x.Question != want || strings.Contains(fmt.Sprintf("%+v", x), "one two") {
			t.Errorf("recorded: %+v, want the question %q", x, want)
		}
	}
}

// TestPINIsNotShown: sound that may hold a PIN is not written down for all to read.
func TestPINIsNotShown(t *testing.T) {
	g := newGuarded(t)
	for i, said := range []string{"unlock the front door", "one two three four"} {
		g.bot = swapRecognizer(g, said)
		g.by("mic heard: unlock the back door")
		r, err := g.bot.Handle(t.Context(), bot.Message{ID: fmt.Sprint("sound", i), Kind: bot.Audio, Conversation: "c mic", Sender: "test:mic", Address: "test:room"})
		if want := []string{said, ""}[i]; err != nil || r.Heard != want {
			t.Errorf("%s: %s, heard %q, %v", said, r.Decision, r.Heard, err)
		}
	}
}

func swapRecognizer(g *guarded, hearing string) *bot.Bot {
	b := bot.New(bot.DefaultConfig(), bot.Deps{Journal: g.store, Recognizer: hears{text: hearing}, Outbox: g, Now: func() time.Time { return g.now }})
	b.SetBase("desk", g.base)
	return b
}

// TestFollowupsOfOthers: what one may not run is no follow-up for them either.
func TestFollowupsOfOthers(t *testing.T) {
	g := newGuarded(t)
	if r := g.by("ann: When are you open?"); len(r.Options) != 1 {
		t.Errorf("ann is offered %+v", r.Options)
	}
	if r := g.by("eve: When are you open?"); len(r.Options) != 0 {
		t.Errorf("eve is offered %+v", r.Options)
	}
}

// TestOnlyWhoAsked: in a conversation of several people, only whoever gave the
// command says yes to it, and what one says does not lose another's question.
func TestOnlyWhoAsked(t *testing.T) {
	g := newGuarded(t)
	say := func(who, text string) bot.Decision {
		t.Helper()
		g.n++
		r, err := g.bot.Handle(t.Context(), bot.Message{ID: fmt.Sprint(g.n), Kind: bot.Text, Conversation: "shared",
			Sender: bot.Address("test:" + who), Address: "test:room", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return r.Decision
	}
	for i, step := range []struct {
		who, text string
		want      bot.Decision
		runs      int
	}{
		{"ann", "ring the bell", bot.Confirm, 0},
		{"eve", "yes", bot.Abstain, 0},
		{"bob", "no", bot.Abstain, 0},
		{"ann", "yes", bot.Run, 1},
		{"eve", "yes", bot.Abstain, 1},
	} {
		if got := say(step.who, step.text); got != step.want || len(g.ran) != step.runs {
			t.Errorf("step %d, %s says %q: %s, ran %q", i, step.who, step.text, got, g.ran)
		}
	}
}

// TestRefusalsAreOnRecord: what was meant and not run is told to the ledger, by
// whom and why.
func TestRefusalsAreOnRecord(t *testing.T) {
	g := newGuarded(t)
	for _, said := range []string{
		"eve: turn on the kitchen lights",
		"ann: ring the bell", "ann: no",
		"ann heard: ring the bell", "ann heard: okay",
		"mic heard: unlock the front door", "mic heard: 5 5 5 5", "mic heard: 5 5 5 6", "mic heard: 5 5 5 7",
		"ann: open the vault", "bob: refuse " + "ID",
	} {
		r := g.by(strings.ReplaceAll(said, "ID", g.approval))
		if r.Approval != nil {
			g.approval = r.Approval.ID
		}
	}
	want := []string{
		"lights-on by test:eve: no right", "bell by ann: declined",
		"door by test:mic: wrong PIN", "door by test:mic: wrong PIN", "door by test:mic: locked",
		"vault by ann: declined",
	}
	if diff := cmp.Diff(want, g.refused); diff != "" {
		t.Error(diff)
	}
	if len(g.ran) > 0 {
		t.Errorf("ran %q", g.ran)
	}
}

// A refusals is a ledger that notes what is refused.
type refusals struct {
	*dispatch.Memory
	desk *guarded
}

func (r refusals) Refuse(_ context.Context, a bot.Attempt, reason string) error {
	r.desk.refused = append(r.desk.refused, a.Entry+" by "+a.Who+": "+reason)
	return nil
}
