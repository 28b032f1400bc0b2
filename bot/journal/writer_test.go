package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"
)

// hold keeps the writer at work, so that changes wait, until release is called.
func hold(t *testing.T, j *Journal) (release func()) {
	t.Helper()
	started, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- j.change(t.Context(), "holding", func(*changing) error {
			close(started)
			<-end
			return nil
		})
	}()
	<-started
	return func() {
		close(end)
		must(t, <-done)
	}
}

// TestFailAlone makes changes together of which some fail: each is told what
// became of its own, and those that fail leave nothing behind.
func TestFailAlone(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	must(t, j.Record(t.Context(), sample("c", "first")))
	release := hold(t, j)
	const n = 40
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			id := fmt.Sprint(i)
			switch i % 4 {
			case 0:
				errs[i] = j.Record(t.Context(), sample("c", id))
			case 1:
				_, errs[i] = accept(t.Context(), j, receipt("slack", id))
			case 2: // of two statements the second fails
				errs[i] = j.change(t.Context(), "testing", func(c *changing) error {
					if err := keepPosts(c, []bot.Post{post("C1", id, "q")}); err != nil {
						return err
					}
					_, err := c.exec(`INSERT INTO rating (exchange, rater, rating) VALUES (1, ?, 5)`, id)
					return err
				})
			case 3:
				errs[i] = j.Finish(t.Context(), "slack", "never "+id, []bot.Post{post("C1", id, "q")})
			}
		})
	}
	waitFor(t, "all to wait", func() bool { return len(j.writer.waiting) == n })
	release()
	all.Wait()
	for i, err := range errs {
		switch i % 4 {
		case 0, 1:
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		case 2:
			if err == nil || !strings.Contains(err.Error(), "CHECK constraint failed") || !strings.Contains(err.Error(), j.path) {
				t.Errorf("change %d: %v", i, err)
			}
		case 3:
			if !errors.Is(err, ErrNotAccepted) {
				t.Errorf("change %d: %v", i, err)
			}
		}
	}
	if records, receipts, posts := count(t, j, "exchange"), count(t, j, "receipt"), count(t, j, "post"); records != n/4+1 || receipts != n/4 || posts != 0 {
		t.Errorf("%d exchanges, %d events, %d posts", records, receipts, posts)
	}
}

// TestTakeBack ends the context of a change that waits: it returns, and the
// change is not made later.
func TestTakeBack(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	release := hold(t, j)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := j.Record(ctx, sample("c", "1")); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBusy) {
		t.Errorf("error: %v", err)
	}
	release()
	must(t, j.Record(t.Context(), sample("c", "2")))
	if n := count(t, j, "exchange"); n != 1 {
		t.Errorf("%d exchanges", n)
	}
}

// TestCloseDrains closes while changes wait: each is made. One that comes later
// is refused.
func TestCloseDrains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	release := hold(t, j)
	const n = 50
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = j.Record(t.Context(), sample("c", fmt.Sprint(i))) })
	}
	waitFor(t, "all to wait", func() bool { return len(j.writer.waiting) == n })
	all.Go(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	waitFor(t, "the end", func() bool {
		j.writer.mu.RLock()
		defer j.writer.mu.RUnlock()
		return j.writer.closed
	})
	if err := j.Record(t.Context(), sample("c", "late")); !errors.Is(err, errClosed) {
		t.Errorf("too late: %v", err)
	}
	release()
	all.Wait()
	must(t, errors.Join(errs...))
	j = mustOpen(t, path)
	if made := count(t, j, "exchange"); made != n {
		t.Errorf("%d changes were made, want %d", made, n)
	}
}

