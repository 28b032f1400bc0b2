package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var ignoreID = cmpopts.IgnoreUnexported(Recorded{})

func TestRoundTrip(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Microsecond)
	exchanges := []bot.Exchange{
		{Time: at, Conversation: "c", MessageID: "least"},
		{
			Time: at.Add(time.Second), Base: "desk", Conversation: "c", MessageID: "full",
			Sender: "slack:U123", Channel: "slack:C9", Kind: bot.Text, Locale: "de-AT",
			Question: "turn on the lounge light", Decision: bot.Run, Entry: "lights-on", Probability: 0.9375,
			Slots: map[string]string{"area": "living_room", "state": "on"}, Answer: "The **lounge** light is on.",
			Failed: true, Latency: 1234 * time.Microsecond,
		},
		{Time: at.Add(2 * time.Second), Conversation: "c", MessageID: "odd 🙂", Question: "שלום 👩‍👩‍👧 \x00 \xff\xfe", Answer: "'; DROP TABLE exchange; --"},
		{Time: at.Add(3 * time.Second), Conversation: "c", Slots: map[string]string{}, Question: "no ID"},
		{Time: at.Add(4 * time.Second), Conversation: "c", Question: "no ID"},
	}
	path := filepath.Join(t.TempDir(), "odd ?#%41 ü", "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	for _, x := range exchanges {
		must(t, j.Record(t.Context(), x))
	}
	must(t, j.Close())
	must(t, j.Close()) // a second time does no harm
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}

	j = mustOpen(t, path)
	var got []Recorded
	must(t, j.Each(t.Context(), time.Time{}, func(r Recorded) error {
		got = append(got, r)
		return nil
	}))
	want := make([]Recorded, len(exchanges))
	for i, x := range exchanges {
		want[i] = Recorded{Exchange: x}
	}
	if diff := cmp.Diff(want, got, ignoreID); diff != "" {
		t.Errorf("each (-want +got):\n%s", diff)
	}
	recent, err := j.Recent(t.Context(), 2)
	must(t, err)
	if diff := cmp.Diff([]Recorded{want[4], want[3]}, recent, ignoreID); diff != "" {
		t.Errorf("recent (-want +got):\n%s", diff)
	}
	for _, x := range exchanges {
		if x.MessageID == "" {
			continue // it is never found again
		}
		one, ok, err := j.Exchange(t.Context(), x.Conversation, x.MessageID)
		if diff := cmp.Diff(x, one); err != nil || !ok || diff != "" {
			t.Errorf("message %q is found: %v, %v (-want +got):\n%s", x.MessageID, ok, err, diff)
		}
	}
	for _, id := range []string{"other", ""} {
		if _, seen, err := j.Exchange(t.Context(), "c", id); err != nil || seen {
			t.Errorf("message %q is seen: %v", id, err)
		}
	}
}

func TestRecordTwice(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	x := sample("c", "1")
	must(t, j.Record(t.Context(), x))
	x.Answer = "another"
	must(t, j.Record(t.Context(), x))
	must(t, j.Record(t.Context(), sample("other conversation", "1")))
	recent, err := j.Recent(t.Context(), 10)
	must(t, err)
	if len(recent) != 2 || recent[1].Answer == "another" {
		t.Errorf("want the first record of each message, got %+v", recent)
	}
}

func TestRate(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	must(t, j.Record(t.Context(), sample("c", "1")))
	must(t, j.Rate(t.Context(), "c", "1", "slack:U1", 1))
	must(t, j.Rate(t.Context(), "c", "1", "slack:U2", -1))
	must(t, j.Rate(t.Context(), "c", "1", "slack:U3", -1))
	must(t, j.Rate(t.Context(), "c", "1", "slack:U2", 1)) // a change of mind
	recent, err := j.Recent(t.Context(), 1)
	must(t, err)
	if recent[0].Up != 2 || recent[0].Down != 1 {
		t.Errorf("up %d, down %d; want 2 and 1", recent[0].Up, recent[0].Down)
	}
	if err := j.Rate(t.Context(), "c", "2", "slack:U1", 1); !errors.Is(err, ErrUnknown) {
		t.Errorf("an exchange that is not there: %v", err)
	}
	for _, rating := range []int{0, 2, -5} {
		if err := j.Rate(t.Context(), "c", "1", "slack:U1", rating); err == nil {
			t.Errorf("the rating %d is taken", rating)
		}
	}
}

func TestRecordRefuses(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	long := strings.Repeat("x", maxName+1)
	for name, change := range map[string]func(*bot.Exchange){
		"no time":     func(x *bot.Exchange) { x.Time = time.Time{} },
		"probability": func(x *bot.Exchange) { x.Probability = 1.5 },
		"not a number": func(x *bot.Exchange) {
			zero := 0.0
			x.Probability = zero / zero
		},
		"message ID": func(x *bot.Exchange) { x.MessageID = long },
		"channel":    func(x *bot.Exchange) { x.Channel = bot.Address(long) },
	} {
		x := sample("c", "1")
		change(&x)
		if err := j.Record(t.Context(), x); err == nil {
			t.Errorf("%s: recorded", name)
		}
	}
	if err := j.Rate(t.Context(), "c", "1", bot.Address(long), 1); err == nil {
		t.Error("a rater with an endless name is taken")
	}
}

func TestLongTexts(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	x := sample("c", "1")
	x.Question = "a" + strings.Repeat("ü", maxText)
	x.Answer = strings.Repeat("y", maxText)
	must(t, j.Record(t.Context(), x))
	recent, err := j.Recent(t.Context(), 1)
	must(t, err)
	q := recent[0].Question
	if len(q) > maxText || len(q) < maxText-len(cutMark)-4 || !strings.HasSuffix(q, "ü"+cutMark) {
		t.Errorf("the question is kept with %d bytes, ending in %q", len(q), q[len(q)-8:])
	}
	if recent[0].Answer != x.Answer {
		t.Error("an answer that fits is changed")
	}
}

