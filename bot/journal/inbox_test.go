package journal

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
)

// receipt is an event of an ordinary size.
func receipt(adapter, key string) bot.Receipt {
	return bot.Receipt{
		Adapter: adapter, Key: key, Conversation: adapter + ":C1", Received: time.Now().UTC().Truncate(time.Microsecond),
		Body: fmt.Appendf(nil, `{"type":"message","channel":"C1","user":"U1","text":"how do I add a question %s","ts":"1700000000.000100"}`, key),
	}
}

// post is a message that answers one.
func post(channel, id, question string) bot.Post {
	return bot.Post{Adapter: "slack", Channel: channel, ID: id, Conversation: "slack:" + channel, Question: question,
		Asker: "slack:U1", Body: []byte("body of " + id), Time: time.Now().UTC().Truncate(time.Microsecond)}
}

func mustAccept(t testing.TB, j *Journal, r bot.Receipt, want bool) {
	t.Helper()
	if fresh, err := accept(t.Context(), j, r); err != nil || fresh != want {
		t.Fatalf("event %s: new %v, want %v: %v", r.Key, fresh, want, err)
	}
}

// accept takes over one event.
func accept(ctx context.Context, j *Journal, r bot.Receipt) (fresh bool, err error) {
	all, err := j.AcceptAll(ctx, []bot.Receipt{r})
	return err == nil && all[0], err
}

func unfinished(t testing.TB, j *Journal, adapter string) (found []bot.Receipt) {
	t.Helper()
	must(t, j.Unfinished(t.Context(), adapter, func(r bot.Receipt) error {
		found = append(found, r)
		return nil
	}))
	return found
}

// TestInbox follows events from their receipt to their end, over restarts.
func TestInbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	first, bare := receipt("slack", "1"), bot.Receipt{Adapter: "slack", Key: "2", Received: time.UnixMicro(5).UTC()}
	first.Channel, first.Sequence = "C1", "1700000000.000100"
	other := receipt("discord", "1")
	other.Body = []byte("of the other")
	for _, r := range []bot.Receipt{first, bare, other} {
		mustAccept(t, j, r, true)
	}
	again := first
	again.Body = []byte("another")
	mustAccept(t, j, again, false)
	must(t, j.Close())

	j, err = Open(t.Context(), path, DefaultConfig())
	must(t, err)
	if diff := cmp.Diff([]bot.Receipt{first, bare}, unfinished(t, j, "slack")); diff != "" {
		t.Errorf("unfinished (-want +got):\n%s", diff)
	}
	mustAccept(t, j, again, false)
	must(t, j.Finish(t.Context(), "slack", "1", []bot.Post{post("C1", "a", "1"), post("C1", "b", "1")}))
	must(t, j.Finish(t.Context(), "slack", "2", nil))
	must(t, j.Close())
	lacks(t, path, "how do I add a question 1")

	j = mustOpen(t, path)
	if left := unfinished(t, j, "slack"); len(left) > 0 {
		t.Errorf("unfinished: %+v", left)
	}
	if left := unfinished(t, j, "discord"); len(left) != 1 {
		t.Errorf("the other adapter has %+v", left)
	}
	mustAccept(t, j, again, false)
	// A call that is repeated changes nothing.
	must(t, j.Finish(t.Context(), "slack", "1", []bot.Post{post("C1", "b", "1")}))
	posts, err := j.PostsOf(t.Context(), "slack", "slack:C1", "1")
	must(t, err)
	if len(posts) != 2 || posts[0].ID != "a" || posts[1].ID != "b" {
		t.Errorf("posts: %+v", posts)
	}
	err = j.Finish(t.Context(), "slack", "3", []bot.Post{post("C1", "c", "3")})
	if !errors.Is(err, ErrNotAccepted) {
		t.Errorf("an event that was never accepted: %v", err)
	}
	if _, found, err := j.Post(t.Context(), "slack", "C1", "c"); found || err != nil {
		t.Errorf("its post was kept: %v", err)
	}
	bad := post("C1", "d", "1")
	bad.Time = time.Time{}
	mustAccept(t, j, receipt("slack", "4"), true)
	if err := j.Finish(t.Context(), "slack", "4", []bot.Post{post("C1", "c", "4"), bad}); err == nil {
		t.Error("a post without a time is kept")
	}
	if _, found, err := j.Post(t.Context(), "slack", "C1", "c"); found || err != nil || len(unfinished(t, j, "slack")) != 1 {
		t.Errorf("half of it was done: %v", err)
	}
}