// inboxForEver accepts and finishes events, eight at once, and prints what it was
// told: "a ID" and "f ID".
func inboxForEver(path, name string) int {
	ctx := context.Background()
	j, err := Open(ctx, path, DefaultConfig())
	if err != nil {
		return fail(err)
	}
	failed := make(chan error)
	for w := range 8 {
		go func() {
			for i := w; ; i += 8 {
				id := name + "-" + strconv.Itoa(i)
				fresh, err := accept(ctx, j, receipt("slack", id))
				if err == nil && !fresh {
					err = fmt.Errorf("event %s is not new", id)
				}
				if err != nil {
					failed <- err
					return
				}
				// Not buffered: what was written has left the process.
				if _, err := os.Stdout.WriteString("a " + id + "\n"); err != nil {
					failed <- err
					return
				}
				if err := j.Finish(ctx, "slack", id, []bot.Post{post("C1", id+" 1", id), post("C1", id+" 2", id)}); err != nil {
					failed <- err
					return
				}
				if _, err := os.Stdout.WriteString("f " + id + "\n"); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return fail(<-failed)
}

// TestKillInbox kills a process again and again while it accepts and finishes
// events. What it accepted must be there, and what it finished must be whole.
func TestKillInbox(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes, or does one thing at a time: nothing to race")
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	accepted, finished := map[string]bool{}, map[string]bool{}
	rounds := 8
	if os.Getenv("FRONTDESK_TEST_KILLS") != "" {
		rounds = 100
	}
	for round := range rounds {
		cmd := child(t, "inbox", path, fmt.Sprint("round-", round))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines, before := bufio.NewScanner(out), len(finished)
		for lines.Scan() {
			what, id, ok := strings.Cut(lines.Text(), " ")
			switch {
			case !ok: // the last line may be cut short
			case what == "a":
				accepted[id] = true
			case what == "f":
				finished[id] = true
			}
			if len(finished) == before+10+13*round%70 {
				must(t, cmd.Process.Kill())
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("round %d: the child was not killed but ended: %v", round, err)
		}
		j, err := Open(t.Context(), path, DefaultConfig())
		must(t, err)
		open := map[string]bool{}
		for _, r := range unfinished(t, j, "slack") {
			open[r.Key] = true
		}
		for id := range accepted {
			mustAccept(t, j, receipt("slack", id), false)
			posts, err := j.PostsOf(t.Context(), "slack", "slack:C1", id)
			must(t, err)
			switch n := len(posts); {
			case finished[id] && (n != 2 || open[id]):
				t.Errorf("round %d: event %s was finished, has %d posts, and is open: %v", round, id, n, open[id])
			case n != 2 && !open[id] || n != 0 && open[id]:
				t.Errorf("round %d: event %s has %d posts, and is open: %v", round, id, n, open[id])
			}
		}
		sound(t, j)
		must(t, j.Close())
	}
	t.Logf("%d kills: %d events accepted, %d finished", rounds, len(accepted), len(finished))
}

// TestSides has changes of all sorts made side by side, over two connections:
// those that are gathered, those that wait for the disk, and an erasure of the
// whole file.
func TestSides(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	journals := []*Journal{mustOpen(t, path), mustOpen(t, path)}
	const workers, each = 6, 8
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			j := journals[w%2]
			for i := range each {
				id := fmt.Sprint(w, "-", i)
				a := attempt(id)
				_, err := j.Begin(t.Context(), a, nil)
				_, acceptErr := accept(t.Context(), j, receipt("slack", id))
				err = errors.Join(err, acceptErr, j.Record(t.Context(), sample("c", id)),
					j.Finish(t.Context(), "slack", id, []bot.Post{post("C1", id, id)}),
					j.End(t.Context(), a, bot.Outcome{Verdict: bot.Done}))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() {
		if _, err := journals[0].Forget(t.Context(), Person{Addresses: []bot.Address{"slack:nobody"}}); err != nil && !errors.Is(err, ErrBusy) {
			t.Error(err)
		}
	})
	all.Wait()
	j := journals[1]
	mustVerify(t, j)
	sound(t, j)
	const n = workers * each
	if x, r, p, a := count(t, j, "exchange"), count(t, j, "receipt WHERE finished IS NOT NULL"), count(t, j, "post"), count(t, j, "attempt WHERE ended IS NOT NULL"); x != n || r != n || p != n || a != n {
		t.Errorf("%d exchanges, %d events, %d posts, %d attempts; want %d each", x, r, p, a, n)
	}
}