func TestSwitchedOff(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(t.Context(), filepath.Join(dir, "journal.db"), Config{})
	must(t, err)
	must(t, j.Record(t.Context(), sample("c", "1")))
	must(t, j.Rate(t.Context(), "c", "1", "a", 1))
	if _, seen, err := j.Exchange(t.Context(), "c", "1"); seen || err != nil {
		t.Error(seen, err)
	}
	if recent, err := j.Recent(t.Context(), 9); len(recent) > 0 || err != nil {
		t.Error(recent, err)
	}
	if counts, err := j.Counts(t.Context(), time.Time{}); len(counts) > 0 || err != nil {
		t.Error(counts, err)
	}
	must(t, j.Each(t.Context(), time.Time{}, func(Recorded) error { return errors.New("something is there") }))
	must(t, j.Close())
	if files, err := os.ReadDir(dir); len(files) > 0 || err != nil {
		t.Error("a file was made:", files, err)
	}
}

func TestEach(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	at := time.Now().UTC().Truncate(time.Hour)
	const n = 2*pageSize + 10
	for i := range n {
		x := sample("c", fmt.Sprint(i))
		x.Time = at.Add(time.Duration(i/5) * time.Minute) // many at the same time
		must(t, j.Record(t.Context(), x))
	}
	got := 0
	must(t, j.Each(t.Context(), at.Add(time.Minute), func(r Recorded) error {
		if r.MessageID != fmt.Sprint(got+5) {
			return fmt.Errorf("exchange %s in place %d", r.MessageID, got)
		}
		got++
		if got == 3 { // the journal is not held
			return j.Rate(t.Context(), "c", r.MessageID, "a", -1)
		}
		return nil
	}))
	if got != n-5 {
		t.Errorf("%d exchanges, want %d", got, n-5)
	}
	stop := errors.New("enough")
	if err := j.Each(t.Context(), at, func(Recorded) error { return stop }); err != stop {
		t.Errorf("the function's error comes back as %v", err)
	}
	counts, err := j.Counts(t.Context(), at.Add(time.Minute))
	must(t, err)
	if diff := cmp.Diff(map[bot.Decision]int{bot.Answer: n - 5}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestConcurrency(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	journals := []*Journal{mustOpen(t, path), mustOpen(t, path)}
	const workers, each = 8, 25
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			j := journals[w%2]
			name := fmt.Sprint(w / 2) // two workers record the same
			for i := range each {
				id := fmt.Sprint(i)
				if err := j.Record(t.Context(), sample(name, id)); err != nil {
					t.Error(err)
				}
				if err := j.Rate(t.Context(), name, id, bot.Address(fmt.Sprint(w)), 1); err != nil {
					t.Error(err)
				}
				if _, err := j.Recent(t.Context(), 3); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	must(t, journals[0].Each(t.Context(), time.Time{}, func(r Recorded) error {
		n++
		if r.Up != 2 {
			return fmt.Errorf("%s of %s: rated %d times, want 2", r.MessageID, r.Conversation, r.Up)
		}
		return nil
	}))
	if n != workers/2*each {
		t.Errorf("%d exchanges, want %d", n, workers/2*each)
	}
	sound(t, journals[0])
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	j := mustOpen(t, filepath.Join(dir, "journal.db"))
	must(t, j.Record(t.Context(), sample("c", "1")))
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	if len(files) < 3 {
		t.Errorf("want the journal with its log, got %v", files)
	}
	for _, f := range append(files, dir) {
		info, err := os.Stat(f)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: others may look into it: %v", f, info.Mode())
		}
	}
}

func TestCheck(t *testing.T) {
	for days, ok := range map[int]bool{-1: false, 0: true, 90: true, 36500: true, 36501: false} {
		faults := 0
		Config{RetentionDays: days}.Check(func(key, what, do string) {
			faults++
			if key != "retention_days" || what == "" || do == "" {
				t.Errorf("%q: %q; %q", key, what, do)
			}
		})
		if (faults == 0) != ok {
			t.Errorf("%d days: %d faults", days, faults)
		}
	}
	DefaultConfig().Check(func(key, what, do string) { t.Errorf("the default: %s: %s", key, what) })
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := Open(ctx, filepath.Join(dir, "new.db"), DefaultConfig()); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	j := mustOpen(t, filepath.Join(dir, "journal.db"))
	if err := j.Record(ctx, sample("c", "1")); !errors.Is(err, context.Canceled) {
		t.Errorf("record: %v", err)
	}
	must(t, j.Record(t.Context(), sample("c", "1")))
}

func TestClosed(t *testing.T) {
	j, err := Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), DefaultConfig())
	must(t, err)
	must(t, j.Close())
	if err := j.Record(t.Context(), sample("c", "1")); err == nil {
		t.Error("a closed journal records")
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	j, err := Open(ctx, filepath.Join(dir, "journal.db"), DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()

	err = j.Record(ctx, bot.Exchange{
		Time: time.Now(), Conversation: "terminal:local", MessageID: "1",
		Question: "how do I reset my password?", Decision: bot.Answer, Entry: "reset-password", Probability: 0.98,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	recent, err := j.Recent(ctx, 10)
	for _, r := range recent {
		fmt.Printf("%s: %s (%.2f)\n", r.Question, r.Entry, r.Probability)
	}
	fmt.Println(err)
	// Output:
	// how do I reset my password?: reset-password (0.98)
	// <nil>
}
