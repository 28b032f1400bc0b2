package chat

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/cenkalti/backoff/v5"
)

// wall is a platform on which everything that is shown stays to be read.
type wall struct {
	mu      sync.Mutex
	shown   []Showing
	ids     map[string]string // by key
	removed []string
	fail    func(Showing) error
}

func (w *wall) Show(_ context.Context, s Showing) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		if err := w.fail(s); err != nil {
			return nil, err
		}
	}
	if id, ok := w.ids[s.Key]; ok && s.Again && s.Key != "" {
		return []string{id}, nil
	}
	w.shown = append(w.shown, s)
	id := fmt.Sprintf("p%d", len(w.shown))
	if w.ids == nil {
		w.ids = map[string]string{}
	}
	w.ids[s.Key] = id
	return []string{id}, nil
}

func (w *wall) Remove(_ context.Context, _ Place, posts []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed = append(w.removed, posts...)
	return nil
}

func (w *wall) Working(context.Context, Place) func() { return func() {} }

func (w *wall) texts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, s := range w.shown {
		out = append(out, s.Reply.Text)
	}
	return out
}

// echo answers with what was said.
func echo(_ context.Context, m bot.Message) (bot.Reply, error) {
	return bot.Reply{InReplyTo: m.ID, Decision: bot.Answer, Text: m.Text}, nil
}

func said(channel, thread, id, text string, how How) Event {
	p := Place{Channel: channel, Thread: thread, Message: id}
	return Event{Key: channel + "/" + id, How: how, Place: p,
		Message: bot.Message{ID: id, Kind: bot.Text, Conversation: p.Conversation("test", id), Sender: "test:U1", Text: text}}
}

// run has a desk work while f receives.
func run(t *testing.T, d *Desk, handler bot.Handler, f func()) {
	t.Helper()
	if err := d.Run(t.Context(), handler, func(context.Context) error { f(); return nil }); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, d *Desk, events ...Event) {
	t.Helper()
	for _, e := range events {
		if err := d.Receive(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryEventOnceAndInOrder(t *testing.T) {
	w := &wall{}
	d := New(DefaultConfig(), w, Deps{Adapter: "test"})
	const conversations, each = 50, 40
	run(t, d, echo, func() {
		var wg sync.WaitGroup
		for c := range conversations {
			wg.Go(func() {
				for i := range each {
					e := said(fmt.Sprint("C", c), "root", fmt.Sprint(i), fmt.Sprintf("%d/%d", c, i), Mention)
					receive(t, d, e)
					if rand.N(3) == 0 {
						receive(t, d, e) // delivered again
					}
				}
			})
		}
		wg.Wait()
	})
	next := map[string]int{}
	for _, text := range w.texts() {
		c, i, _ := strings.Cut(text, "/")
		if i != fmt.Sprint(next[c]) {
			t.Fatalf("conversation %s: %s was answered where %d was due", c, i, next[c])
		}
		next[c]++
	}
	if len(w.texts()) != conversations*each {
		t.Errorf("%d answers, want %d", len(w.texts()), conversations*each)
	}
}

// picky is a store that takes no event of one key.
type picky struct{ *Memory }

func (p picky) AcceptAll(ctx context.Context, rs []bot.Receipt) ([]bool, error) {
	for _, r := range rs {
		if r.Key == "C1/bad" {
			return nil, backoff.Permanent(errors.New("this one cannot be kept"))
		}
	}
	return p.Memory.AcceptAll(ctx, rs)
}

func TestEnqueueTellsInOrder(t *testing.T) {
	w := &wall{}
	d := New(DefaultConfig(), w, Deps{Adapter: "test", Store: picky{NewMemory()}})
	var mu sync.Mutex
	var told []string
	d.Enqueue(said("C1", "", "early", "early", Mention), func(err error) {
		if !errors.Is(err, ErrNotRunning) {
			t.Errorf("before it runs: %v", err)
		}
	})
	run(t, d, echo, func() {
		for i := range 500 {
			id := fmt.Sprint(i)
			if i == 100 {
				id = "bad"
			}
			d.Enqueue(said("C1", "root", id, id, Mention), func(err error) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, fmt.Sprint(id, err != nil))
			})
		}
	})
	for i := range 500 {
		want := fmt.Sprintf("%dfalse", i)
		if i == 100 {
			want = "badtrue"
		}
		if told[i] != want {
			t.Fatalf("told %q in place of %q", told[i], want)
		}
	}
	if n := len(w.texts()); n != 499 {
		t.Errorf("%d answers, want 499", n)
	}
}

func TestWhatADeadProcessLeft(t *testing.T) {
	w, store := &wall{}, NewMemory()
	e := said("C1", "", "1", "hello", Mention)
	// It died after posting, before it could note so.
	dies := New(DefaultConfig(), w, Deps{Adapter: "test", Store: deadEnd{store}})
	run(t, dies, echo, func() { receive(t, dies, e, said("C1", "", "2", "never shown", Mention)) })
	if len(w.texts()) != 2 {
		t.Fatalf("shown: %q", w.texts())
	}
	delete(w.ids, "C1/2") // as if that one was never posted
	var again []bool
	d := New(DefaultConfig(), w, Deps{Adapter: "test", Store: store})
	run(t, d, func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		w.mu.Lock()
		again = append(again, m.Again)
		w.mu.Unlock()
		return echo(ctx, m)
	}, func() { receive(t, d, e) })
	if got := w.texts(); !slices.Equal(got[2:], []string{"never shown"}) {
		t.Errorf("shown after the restart: %q", got[2:])
	}
	if !slices.Equal(again, []bool{true, true}) {
		t.Errorf("the handler was told %v", again)
	}
	if left := open(t, store); left != 0 {
		t.Errorf("%d still in the inbox", left)
	}
}

