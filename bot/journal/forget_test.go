package journal

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
)

// TestForget forgets one of two people: nothing of her is left in any file, all
// of the other is, and the chain holds.
func TestForget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	const eva, bob = "slack:UEVA", "slack:UBOB"
	n := 100
	if testing.Short() {
		n = 30
	}
	tenth := int64(n / 10)
	for i := range n {
		for _, who := range []struct{ name, address string }{{"eva-maria", eva}, {"bob", bob}} {
			a := attempt(fmt.Sprint(who.name, i))
			a.Who, a.Sender, a.Conversation, a.Said = who.name, bot.Address(who.address), "dm of "+who.name, "open the safe of "+who.name
			a.Slots = map[string]string{"whose": "the " + who.name + "'s"}
			if i%10 == 0 {
				must(t, j.Refuse(t.Context(), a, "no right, "+who.name))
				continue
			}
			mustBegin(t, j, a)
			must(t, j.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed, Reason: "no safe of " + who.name}))

			x := sample("dm of "+who.name, fmt.Sprint(i))
			x.Sender, x.Channel, x.Question, x.Answer = a.Sender, a.Sender, a.Said, "It is open, "+who.name
			x.Slots = a.Slots
			must(t, j.Record(t.Context(), x))
			must(t, j.Rate(t.Context(), x.Conversation, x.MessageID, bob, 1))
			must(t, j.Rate(t.Context(), x.Conversation, x.MessageID, eva, -1))
		}
	}
	// Of what adapters keep: two of eva's, one of bob's, one that only names her.
	inbox := func(key, body string) {
		t.Helper()
		mustAccept(t, j, bot.Receipt{Adapter: "slack", Key: key, Conversation: "slack:C1", Received: time.Now(), Body: []byte(body)}, true)
	}
	inbox("e1", `{"user":"UEVA","text":"eva-maria asks"}`)
	inbox("e2", `{"user":"UBOB","text":"what does <@UEVA> say?"}`)
	inbox("b1", `{"user":"UBOB","text":"not XUEVA, UEVA2 or _UEVA_"}`)
	for _, who := range []string{eva, bob} {
		p := post("C1", who, "q")
		p.Asker, p.Body = bot.Address(who), []byte("told "+who)
		must(t, j.KeepPost(t.Context(), p))
		must(t, j.HandOver(t.Context(), bot.Handover{ID: "of " + who[6:8], Asker: bot.Address(who), Question: "asked by " + who, Asked: time.Now()}))
	}
	must(t, j.Answered(t.Context(), "of UB", eva, time.Now()))
	approved := attempt("approved")
	approved.Who, approved.Assent = "bob", "approved by slack:UZOE, "+eva
	mustBegin(t, j, approved)
	must(t, j.End(t.Context(), approved, bot.Outcome{Verdict: bot.Done}))
	before := mustVerify(t, j)
	bobs := func() (rows []Row) {
		for _, r := range allRows(t, j) {
			c, err := r.Read()
			must(t, err)
			if c.Who == "bob" && c.Assent != approved.Assent {
				rows = append(rows, r)
			}
		}
		return rows
	}
	bobsBefore := bobs()

	forgotten, err := j.Forget(t.Context(), Person{Names: []string{"eva-maria"}, Addresses: []bot.Address{eva}})
	must(t, err)
	if want := (Forgotten{Audit: tenth + 2*9*tenth + 1, Exchanges: 9 * tenth, Ratings: 18 * tenth, Attempts: 9*tenth + 1,
		Receipts: 2, Posts: 1, Handovers: 2}); forgotten != want {
		t.Errorf("%+v, want %+v", forgotten, want)
	}
	lacks(t, path, "eva-maria", eva, `"UEVA"`, "<@UEVA>")
	if left := unfinished(t, j, "slack"); len(left) != 1 || left[0].Key != "b1" {
		t.Errorf("events left: %+v", left)
	}
	mustAccept(t, j, receipt("slack", "e1"), false)
	if h, found, err := j.Handover(t.Context(), "of UB"); err != nil || !found || h.By != "" || h.Answered.IsZero() {
		t.Errorf("what eva answered: %+v, %v", h, err)
	}
	if v := mustVerify(t, j); v.Rows != before.Rows+1 || v.Erased != forgotten.Audit {
		t.Errorf("%+v", v)
	}
	if _, err := j.VerifyAudit(t.Context(), &before.Head); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(bobsBefore, bobs()); diff != "" {
		t.Error(diff)
	}
	tail, err := j.AuditTail(t.Context(), 1)
	must(t, err)
	c, err := tail[0].Read()
	must(t, err)
	if c.Count != forgotten.Audit || c.Who != "" || c.Reason != "a person was forgotten" || tail[0].Event != EventErased {
		t.Errorf("%s: %s", tail[0].Event, tail[0].Contents)
	}
	kept, gone := int64(0), int64(0)
	must(t, j.Each(t.Context(), time.Time{}, func(r Recorded) error {
		if r.Sender == bob && r.Answer == "It is open, bob" && r.Up == 1 && r.Down == 0 {
			kept++
		}
		if r.Sender == "" && r.Question == "" && r.Answer == "" && r.Slots == nil && r.Conversation == "" && r.Channel == "" && r.Entry == "add-question" {
			gone++
		}
		return nil
	}))
	if kept != 9*tenth || gone != 9*tenth {
		t.Errorf("%d exchanges kept, %d erased; want %d each", kept, gone, 9*tenth)
	}
	// Nothing runs again because somebody was forgotten.
	if s, err := j.Begin(t.Context(), attempt("eva-maria1"), nil); err != nil || !s.Earlier || s.Outcome.Verdict != bot.Failed {
		t.Errorf("%+v, %v", s, err)
	}

	// Once more there is nothing to do, and nothing is said of it.
	forgotten, err = j.Forget(t.Context(), Person{Names: []string{"eva-maria"}, Addresses: []bot.Address{eva}})
	must(t, err)
	if forgotten != (Forgotten{}) || mustVerify(t, j).Rows != before.Rows+1 {
		t.Errorf("a second time: %+v", forgotten)
	}
	for _, nobody := range []Person{{}, {Addresses: []bot.Address{""}}} {
		if n, err := j.Forget(t.Context(), nobody); err != nil || n != (Forgotten{}) {
			t.Errorf("%+v: %+v, %v", nobody, n, err)
		}
	}
	must(t, j.Close())
	lacks(t, path, "eva-maria", eva)
}

