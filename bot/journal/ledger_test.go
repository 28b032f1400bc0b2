package journal

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/ledgertest"

	"github.com/google/go-cmp/cmp"
)

func TestLedger(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) dispatch.Ledger {
		// Without retention, as these attempts are of long ago.
		j, err := Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), Config{Enabled: true})
		must(t, err)
		t.Cleanup(func() {
			mustVerify(t, j) // whatever was done
			must(t, j.Close())
		})
		return j
	})
}

// attempt is one of an ordinary size.
func attempt(key string) bot.Attempt {
	return bot.Attempt{
		Time: time.Now().UTC().Truncate(time.Microsecond), Key: key, Base: "home", Conversation: "slack:C1", Entry: "lights-on",
		Sender: "slack:U1", Channel: "slack:C1", Who: "ann", Room: "kitchen", Said: "turn on the kitchen lights please",
		Slots: map[string]string{"area": "kitchen"}, Probability: 0.9375, Assent: "yes",
	}
}

func mustBegin(t testing.TB, j *Journal, a bot.Attempt) {
	t.Helper()
	s, err := j.Begin(t.Context(), a, nil)
	must(t, err)
	if !s.Begun {
		t.Fatalf("not begun: %+v", s)
	}
}

func mustVerify(t testing.TB, j *Journal) Verified {
	t.Helper()
	v, err := j.VerifyAudit(context.Background(), nil) // after the test, too
	must(t, err)
	return v
}

func allRows(t testing.TB, j *Journal) (all []Row) {
	t.Helper()
	must(t, j.Audit(t.Context(), 0, func(r Row) error {
		all = append(all, r)
		return nil
	}))
	return all
}

// TestAudited holds what the audit tells of attempts.
func TestAudited(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	a := attempt("slack:C1\x0017\x00lights-on")
	must(t, j.Refuse(t.Context(), a, "it is paused"))
	mustBegin(t, j, a)
	must(t, j.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed, Reason: "no <such> lamp", Took: 1500 * time.Microsecond}))
	must(t, j.Note(t.Context(), EventPaused, a.Time, Contents{Who: "user:ann", Reason: "fire drill", Until: "2026-11-25T21:00:00Z"}))

	rows := allRows(t, j)
	whole := Contents{V: 1, Who: "ann", Sender: "slack:U1", Channel: "slack:C1", Room: "kitchen", Base: "home", Conversation: "slack:C1",
		Key: a.Key, Said: a.Said, Entry: "lights-on", Slots: a.Slots, Probability: 0.9375, Assent: "yes"}
	refused, end := whole, whole
	refused.Reason = "it is paused"
	end.Said, end.Slots, end.Probability, end.Assent, end.Begun, end.Reason, end.TookMS = "", nil, 0, "", 2, "no <such> lamp", 1.5
	want := []Contents{refused, whole, end, {V: 1, Who: "user:ann", Reason: "fire drill", Until: "2026-11-25T21:00:00Z"}}
	for i, r := range rows {
		c, err := r.Read()
		must(t, err)
		if diff := cmp.Diff(want[i], c); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", r.Seq, diff)
		}
	}
	if got := []Event{rows[0].Event, rows[1].Event, rows[2].Event, rows[3].Event}; !cmp.Equal(got, []Event{EventRefused, EventBegun, EventFailed, EventPaused}) {
		t.Error(got)
	}
	if !rows[1].Time.Equal(a.Time) || !rows[2].Time.Equal(a.Time.Add(1500*time.Microsecond)) {
		t.Error("times:", rows[1].Time, rows[2].Time)
	}
	if !strings.Contains(string(rows[2].Contents), `"reason":"no <such> lamp"`) {
		t.Errorf("the contents are not written plainly: %s", rows[2].Contents)
	}
	if v := mustVerify(t, j); v.Rows != 4 || v.Erased != 0 || v.Head.Seq != 4 {
		t.Errorf("%+v", v)
	}
	tail, err := j.AuditTail(t.Context(), 2)
	must(t, err)
	if diff := cmp.Diff(rows[2:], tail); diff != "" {
		t.Error(diff)
	}
}

func TestLedgerRefuses(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	a := attempt("k")
	a.Who = strings.Repeat("x", maxContents)
	if s, err := j.Begin(t.Context(), a, nil); err == nil {
		t.Errorf("endless contents: %+v", s)
	}
	a = attempt("k")
	a.Said = strings.Repeat("ü", maxText)
	mustBegin(t, j, a)
	if r := allRows(t, j); len(r) != 1 || len(r[0].Contents) > maxText+1000 {
		t.Errorf("%d rows", len(r))
	}
	if err := j.Note(t.Context(), EventBegun, a.Time, Contents{}); err == nil {
		t.Error("an attempt can be noted without having begun")
	}
	off, err := Open(t.Context(), "", Config{})
	must(t, err)
	if s, err := off.Begin(t.Context(), attempt("k"), nil); err == nil || s.Begun {
		t.Errorf("a journal that is switched off says that it was begun: %+v, %v", s, err)
	}
}

// TestLedgerFull finds the disk full: nothing is begun that is not on record.
func TestLedgerFull(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	var pages int
	must(t, j.db.QueryRow("PRAGMA page_count").Scan(&pages))
	_, err := j.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+4))
	must(t, err)
	kept := 0
	for ; kept < 1000; kept++ {
		var s bot.Standing
		if s, err = j.Begin(t.Context(), attempt(fmt.Sprint(kept)), nil); err != nil {
			if s.Begun {
				t.Error("it was begun in spite of", err)
			}
			break
		}
	}
	if err == nil {
		t.Fatal("the disk never was full")
	}
	_, err = j.db.Exec("PRAGMA max_page_count = 100000")
	must(t, err)
	mustBegin(t, j, attempt(fmt.Sprint(kept)))
	if v := mustVerify(t, j); v.Rows != int64(kept)+1 {
		t.Errorf("%d rows of %d attempts", v.Rows, kept+1)
	}
	var mode int
	must(t, j.db.QueryRow("PRAGMA synchronous").Scan(&mode))
	if mode != 1 {
		t.Errorf("after attempts, synchronous is %d, not NORMAL", mode)
	}
}
