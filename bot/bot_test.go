package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"frontdesk/asr"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
	"frontdesk/knowledge"

	"github.com/google/go-cmp/cmp"
)

const deskYAML = `format: 1
slots:
  area: {values: [kitchen, office, {say: [living room, lounge], value: living_room}], ask: "Which room?"}
faq:
  - {id: password, question: How do I reset my password?, answer: Open **Settings**., followups: [email, hours]}
  - {id: email, question: How do I change my email?, answer: Write to us.}
  - {id: hours, question: When are you open?, answer: From nine to five.}
commands:
  - id: lights-on
    say: ["(turn|switch) on [the] {area} lights", "lights on"]
    run: {exec: {command: [echo, "{area}"]}}
    reply: The {area} lights are on.
  - id: unlock
    title: Unlock the front door
    say: ["unlock the front door [for {who}]"]
    slots: {who: {type: text, default: nobody}}
    run: {exec: {command: [unlock, "{who}"]}}
    dangerous: true
`

// desk is a bot over deskYAML with fakes behind it, and a clock of its own.
type desk struct {
	t       *testing.T
	bot     *bot.Bot
	search  *bottest.Searcher
	runs    *bottest.Dispatcher
	journal *bottest.Journal
	now     time.Time
	n       int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{
		FS: fstest.MapFS{"desk.yaml": {Data: []byte(deskYAML)}}, Paths: []string{"desk.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, runs: &bottest.Dispatcher{}, journal: &bottest.Journal{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	d.search = &bottest.Searcher{Base: base, Finds: map[string][]bottest.Found{
		"forgot my pasword":       {{ID: "password", Probability: 0.95}},
		"account":                 {{ID: "password", Probability: 0.4}, {ID: "email", Probability: 0.35}, {ID: "hours", Probability: 0.01}},
		"make it bright":          {{ID: "lights-on", Probability: 0.8}},
		"it is dark":              {{ID: "lights-on", Probability: 0.93}},
		"some light":              {{ID: "lights-on", Probability: 0.5}},
		"some kitchen light":      {{ID: "lights-on", Probability: 0.8}},
		"make the kitchen bright": {{ID: "lights-on", Probability: 0.95}},
		"let them in":             {{ID: "unlock", Probability: 0.97}},
		"open?":                   {{ID: "hours", Probability: 0.9}},
		"meaning of life":         {{ID: "hours", Probability: 0.1}},
	}}
	d.bot = bot.New(bot.DefaultConfig(), bot.Deps{Journal: d.journal, Now: func() time.Time { return d.now }})
	d.bot.SetBase("desk", bot.Base{Knowledge: base, Index: d.search, Dispatcher: d.runs, Handover: "Ask *us*."})
	return d
}

func (d *desk) message(text string) bot.Message {
	d.n++
	return bot.Message{ID: fmt.Sprint(d.n), Kind: bot.Text, Conversation: "c", Sender: "test:ann", Address: "test:room", Text: text}
}

func (d *desk) handle(m bot.Message) bot.Reply {
	d.t.Helper()
	r, err := d.bot.Handle(d.t.Context(), m)
	if err != nil {
		d.t.Fatalf("%q: %v", m.Text, err)
	}
	return r
}

func (d *desk) say(text string) bot.Reply {
	d.t.Helper()
	return d.handle(d.message(text))
}

func (d *desk) press(option string) bot.Reply {
	d.t.Helper()
	m := d.message("")
	m.Kind, m.Choice = bot.Choice, option
	return d.handle(m)
}

