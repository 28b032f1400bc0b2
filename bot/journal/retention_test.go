package journal

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"frontdesk/bot"

	"go.uber.org/goleak"
)

// waitFor waits until something has happened in the background.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after a minute", what)
		}
	}
}

func count(t *testing.T, j *Journal, table string) (n int) {
	t.Helper()
	must(t, j.db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func TestRetention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	keep, err := Open(t.Context(), path, Config{Enabled: true}) // for ever
	must(t, err)
	const old, young = 2*purgeBatch + 1, 20
	for i := range old + young {
		x := sample("c", fmt.Sprint(i))
		if i < old {
			x.Time = time.Now().AddDate(0, 0, -31)
		}
		must(t, keep.Record(t.Context(), x))
		must(t, keep.Rate(t.Context(), "c", x.MessageID, "a", 1))
	}
	if n := count(t, keep, "exchange"); n != old+young {
		t.Fatalf("%d exchanges before the purge, want %d", n, old+young)
	}
	must(t, keep.Close())

	j, err := open(t.Context(), path, Config{Enabled: true, RetentionDays: 30}, 5*time.Millisecond)
	must(t, err)
	waitFor(t, "the purge at open", func() bool { return count(t, j, "exchange") == young })
	if n := count(t, j, "rating"); n != young {
		t.Errorf("%d ratings are left, want %d", n, young)
	}
	x := sample("c", "late")
	x.Time = time.Now().AddDate(0, 0, -31)
	must(t, j.Record(t.Context(), x))
	waitFor(t, "the purge at a tick", func() bool { return count(t, j, "exchange") == young })
	sound(t, j)
	must(t, j.Close())
}

// TestInboxRetention removes what adapters keep: the keys of events two hours
// after their end, though exchanges stay for ever, and the rest with exchanges.
func TestInboxRetention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := open(t.Context(), path, Config{Enabled: true}, 5*time.Millisecond)
	must(t, err)
	for _, key := range []string{"old", "young", "open"} {
		r := receipt("slack", key)
		r.Received = time.Now().AddDate(0, -1, -1)
		mustAccept(t, j, r, true)
	}
	must(t, j.Finish(t.Context(), "slack", "young", nil))
	must(t, j.Finish(t.Context(), "slack", "old", nil))
	_, err = j.db.Exec(`UPDATE receipt SET finished = ? WHERE key = 'old'`, time.Now().Add(-keepFinished-time.Minute).UnixMicro())
	must(t, err)
	_, err = j.db.Exec(`UPDATE receipt SET finished = ? WHERE key = 'young'`, time.Now().Add(time.Hour-keepFinished).UnixMicro())
	must(t, err)
	waitFor(t, "the purge of events", func() bool { return count(t, j, "receipt") == 2 })
	mustAccept(t, j, receipt("slack", "young"), false)
	mustAccept(t, j, receipt("slack", "open"), false)
	mustAccept(t, j, receipt("slack", "old"), true)

	for i, age := range []int{31, 29} {
		p := post("C1", fmt.Sprint(i), "q")
		p.Time = time.Now().AddDate(0, 0, -age)
		must(t, j.KeepPost(t.Context(), p))
		must(t, j.HandOver(t.Context(), bot.Handover{ID: fmt.Sprint(i), Asked: p.Time}))
	}
	must(t, j.Close())
	j, err = open(t.Context(), path, Config{Enabled: true, RetentionDays: 30}, time.Hour)
	must(t, err)
	waitFor(t, "the purge of the rest", func() bool { return count(t, j, "post") == 1 && count(t, j, "handover") == 1 })
	if _, found, err := j.Handover(t.Context(), "1"); !found || err != nil {
		t.Error("the young one is gone:", err)
	}
	must(t, j.Close())
}

// TestCloseEndsPurge closes in the midst of a purge; nothing may run on.
func TestCloseEndsPurge(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	path := filepath.Join(t.TempDir(), "journal.db")
	fill(t, path, 3*purgeBatch)
	for range 10 {
		j, err := open(t.Context(), path, Config{Enabled: true, RetentionDays: 1}, time.Microsecond)
		must(t, err)
		must(t, j.Close())
	}
}

// TestPurgeFails shows the error of a purge when the journal is closed.
func TestPurgeFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	// A purge shows in nothing else, so that there may have been none yet.
	for wait := time.Millisecond; ; wait *= 2 {
		j, err := open(t.Context(), path, Config{Enabled: true, RetentionDays: 1}, time.Millisecond)
		must(t, err)
		_, err = j.db.Exec("DROP TABLE IF EXISTS exchange")
		must(t, err)
		time.Sleep(wait)
		if j.Close() != nil {
			return
		}
		if wait > time.Minute {
			t.Fatal("no error")
		}
	}
}