// TestAcceptAll takes over several events, all or none.
func TestAcceptAll(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	mustAccept(t, j, receipt("slack", "1"), true)
	bad := receipt("slack", "4")
	bad.Channel, bad.Sequence = "C1", "x"
	if fresh, err := j.AcceptAll(t.Context(), []bot.Receipt{receipt("slack", "2"), bad}); err == nil {
		t.Errorf("accepted: %v", fresh)
	}
	fresh, err := j.AcceptAll(t.Context(), []bot.Receipt{receipt("slack", "1"), receipt("slack", "2"), receipt("slack", "3"), receipt("slack", "2")})
	must(t, err)
	if diff := cmp.Diff([]bool{false, true, true, false}, fresh); diff != "" {
		t.Error(diff)
	}
	if open := unfinished(t, j, "slack"); len(open) != 3 {
		t.Errorf("%d events", len(open))
	}
}

// TestUnfinishedAll reads more events than one page holds, in the order of their
// receipt and not of their keys, while others come in and are finished.
func TestUnfinishedAll(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	const n = 2*inboxPage + 10
	for i := range n {
		mustAccept(t, j, receipt("slack", fmt.Sprint((i*7919)%n, " ", i)), true)
	}
	got := 0
	must(t, j.Unfinished(t.Context(), "slack", func(r bot.Receipt) error {
		if r.Key != fmt.Sprint((got*7919)%n, " ", got) {
			return fmt.Errorf("event %s in place %d", r.Key, got)
		}
		got++
		mustAccept(t, j, receipt("slack", "new "+r.Key), true)
		return j.Finish(t.Context(), "slack", r.Key, nil)
	}))
	if got != n || len(unfinished(t, j, "slack")) != n {
		t.Errorf("%d events, want %d", got, n)
	}
	stop := errors.New("enough")
	if err := j.Unfinished(t.Context(), "slack", func(bot.Receipt) error { return stop }); err != stop {
		t.Errorf("the function's error comes back as %v", err)
	}
}

func TestCursors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	for i, x := range []struct{ channel, sequence, want string }{
		{"a", "9", "9"},
		{"a", "10", "10"},
		{"a", "9", "10"},
		{"a", "0011", "0011"},
		{"a", "11.0", "0011"},
		{"a", "11.05", "11.05"},
		{"a", "11.5", "11.5"},
		{"a", "11.123456", "11.5"},
		{"slack", "1700000000.999999", "1700000000.999999"},
		{"slack", "1700000001.000100", "1700000001.000100"},
		{"slack", "1700000000.000200", "1700000001.000100"},
		{"snowflake", "999999999999999999", "999999999999999999"},
		{"snowflake", "1311111111111111111", "1311111111111111111"},
		{"snowflake", "18446744073709551616", "18446744073709551616"},
		{"snowflake", "18446744073709551615", "18446744073709551616"},
		{"zero", "0", "0"},
		{"zero", "0.1", "0.1"},
	} {
		r := receipt("slack", fmt.Sprint(i))
		r.Channel, r.Sequence = x.channel, x.sequence
		mustAccept(t, j, r, true)
		cursors, err := j.Cursors(t.Context(), "slack")
		must(t, err)
		if cursors[x.channel] != x.want {
			t.Errorf("after %s: %s, want %s", x.sequence, cursors[x.channel], x.want)
		}
	}
	must(t, j.Close())
	j = mustOpen(t, path)
	cursors, err := j.Cursors(t.Context(), "slack")
	must(t, err)
	if len(cursors) != 4 || cursors["a"] != "11.5" {
		t.Errorf("after a restart: %v", cursors)
	}
	if cursors, err = j.Cursors(t.Context(), "discord"); err != nil || len(cursors) > 0 {
		t.Errorf("of another adapter: %v, %v", cursors, err)
	}
	for _, sequence := range []string{"x", "-1", "1.", ".5", "1.2.3", "1e5", " 1", strings.Repeat("1", 65), "1." + strings.Repeat("1", 65)} {
		r := receipt("slack", "bad "+sequence)
		r.Channel, r.Sequence = "a", sequence
		if fresh, err := accept(t.Context(), j, r); err == nil || fresh {
			t.Errorf("the sequence %q is taken", sequence)
		}
	}
}