// TestTalks reads as conversations: what is said, and "decision entry: text" of
// the reply.
func TestTalks(t *testing.T) {
	for name, talk := range map[string][]string{
		"an answer, then a follow-up by number": {
			"forgot my pasword", "answer password: Open **Settings**.",
			"2", "answer hours: From nine to five.",
			"2", "abstain: I don't know that.|Ask *us*.",
		},
		"a follow-up by its label": {
			"forgot my pasword", "answer password: Open **Settings**.",
			"when are you open", "answer hours: From nine to five.",
		},
		"a word of a follow-up is no pick": {
			"forgot my pasword", "answer password: Open **Settings**.",
			"change", "abstain: I don't know that.|Ask *us*.",
		},
		"a new question instead of a follow-up": {
			"forgot my pasword", "answer password: Open **Settings**.",
			"open?", "answer hours: From nine to five.",
		},
		"a suggestion by number": {"account", "suggest: Did you mean one of these?", "2", "answer email: Write to us."},
		"a suggestion by order":  {"account", "suggest: Did you mean one of these?", "The first one!", "answer password: Open **Settings**."},
		"a suggestion by words":  {"account", "suggest: Did you mean one of these?", "change email", "answer email: Write to us."},
		"words that two have":    {"account", "suggest: Did you mean one of these?", "how do i", "abstain: I don't know that.|Ask *us*."},
		"a number too high":      {"account", "suggest: Did you mean one of these?", "7", "abstain: I don't know that.|Ask *us*."},
		"yes to the only one":    {"some light", "suggest: Did you mean one of these?", "yes", "ask lights-on: Which room?"},
		"none of them":           {"account", "suggest: Did you mean one of these?", "none of these", "abstain: Then I don't know.|Ask *us*."},
		"never mind":             {"account", "suggest: Did you mean one of these?", "never mind", "cancel: All right, I leave it."},
		"a command said just so": {"switch on the Lounge lights", "run lights-on: The Lounge lights are on."},
		"a command by meaning":   {"make the kitchen bright", "run lights-on: The kitchen lights are on."},
		"a value asked for":      {"it is dark", "ask lights-on: Which room?", "in the lounge", "run lights-on: The lounge lights are on."},
		"a value by number":      {"lights on", "ask lights-on: Which room?", "2", "run lights-on: The office lights are on."},
		"a value not understood": {
			"lights on", "ask lights-on: Which room?",
			"blue", "ask lights-on: I did not understand that. Which room?",
			"office", "run lights-on: The office lights are on.",
		},
		"a value never understood": {
			"lights on", "ask lights-on: Which room?",
			"blue", "ask lights-on: I did not understand that. Which room?",
			"green", "cancel: All right, I leave it.",
			"kitchen", "abstain: I don't know that.|Ask *us*.",
		},
		"another question instead of a value": {"lights on", "ask lights-on: Which room?", "open?", "answer hours: From nine to five.", "kitchen", "abstain: I don't know that.|Ask *us*."},
		"no value after all":                  {"lights on", "ask lights-on: Which room?", "stop", "cancel: All right, I leave it."},
		"a confirmation":                      {"let them in", "confirm unlock: Shall I do this: **Unlock the front door \\(who: nobody\\)**?", "Yes, please!", "run unlock: Done.", "yes", "abstain: I don't know that.|Ask *us*."},
		"said just so, and confirmed all the same": {
			"unlock the front door for my <b>best</b> man", "confirm unlock: Shall I do this: **Unlock the front door \\(who: my \\<b\\>best\\</b\\> man\\)**?", "y", "run unlock: Done."},
		"refused":                       {"let them in", "confirm unlock: Shall I do this: **Unlock the front door \\(who: nobody\\)**?", "no", "cancel: All right, I leave it.", "yes", "abstain: I don't know that.|Ask *us*."},
		"something else than yes or no": {"let them in", "confirm unlock: Shall I do this: **Unlock the front door \\(who: nobody\\)**?", "open?", "answer hours: From nine to five.", "yes", "abstain: I don't know that.|Ask *us*."},
		"not sure enough to run":        {"some kitchen light", "confirm lights-on: Shall I do this: **lights on \\(area: kitchen\\)**?", "yes", "run lights-on: The kitchen lights are on."},
		"not sure enough to ask":        {"make it bright", "suggest: Did you mean one of these?", "1", "ask lights-on: Which room?", "office", "run lights-on: The office lights are on."},
		"not known":                     {"meaning of life", "abstain: I don't know that.|Ask *us*."},
		"nothing at all":                {"", "abstain: I don't know that.|Ask *us*."},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for i := 0; i+1 < len(talk); i += 2 {
				r := d.say(talk[i])
				got := strings.TrimSpace(string(r.Decision)+" "+r.Entry) + ": " + strings.ReplaceAll(r.Text, "\n\n", "|")
				if got != talk[i+1] {
					t.Fatalf("%q\n got %s\nwant %s", talk[i], got, talk[i+1])
				}
			}
		})
	}
}

func TestRunsWithCanonicalValues(t *testing.T) {
	d := newDesk(t)
	d.say("switch on the lounge lights")
	d.say("lights on")
	d.press("living_room")
	d.say("unlock the front door for Bob")
	d.press("yes")
	want := []bottest.Ran{
		{ID: "lights-on", Slots: map[string]string{"area": "living_room"}},
		{ID: "lights-on", Slots: map[string]string{"area": "living_room"}},
		{ID: "unlock", Slots: map[string]string{"who": "Bob"}},
	}
	if diff := cmp.Diff(want, d.runs.Ran()); diff != "" {
		t.Error(diff)
	}
}