// TestForgetMidway forgets somebody whose command is being carried out.
func TestForgetMidway(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	keyed, keyless := attempt("k"), attempt("")
	mustBegin(t, j, keyed)
	mustBegin(t, j, keyless)
	_, err := j.Forget(t.Context(), Person{Names: []string{"ann"}})
	must(t, err)
	must(t, j.End(t.Context(), keyed, bot.Outcome{Verdict: bot.Done}))
	must(t, j.End(t.Context(), keyless, bot.Outcome{Verdict: bot.Done}))
	if v := mustVerify(t, j); v.Rows != 5 || v.Erased != 2 {
		t.Errorf("%+v", v)
	}
}

// TestAuditRetention erases what is old, leaves what is young, and keeps the
// chain and every row of it.
func TestAuditRetention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, Config{Enabled: true}) // for ever
	must(t, err)
	const old, young = purgeBatch + 7, 5
	// In one transaction, as so many take long one by one.
	must(t, j.write(t.Context(), "filling", killed, func(ctx context.Context, tx *sql.Tx) error {
		for i := range old {
			a := attempt(fmt.Sprint(i))
			a.Time, a.Said = a.Time.AddDate(0, 0, -31), "an old thing"
			contents, err := j.attempted(a, nil, Contents{})
			if err != nil {
				return err
			}
			seq, err := add(ctx, tx, EventBegun, a.Time, contents)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO attempt (key, base, entry, who, room, begun, audit) VALUES (?, '', '', 'ann', '', ?, ?)`,
				keyOf(a), a.Time.UnixMicro(), seq)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	for i := range young {
		mustBegin(t, j, attempt(fmt.Sprint(old+i)))
	}
	before := mustVerify(t, j)
	must(t, j.Close())

	j, err = open(t.Context(), path, Config{Enabled: true, RetentionDays: 30}, time.Hour)
	must(t, err)
	waitFor(t, "the purge", func() bool { return count(t, j, "audit WHERE contents IS NOT NULL AND event = 'begun'") == young })
	waitFor(t, "the purge of attempts", func() bool { return count(t, j, "attempt") == young })
	if v := mustVerify(t, j); v.Erased != old || v.Rows != before.Rows+2 {
		t.Errorf("%+v", v)
	}
	_, err = j.VerifyAudit(t.Context(), &before.Head)
	must(t, err)
	for i := range young {
		if s, err := j.Begin(t.Context(), attempt(fmt.Sprint(old+i)), nil); err != nil || !s.Earlier {
			t.Errorf("a young attempt is forgotten: %+v, %v", s, err)
		}
	}
	must(t, j.Close())
	lacks(t, path, "an old thing")
}