// deadEnd is a store whose process dies before it finishes anything.
type deadEnd struct{ *Memory }

func (deadEnd) Finish(context.Context, string, string, []bot.Post) error { return errors.New("dead") }

func TestShowingIsTriedAgain(t *testing.T) {
	w := &wall{}
	n := 0
	w.fail = func(s Showing) error {
		if n++; n <= 2 {
			return errors.New("a bad moment")
		}
		if !s.Again {
			return errors.New("it was not told that it may be there already")
		}
		return nil
	}
	d := New(DefaultConfig(), w, Deps{Adapter: "test"})
	run(t, d, echo, func() { receive(t, d, said("C1", "", "1", "hello", Mention)) })
	if n != 3 || len(w.texts()) != 1 {
		t.Errorf("%d attempts, shown %q", n, w.texts())
	}
	w.fail = func(Showing) error { n++; return fmt.Errorf("not in channel: %w", ErrGone) }
	n = 0
	run(t, d, echo, func() { receive(t, d, said("C1", "", "2", "hello", Mention)) })
	if n != 1 {
		t.Errorf("a place that is gone was tried %d times", n)
	}
}

func TestWhatMakesUsPanicIsGivenUp(t *testing.T) {
	w, store := &wall{}, NewMemory()
	w.fail = func(s Showing) error {
		if s.Reply.Text == "poison" {
			panic("a case nobody thought of")
		}
		return nil
	}
	d := New(DefaultConfig(), w, Deps{Adapter: "test", Store: store})
	run(t, d, echo, func() {
		receive(t, d, said("C1", "", "1", "poison", Mention), said("C1", "1", "2", "after it", Mention))
	})
	if got := w.texts(); !slices.Equal(got, []string{"after it"}) || open(t, store) != 0 {
		t.Errorf("shown %q, %d left in the inbox", got, open(t, store))
	}
}

func TestAClosedDeskLeavesTheInbox(t *testing.T) {
	w, store := &wall{}, NewMemory()
	d := New(DefaultConfig(), w, Deps{Adapter: "test", Store: store})
	closed := func(context.Context, bot.Message) (bot.Reply, error) { return bot.Reply{}, bot.ErrClosed }
	run(t, d, closed, func() { receive(t, d, said("C1", "", "1", "hello", Mention)) })
	if n := open(t, store); n != 1 || len(w.texts()) != 0 {
		t.Errorf("%d events are left in the inbox, shown %q", n, w.texts())
	}
}