// TestDangerous: nothing but a yes in time, in the same conversation, runs it.
func TestDangerous(t *testing.T) {
	d := newDesk(t)
	d.say("let them in")
	other := d.message("yes")
	other.Conversation = "another"
	d.handle(other)

	d.now = d.now.Add(bot.DefaultConfig().ConfirmWithin)
	if r := d.say("yes"); r.Decision != bot.Cancel || !strings.Contains(r.Text, "too long") {
		t.Errorf("a late yes: %s %q", r.Decision, r.Text)
	}
	d.say("let them in")
	d.press("maybe")
	d.press("yes") // belongs to nothing any more
	d.say("let them in")
	edit := d.message("yes")
	edit.Kind = bot.Edit
	d.handle(edit)
	if ran := d.runs.Ran(); len(ran) != 0 {
		t.Errorf("ran %v", ran)
	}
}

// TestLateNeverRuns: what lay in an inbox while the desk was down is answered, but
// a command is only offered.
func TestLateNeverRuns(t *testing.T) {
	d := newDesk(t)
	for late, want := range map[time.Duration]bot.Decision{0: bot.Run, 9 * time.Minute: bot.Run, 11 * time.Minute: bot.Suggest} {
		m := d.message("make the kitchen bright")
		m.Time = d.now.Add(-late)
		if r := d.handle(m); r.Decision != want {
			t.Errorf("after %v it was decided to %s", late, r.Decision)
		}
	}
	m := d.message("forgot my pasword")
	m.Time = d.now.Add(-time.Hour)
	if r := d.handle(m); r.Decision != bot.Answer {
		t.Errorf("a late question: %s", r.Decision)
	}
}

func TestEditNeverRuns(t *testing.T) {
	d := newDesk(t)
	m := d.message("switch on the kitchen lights")
	m.Kind = bot.Edit
	if r := d.handle(m); r.Decision != bot.Suggest {
		t.Errorf("decision %s", r.Decision)
	}
	if ran := d.runs.Ran(); len(ran) != 0 {
		t.Errorf("ran %v", ran)
	}
}

func TestFailures(t *testing.T) {
	d := newDesk(t)
	d.runs.Result = bot.Result{Failed: true, Problem: "it *exploded*", Output: "a ``` b"}
	r := d.say("switch on the kitchen lights")
	want := "That did not work: it \\*exploded\\*\n\n````\na ``` b\n````"
	if r.Decision != bot.Run || !r.Failed || r.Text != want {
		t.Errorf("got %s, failed %v, %q", r.Decision, r.Failed, r.Text)
	}

	// What could not even be started is told, and recorded.
	d.runs.Err, d.runs.Result = errors.New("no such program"), bot.Result{}
	r = d.say("switch on the kitchen lights")
	if r.Decision != bot.Run || !r.Failed || r.Text != "That did not work: no such program" {
		t.Errorf("got %s, failed %v, %q", r.Decision, r.Failed, r.Text)
	}
	if last := d.journal.Exchanges()[1]; !last.Failed {
		t.Errorf("recorded as %+v", last)
	}

	// What was given up half-way, or could not be searched, may be brought again.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := d.message("switch on the kitchen lights")
	if _, err := d.bot.Handle(ctx, m); err == nil {
		t.Error("a message was handled after its context had ended")
	}
	d.runs.Err = nil
	if r := d.handle(m); r.Decision != bot.Run || r.Failed {
		t.Errorf("again: %s, failed %v", r.Decision, r.Failed)
	}
	d.search.Err = errors.New("search is down")
	if _, err := d.bot.Handle(t.Context(), d.message("open?")); !errors.Is(err, d.search.Err) {
		t.Errorf("error %v", err)
	}
}

