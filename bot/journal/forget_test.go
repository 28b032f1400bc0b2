package journal

import (
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
	for i := range 300 {
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

	n, err := j.Forget(t.Context(), Person{Name: "eva-maria", Addresses: []bot.Address{eva}})
	must(t, err)
	if want := (Forgotten{Audit: 30 + 2*270 + 1, Exchanges: 270, Ratings: 540, Attempts: 271}); n != want {
		t.Errorf("%+v, want %+v", n, want)
	}
	lacks(t, path, "eva-maria", eva)
	if v := mustVerify(t, j); v.Rows != before.Rows+1 || v.Erased != n.Audit {
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
	if c.Count != n.Audit || c.Who != "" || c.Reason != "a person was forgotten" || tail[0].Event != EventErased {
		t.Errorf("%s: %s", tail[0].Event, tail[0].Contents)
	}
	kept, gone := 0, 0
	must(t, j.Each(t.Context(), time.Time{}, func(r Recorded) error {
		if r.Sender == bob && r.Answer == "It is open, bob" && r.Up == 1 && r.Down == 0 {
			kept++
		}
		if r.Sender == "" && r.Question == "" && r.Answer == "" && r.Slots == nil && r.Conversation == "" && r.Channel == "" && r.Entry == "add-question" {
			gone++
		}
		return nil
	}))
	if kept != 270 || gone != 270 {
		t.Errorf("%d exchanges kept, %d erased; want 270 each", kept, gone)
	}
	// Nothing runs again because somebody was forgotten.
	if s, err := j.Begin(t.Context(), attempt("eva-maria1"), nil); err != nil || !s.Earlier || s.Outcome.Verdict != bot.Failed {
		t.Errorf("%+v, %v", s, err)
	}

	// Once more there is nothing to do, and nothing is said of it.
	n, err = j.Forget(t.Context(), Person{Name: "eva-maria", Addresses: []bot.Address{eva}})
	must(t, err)
	if n != (Forgotten{}) || mustVerify(t, j).Rows != before.Rows+1 {
		t.Errorf("a second time: %+v", n)
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
	_, err := j.Forget(t.Context(), Person{Name: "ann"})
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
	for i := range old + young {
		a := attempt(fmt.Sprint(i))
		a.Said = "a young thing"
		if i < old {
			a.Time, a.Said = a.Time.AddDate(0, 0, -31), "an old thing"
		}
		mustBegin(t, j, a)
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