func TestWhenItSpeaks(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Channels = map[string]Channel{
		"C1": {Base: "it"},
		"C2": {When: []When{OnMention, WhenSure}, AtLeast: 0.9, PerHour: 2},
		"C3": {When: []When{}},
		"C4": {When: []When{OnCommand}},
	}
	w := &wall{}
	d := New(cfg, w, Deps{Adapter: "test"})
	handler := func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		if m.Unasked > 0 && !strings.HasPrefix(m.Text, "sure") {
			return bot.Reply{Decision: bot.Nothing}, nil
		}
		r, err := echo(ctx, m)
		r.Text += " " + m.Base
		return r, err
	}
	run(t, d, handler, func() {
		receive(t, d,
			said("C1", "", "1", "mention", Mention), said("C1", "", "2", "overheard", Overheard),
			said("C1", "t9", "3", "a thread of others", Thread),
			said("C2", "same", "1", "overheard", Overheard), said("C2", "same", "2", "sure 1", Thread), said("C2", "", "3", "mention 2", Mention),
			said("C3", "", "1", "mention", Mention), said("C4", "", "1", "mention", Mention), said("C4", "", "2", "command", Command),
			said("C5", "", "1", "mention", Mention))
		receive(t, d, said("C1", "1", "4", "our thread", Thread))
		for i := range 4 {
			receive(t, d, said("C2", "same", fmt.Sprint("9", i), fmt.Sprint("sure more ", i), Overheard))
		}
	})
	got := w.texts()
	slices.Sort(got)
	want := []string{"command ", "mention 2 ", "mention it", "our thread it", "sure 1 ", "sure more 0 "}
	if !slices.Equal(got, want) {
		t.Errorf("it said %q, want %q", got, want)
	}
}

func TestEditsAndDeletions(t *testing.T) {
	w := &wall{}
	d := New(DefaultConfig(), w, Deps{Adapter: "test"})
	question := said("C1", "", "1", "hello", Mention)
	edit := question
	edit.Key, edit.Message.Kind, edit.Message.Ref, edit.Message.ID, edit.Message.Text = "C1/1/e1", bot.Edit, "1", "1/e1", "hello again"
	stranger := edit
	stranger.Key, stranger.Message.Ref = "C1/7/e1", "7"
	gone := edit
	gone.Key, gone.Message.Kind, gone.Message.ID, gone.Message.Ref = "C1/1/d", bot.Delete, "", "1"
	run(t, d, echo, func() { receive(t, d, question, stranger, edit, gone) })
	if got := w.texts(); !slices.Equal(got, []string{"hello", "hello again"}) {
		t.Fatalf("shown: %q", got)
	}
	if got := w.shown[1].Old; !slices.Equal(got, []string{"p1"}) {
		t.Errorf("the answer to the edit took the place of %q", got)
	}
	if !slices.Equal(w.removed, []string{"p2"}) {
		t.Errorf("removed: %q", w.removed)
	}
}

// TestEditThatSaysNothing: what was said of a command that ran stands, whatever
// its message is made into.
func TestEditThatSaysNothing(t *testing.T) {
	w := &wall{}
	d := New(DefaultConfig(), w, Deps{Adapter: "test"})
	handler := func(_ context.Context, m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Edit {
			return bot.Reply{InReplyTo: m.ID, Decision: bot.Nothing}, nil
		}
		return bot.Reply{InReplyTo: m.ID, Decision: bot.Run, Text: "It is on."}, nil
	}
	question := said("C1", "", "1", "light on", Mention)
	edit := question
	edit.Key, edit.Message.Kind, edit.Message.Ref, edit.Message.ID = "C1/1/e1", bot.Edit, "1", "1/e1"
	run(t, d, handler, func() { receive(t, d, question, edit) })
	posts, err := d.deps.Store.PostsOf(t.Context(), "test", question.Message.Conversation, "1")
	if len(w.shown) != 1 || len(w.removed) > 0 || err != nil || len(posts) != 1 {
		t.Errorf("shown %+v, removed %q, kept %+v, %v", w.shown, w.removed, posts, err)
	}
}