func TestAcceptRefuses(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	for name, change := range map[string]func(*bot.Receipt){
		"no adapter": func(r *bot.Receipt) { r.Adapter = "" },
		"no key":     func(r *bot.Receipt) { r.Key = "" },
		"no time":    func(r *bot.Receipt) { r.Received = time.Time{} },
		"long key":   func(r *bot.Receipt) { r.Key = strings.Repeat("x", maxName+1) },
		"long body":  func(r *bot.Receipt) { r.Body = make([]byte, maxBody+1) },
	} {
		r := receipt("slack", "1")
		change(&r)
		if fresh, err := accept(t.Context(), j, r); err == nil || fresh {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, change := range map[string]func(*bot.Post){
		"no adapter": func(p *bot.Post) { p.Adapter = "" },
		"no channel": func(p *bot.Post) { p.Channel = "" },
		"no ID":      func(p *bot.Post) { p.ID = "" },
		"long body":  func(p *bot.Post) { p.Body = make([]byte, maxBody+1) },
	} {
		p := post("C1", "1", "1")
		change(&p)
		if err := j.KeepPost(t.Context(), p); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
}

// TestAcceptOnce brings each event many times at once, over two connections:
// one of them is told that it is new.
func TestAcceptOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	journals := []*Journal{mustOpen(t, path), mustOpen(t, path)}
	const events, times = 50, 8
	var fresh [events]atomic.Int32
	var all sync.WaitGroup
	for w := range times {
		all.Go(func() {
			j := journals[w%2]
			for i := range events {
				r := receipt("slack", fmt.Sprint(i))
				r.Channel, r.Sequence = "C1", fmt.Sprint(i*times+w)
				isNew, err := accept(t.Context(), j, r)
				if err != nil {
					t.Error(err)
				}
				if isNew {
					fresh[i].Add(1)
				}
			}
		})
	}
	all.Wait()
	for i := range events {
		if n := fresh[i].Load(); n != 1 {
			t.Errorf("event %d is new %d times", i, n)
		}
	}
	if cursors, err := journals[0].Cursors(t.Context(), "slack"); err != nil || cursors["C1"] != fmt.Sprint(events*times-1) {
		t.Errorf("%v, %v", cursors, err)
	}
}

func TestPosts(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	one, two, shown := post("C1", "9", "q"), post("C1", "10", "q"), post("C2", "1", "")
	shown.Handover, shown.Asker, shown.Body = "h1", "", nil
	for _, p := range []bot.Post{one, two, shown, post("C1", "11", "another"), post("C2", "1000", "q")} {
		must(t, j.KeepPost(t.Context(), p))
	}
	of := func() []bot.Post {
		t.Helper()
		posts, err := j.PostsOf(t.Context(), "slack", "slack:C1", "q")
		must(t, err)
		return posts
	}
	if diff := cmp.Diff([]bot.Post{one, two}, of()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, found, err := j.Post(t.Context(), "slack", "C2", "1")
	must(t, err)
	if diff := cmp.Diff(shown, got); !found || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	one.Body = []byte("edited")
	must(t, j.KeepPost(t.Context(), one))
	if diff := cmp.Diff([]bot.Post{one, two}, of()); diff != "" {
		t.Errorf("kept again (-want +got):\n%s", diff)
	}
	three := post("C1", "12", "q")
	must(t, j.ReplacePosts(t.Context(), "slack", "slack:C1", "q", []bot.Post{two, three}))
	if diff := cmp.Diff([]bot.Post{two, three}, of()); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	must(t, j.ReplacePosts(t.Context(), "slack", "slack:C1", "q", nil))
	must(t, j.ReplacePosts(t.Context(), "slack", "slack:C2", "", nil))
	for conversation, want := range map[string]bool{"slack:C1": true, "slack:C2": true, "slack:C3": false} {
		if joined, err := j.Joined(t.Context(), "slack", conversation); err != nil || joined != want {
			t.Errorf("joined %s: %v, %v", conversation, joined, err)
		}
	}
	if left := of(); len(left) > 0 || count(t, j, "post") != 3 {
		t.Errorf("dropped: %+v are left, %d in all", left, count(t, j, "post"))
	}
	if posts, err := j.PostsOf(t.Context(), "slack", "slack:C2", ""); err != nil || len(posts) > 0 {
		t.Errorf("posts that answer nothing: %+v, %v", posts, err)
	}
}

func TestHandovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	at := time.Now().UTC().Truncate(time.Microsecond)
	h := bot.Handover{ID: "h1", Base: "desk", Conversation: "slack:C1", MessageID: "m1", Question: "who waters the plants?",
		Asker: "slack:U1", Channel: "slack:C1", Experts: "slack:CEXPERTS", Locale: "de", Link: "https://chat.example/m1", Asked: at}
	must(t, j.HandOver(t.Context(), h))
	changed := h
	changed.Question = "another"
	must(t, j.HandOver(t.Context(), changed))
	later, of2 := h, h
	later.ID, later.Asked = "h2", at.Add(time.Second)
	of2.ID, of2.Asker = "h3", "slack:U2"
	must(t, j.HandOver(t.Context(), later))
	must(t, j.HandOver(t.Context(), of2))
	must(t, j.Close())

	j = mustOpen(t, path)
	open, err := j.OpenHandovers(t.Context(), "slack:U1")
	must(t, err)
	if diff := cmp.Diff([]bot.Handover{later, h}, open); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	must(t, j.Answered(t.Context(), "h1", "slack:UEXPERT", at.Add(time.Minute)))
	must(t, j.Answered(t.Context(), "h1", "slack:UOTHER", at.Add(time.Hour)))
	got, found, err := j.Handover(t.Context(), "h1")
	must(t, err)
	h.Answered, h.By = at.Add(time.Minute), "slack:UEXPERT"
	if diff := cmp.Diff(h, got); !found || diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
	if open, err = j.OpenHandovers(t.Context(), "slack:U1"); err != nil || len(open) != 1 || open[0].ID != "h2" {
		t.Errorf("open: %+v, %v", open, err)
	}
	if err := j.Answered(t.Context(), "none", "slack:UEXPERT", at); !errors.Is(err, ErrNoHandover) {
		t.Errorf("one that is not there: %v", err)
	}
	if _, found, err := j.Handover(t.Context(), "none"); found || err != nil {
		t.Error(found, err)
	}
}

// TestInboxOff is what adapters find where the journal is switched off.
func TestInboxOff(t *testing.T) {
	j, err := Open(t.Context(), "", Config{})
	must(t, err)
	mustAccept(t, j, receipt("slack", "1"), true)
	must(t, j.Finish(t.Context(), "slack", "1", nil))
	must(t, j.KeepPost(t.Context(), post("C1", "1", "1")))
	if found := unfinished(t, j, "slack"); len(found) > 0 {
		t.Error(found)
	}
	if cursors, err := j.Cursors(t.Context(), "slack"); err != nil || len(cursors) > 0 {
		t.Error(cursors, err)
	}
	if posts, err := j.PostsOf(t.Context(), "slack", "slack:C1", "1"); err != nil || len(posts) > 0 {
		t.Error(posts, err)
	}
	if err := j.HandOver(t.Context(), bot.Handover{ID: "1", Asked: time.Now()}); err == nil {
		t.Error("a question is handed on that nothing remembers")
	}
}

// FuzzRank compares ranks with the numbers that they stand for.
func FuzzRank(f *testing.F) {
	for _, pair := range [][2]string{{"1700000000.123456", "1700000000.12"}, {"9", "10"}, {"007", "7.0"}, {"0", "0.5"}, {"x", "1"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		first, err := rankOf(a)
		second, err2 := rankOf(b)
		if err != nil || err2 != nil {
			return
		}
		x, ok := new(big.Rat).SetString(a)
		y, ok2 := new(big.Rat).SetString(b)
		if !ok || !ok2 {
			t.Fatalf("%q and %q are no numbers", a, b)
		}
		if got, want := strings.Compare(first, second), x.Cmp(y); got != want {
			t.Errorf("%q (%s) and %q (%s): %d, want %d", a, first, b, second, got, want)
		}
	})
}