func TestRecords(t *testing.T) {
	d := newDesk(t)
	d.say("switch on the lounge lights")
	got := d.journal.Exchanges()
	want := []bot.Exchange{{
		Time: d.now, Base: "desk", Conversation: "c", MessageID: "1", Sender: "test:ann", Channel: "test:room", Kind: bot.Text,
		Question: "switch on the lounge lights", Decision: bot.Run, Entry: "lights-on", Probability: 0.99,
		Slots: map[string]string{"area": "living_room"}, Answer: "The lounge lights are on.",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d.say(strings.Repeat("ä", 20_000))
	if q := d.journal.Exchanges()[1].Question; len(q) > 5000 {
		t.Errorf("a question of %d bytes is in the journal", len(q))
	}
	// A journal that cannot be written does not keep the desk from answering.
	d.journal.Err = errors.New("disk full")
	r := d.say("open?")
	if r.Decision != bot.Answer || !strings.Contains(r.Warning, "disk full") {
		t.Errorf("got %s, warning %q", r.Decision, r.Warning)
	}
}

func TestRepeatedMessages(t *testing.T) {
	d := newDesk(t)
	m := d.message("switch on the kitchen lights")
	d.handle(m)
	if r := d.handle(m); r.Decision != bot.Nothing {
		t.Errorf("the second time: %s", r.Decision)
	}
	// After a restart the journal knows.
	later := newDesk(t)
	later.bot = bot.New(bot.DefaultConfig(), bot.Deps{Journal: d.journal})
	later.bot.SetBase("desk", bot.Base{Knowledge: later.search.Base, Index: later.search, Dispatcher: d.runs})
	if r := later.handle(m); r.Decision != bot.Nothing {
		t.Errorf("after a restart: %s", r.Decision)
	}
	if ran := d.runs.Ran(); len(ran) != 1 {
		t.Errorf("ran %d times", len(ran))
	}
	// The same ID in another conversation is another message.
	m.Conversation = "another"
	if r := d.handle(m); r.Decision != bot.Run {
		t.Errorf("elsewhere: %s", r.Decision)
	}
}

func TestRatings(t *testing.T) {
	d := newDesk(t)
	d.say("open?")
	rate := d.message("")
	rate.Kind, rate.Ref, rate.Rating = bot.Rating, "1", -1
	if r := d.handle(rate); r.Decision != bot.Nothing {
		t.Errorf("decision %s", r.Decision)
	}
	if got := d.journal.Rating("c", "1"); got != -1 {
		t.Errorf("rating %d", got)
	}
	rate.Rating = 5
	if _, err := d.bot.Handle(t.Context(), rate); err == nil {
		t.Error("a rating of 5 was taken")
	}
}

type hears struct {
	text string
	err  error
}

func (h hears) Transcribe(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) {
	return asr.Transcript{Text: h.text}, h.err
}

func TestSound(t *testing.T) {
	d := newDesk(t)
	sound := func(r asr.Recognizer) (bot.Reply, error) {
		d.bot = bot.New(bot.DefaultConfig(), bot.Deps{Recognizer: r})
		d.bot.SetBase("desk", bot.Base{Knowledge: d.search.Base, Index: d.search, Dispatcher: d.runs})
		m := d.message("")
		m.Kind = bot.Audio
		return d.bot.Handle(t.Context(), m)
	}
	if r, err := sound(nil); err != nil || r.Decision != bot.Abstain || !strings.Contains(r.Text, "cannot listen") {
		t.Errorf("without a recogniser: %s %q %v", r.Decision, r.Text, err)
	}
	if r, err := sound(hears{text: "open?"}); err != nil || r.Entry != "hours" || r.Heard != "open?" {
		t.Errorf("heard %q: %q %v", r.Heard, r.Entry, err)
	}
	if r, err := sound(hears{}); err != nil || r.Decision != bot.Nothing {
		t.Errorf("silence: %s %v", r.Decision, err)
	}
	broken := errors.New("broken")
	if _, err := sound(hears{err: broken}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestHeard: what was heard is searched for as such, its slots come out of what
// was read, and it is kept as it was heard.
func TestHeard(t *testing.T) {
	d := newDesk(t)
	d.search.Reads = map[string]string{"make the kit chin bright": "make the kitchen bright"}
	m := d.message("make the kit chin bright")
	if r := d.handle(m); r.Decision != bot.Abstain {
		t.Errorf("typed: %s", r.Decision)
	}
	m.ID, m.Heard = "likely", true
	if r := d.handle(m); r.Decision != bot.Confirm { // speech has a higher bar
		t.Errorf("heard, and only likely: %s", r.Decision)
	}
	d.search.Finds["make the kitchen bright"][0].Probability = 0.97
	m.ID = "heard"
	r := d.handle(m)
	if r.Decision != bot.Run || r.Slots["area"] != "kitchen" || r.Result.Read != "make the kitchen bright" {
		t.Errorf("heard: %s %v", r.Decision, r.Slots)
	}
	if got := d.journal.Exchanges()[1].Question; got != m.Text {
		t.Errorf("in the journal is %q", got)
	}
	// Sound is heard, whoever recognises it; and what was read is kept for the
	// time when the command that was offered is chosen.
	d.search.Reads["some kit chin lied"] = "some kitchen light"
	d.search.Finds["some kitchen light"][0].Probability = 0.5
	d.bot = bot.New(bot.DefaultConfig(), bot.Deps{Recognizer: hears{text: "some kit chin lied"}})
	d.bot.SetBase("desk", bot.Base{Knowledge: d.search.Base, Index: d.search, Dispatcher: d.runs})
	m = d.message("")
	m.Kind = bot.Audio
	if r := d.handle(m); r.Decision != bot.Suggest {
		t.Errorf("sound: %s", r.Decision)
	}
	if r := d.say("1"); r.Decision != bot.Run || r.Slots["area"] != "kitchen" {
		t.Errorf("the one that was offered: %s %v", r.Decision, r.Slots)
	}
}

func TestBases(t *testing.T) {
	d := newDesk(t)
	other, err := knowledge.New([]*knowledge.Entry{{ID: "hi", Kind: knowledge.FAQ, Question: "Hi?", Answer: "Hello."}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.bot.SetBase("other", bot.Base{Knowledge: other, Dispatcher: d.runs,
		Index: &bottest.Searcher{Base: other, Finds: map[string][]bottest.Found{"hi": {{ID: "hi", Probability: 1}}}}})
	m := d.message("hi")
	m.Base = "other"
	if r := d.handle(m); r.Entry != "hi" {
		t.Errorf("entry %q", r.Entry)
	}
	m = d.message("hi")
	m.Base = "elsewhere"
	if _, err := d.bot.Handle(t.Context(), m); err == nil {
		t.Error("a base that is not there answered")
	}
	d.bot.SetDefault("other")
	if r := d.say("hi"); r.Entry != "hi" {
		t.Errorf("entry %q", r.Entry)
	}
	// What one base asked is not answered by another.
	m = d.message("account")
	m.Base = "desk"
	d.handle(m)
	if r := d.say("1"); r.Decision != bot.Abstain {
		t.Errorf("decision %s", r.Decision)
	}
}

// TestForgets: what a conversation waits for is forgotten in time, and the
// number of conversations is bounded.
func TestForgets(t *testing.T) {
	d := newDesk(t)
	cfg := bot.DefaultConfig()
	cfg.AtMost = 3
	d.bot = bot.New(cfg, bot.Deps{})
	d.bot.SetBase("desk", bot.Base{Knowledge: d.search.Base, Index: d.search, Dispatcher: d.runs})
	for i := range 4 {
		m := d.message("account")
		m.Conversation = fmt.Sprint(i)
		d.handle(m)
	}
	for i, want := range []bot.Decision{bot.Abstain, bot.Answer, bot.Answer, bot.Answer} {
		m := d.message("1")
		m.Conversation = fmt.Sprint(i)
		if r := d.handle(m); r.Decision != want {
			t.Errorf("conversation %d: %s, not %s", i, r.Decision, want)
		}
	}
}

// TestOrder: messages of one conversation are handled in the order in which
// they came, those of several side by side.
func TestOrder(t *testing.T) { synctest.Test(t, testOrder) }

func testOrder(t *testing.T) {
	d := newDesk(t)
	started, finish := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d.search.Wait = func(_ context.Context, text string) {
		if text == "slow" {
			once.Do(func() { close(started) })
			<-finish
		}
	}
	var wg sync.WaitGroup
	go1 := func(m bot.Message) {
		wg.Go(func() {
			if _, err := d.bot.Handle(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	go1(d.message("slow"))
	<-started
	// The same conversation waits, and gives up when its context ends.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.bot.Handle(ctx, d.message("open?")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	// Another one does not.
	m := d.message("open?")
	m.Conversation = "another"
	d.handle(m)

	closed := make(chan error, 1)
	go1(d.message("open?"))
	synctest.Wait()
	go func() { closed <- d.bot.Close(t.Context()) }()
	synctest.Wait()
	if len(closed) > 0 {
		t.Error("Close does not wait for what is being handled")
	}
	close(finish)
	wg.Wait()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	// They are recorded before the next one of the conversation begins.
	var order []string
	for _, x := range d.journal.Exchanges() {
		order = append(order, x.Conversation+": "+x.Question)
	}
	here := d.message("").Conversation
	if want := []string{"another: open?", here + ": slow", here + ": open?"}; !slices.Equal(order, want) {
		t.Errorf("they were done as %q, want %q", order, want)
	}
	if _, err := d.bot.Handle(t.Context(), d.message("open?")); !errors.Is(err, bot.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestCloseIsBounded(t *testing.T) {
	d := newDesk(t)
	started, finish := make(chan struct{}), make(chan struct{})
	d.search.Wait = func(context.Context, string) { close(started); <-finish }
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = d.bot.Handle(t.Context(), d.message("open?")) })
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := d.bot.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	close(finish)
	wg.Wait()
}