// TestWhatIsOverIsNotSettled: a press that nobody waits for any more is told so
// to whoever pressed, and picks nothing for others to see.
func TestWhatIsOverIsNotSettled(t *testing.T) {
	for _, over := range []bool{false, true} {
		w := &wall{}
		d := New(DefaultConfig(), w, Deps{Adapter: "test"})
		handler := func(_ context.Context, m bot.Message) (bot.Reply, error) {
			if m.Kind == bot.Choice {
				return bot.Reply{Decision: bot.Cancel, Text: "gone", Quiet: over}, nil
			}
			return bot.Reply{Decision: bot.Confirm, Text: "shall I?", Options: []bot.Option{{ID: "no", Label: "No"}}}, nil
		}
		press := Event{Key: "k", Place: Place{Channel: "C1", Thread: "1"}, Post: "p1", Chosen: "No",
			Message: bot.Message{ID: "press", Kind: bot.Choice, Choice: "no", Sender: "test:U1", Conversation: "test:C1/1"}}
		run(t, d, handler, func() { receive(t, d, said("C1", "", "1", "do it", Mention), press) })
		if s := w.shown[1]; (s.Settle == "") != over || (s.Place.User != "") != over {
			t.Errorf("over %v: %+v", over, s)
		}
	}
}

func TestPressesKnowTheirQuestion(t *testing.T) {
	w := &wall{}
	d := New(DefaultConfig(), w, Deps{Adapter: "test"})
	var pressed bot.Message
	handler := func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Choice {
			pressed = m
			return bot.Reply{Decision: bot.Run, Text: "done"}, nil
		}
		return bot.Reply{InReplyTo: m.ID, Decision: bot.Confirm, Text: "shall I?", Options: []bot.Option{{ID: "yes", Label: "Yes"}}}, nil
	}
	press := Event{Key: "k", Place: Place{Channel: "C1", Thread: "1"}, Post: "p1", Chosen: "Yes",
		Message: bot.Message{ID: "press", Kind: bot.Choice, Choice: "yes", Sender: "test:U1", Conversation: "test:C1/1"}}
	run(t, d, handler, func() { receive(t, d, said("C1", "", "1", "do it", Mention), press) })
	if pressed.Ref != "1" || pressed.Asker != "test:U1" || pressed.Conversation != "test:C1/1" {
		t.Errorf("the handler got %+v", pressed)
	}
	if s := w.shown[1]; s.Settle != "p1" || s.Chosen != "Yes" {
		t.Errorf("shown: %+v", s)
	}
}

func TestShutdownKeepsWhatIsNotDone(t *testing.T) {
	w, store := &wall{}, NewMemory()
	d := New(DefaultConfig(), w, Deps{Adapter: "test", Store: store})
	started := make(chan struct{})
	slow := func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		close(started)
		<-ctx.Done()
		return bot.Reply{}, ctx.Err()
	}
	stopped := make(chan struct{})
	go func() { // as drain does after its time
		<-started
		d.queue.drain(time.Millisecond, func() {})
		close(stopped)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	if err := d.queue.open(ctx, slow); err != nil {
		t.Fatal(err)
	}
	receive(t, d, said("C1", "", "1", "one", Mention), said("C1", "1", "2", "two", Mention))
	<-started
	time.AfterFunc(20*time.Millisecond, cancel)
	<-stopped
	if left := open(t, store); left != 2 {
		t.Errorf("%d events are left in the inbox, want 2", left)
	}
}

// open counts what is in the inbox.
func open(t *testing.T, store Store) (n int) {
	t.Helper()
	if err := store.Unfinished(t.Context(), "test", func(bot.Receipt) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEventsTooLargeAreNotDeliveredForEver(t *testing.T) {
	w := &wall{}
	d := New(DefaultConfig(), w, Deps{Adapter: "test"})
	long := said("C1", "", "1", strings.Repeat("ä", maxEvent), Mention)
	large := said("C1", "", "2", "never", Mention)
	large.Message.Context = map[string]string{"much": strings.Repeat("x", maxEvent)}
	run(t, d, echo, func() { receive(t, d, long, large, said("C1", "", "3", "next", Mention)) })
	got := w.texts()
	slices.SortFunc(got, func(a, b string) int { return len(a) - len(b) })
	if len(got) != 2 || got[0] != "next" || got[1] != strings.Repeat("ä", maxText/2) {
		t.Errorf("it said %d things, the first of %d bytes", len(got), len(got[0]))
	}
}
