package journal

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// audited makes a journal of attempts in which a person was forgotten, and gives
// its path and the head of its audit.
func audited(t *testing.T, attempts int) (path string, head Head) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, Config{Enabled: true})
	must(t, err)
	for i := range attempts {
		a := attempt(fmt.Sprint(i))
		if i%3 == 1 {
			a.Who, a.Sender = "bob", "slack:U2"
		}
		mustBegin(t, j, a)
		must(t, j.End(t.Context(), a, bot.Outcome{Verdict: bot.Done, Took: time.Millisecond}))
	}
	_, err = j.Forget(t.Context(), Person{Names: []string{"bob"}})
	must(t, err)
	must(t, j.Note(t.Context(), EventPaused, time.Now(), Contents{Reason: "done"}))
	head = mustVerify(t, j).Head
	must(t, j.Close())
	return path, head
}

// unguarded are what somebody does who wants to change the audit.
const unguarded = `DROP TRIGGER audit_append; DROP TRIGGER audit_keep; DROP TRIGGER audit_erase`

// TestTriggers holds that nobody changes the audit by a slip.
func TestTriggers(t *testing.T) {
	path, head := audited(t, 6)
	db := rawOpen(t, path)
	for _, statement := range []string{
		`DELETE FROM audit`,
		`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`,
		`UPDATE audit SET time = time + 1 WHERE seq = 1`,
		`UPDATE audit SET contents = '{}' WHERE seq = 1`,
		`UPDATE audit SET contents = NULL WHERE seq = 1`,
		`UPDATE audit SET event = 'done', salt = NULL, contents = NULL WHERE seq = 1`,
		`UPDATE audit SET salt = NULL, contents = NULL WHERE event = 'erased'`,
		`UPDATE audit SET seq = 1000 WHERE seq = 1`,
		`INSERT OR REPLACE INTO audit SELECT 1, time, event, salt, contents, digest, prev, hash FROM audit WHERE seq = 1`,
		`INSERT INTO audit SELECT 1000, time, event, salt, contents, digest, prev, hash FROM audit WHERE seq = 1`,
		`INSERT INTO audit SELECT (SELECT max(seq) + 1 FROM audit), time, event, salt, contents, digest, prev, hash FROM audit WHERE seq = 1`,
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("possible: %s", statement)
		}
	}
	must(t, db.Close())
	if v := mustVerify(t, mustOpen(t, path)); v.Head.String() != head.String() {
		t.Errorf("the head was %s, and is %s", head, v.Head)
	}
}

// TestTampering changes a byte, or moves, removes or inserts a row, in hundreds of
// ways; each must be found, at the row where it begins or at the one after it.
func TestTampering(t *testing.T) {
	if testing.Short() {
		t.Skip("does one thing at a time")
	}
	path, noted := audited(t, 12)
	whole, err := os.ReadFile(path)
	must(t, err)
	j := mustOpen(t, path)
	rows := allRows(t, j)
	must(t, j.Close())
	last := int64(len(rows))
	changes := 140 // of 14 kinds
	if testing.Short() {
		changes = 28 // each kind twice
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range changes {
		seq := 1 + random.Int64N(last)
		r := rows[seq-1]
		at := func(column string, old []byte) (string, []any) {
			changed := slices.Clone(old)
			changed[random.IntN(len(changed))] ^= 1 << random.IntN(8)
			var v any = changed
			if column == "contents" || column == "event" {
				v = string(changed) // which need not be UTF-8
			}
			return fmt.Sprintf(`UPDATE audit SET %s = ? WHERE seq = %d`, column, seq), []any{v}
		}
		var statement string
		var args []any
		bad := seq // where it is found at the latest
		switch kind := i % 14; {
		case kind < 2 && !r.Erased():
			statement, args = at("contents", r.Contents)
		case kind == 2 && !r.Erased():
			statement, args = at("salt", r.Salt)
		case kind == 3:
			statement, args = at("event", []byte(r.Event))
		case kind == 4:
			statement, args = at("digest", r.Digest)
		case kind == 5:
			statement, args = at("prev", r.Prev)
		case kind == 6:
			statement, args = at("hash", r.Hash)
		case kind == 7:
			statement = fmt.Sprintf(`UPDATE audit SET time = time + %d WHERE seq = %d`, 1+random.IntN(1000), seq)
		case kind == 8: // the last rows are cut off
			statement = fmt.Sprintf(`DELETE FROM audit WHERE seq >= %d`, seq)
		case kind == 9 && seq < last: // a row is removed, and those after it move up
			statement = fmt.Sprintf(`DELETE FROM audit WHERE seq = %d; UPDATE audit SET seq = -seq WHERE seq > %d; UPDATE audit SET seq = -seq - 1 WHERE seq < 0`, seq, seq)
		case kind == 10 && seq < last: // two rows change places
			statement = fmt.Sprintf(`UPDATE audit SET seq = -1 WHERE seq = %d; UPDATE audit SET seq = seq - 1 WHERE seq = %d; UPDATE audit SET seq = %d WHERE seq = -1`, seq, seq+1, seq+1)
		case kind == 11: // a row is repeated
			statement = fmt.Sprintf(`UPDATE audit SET seq = -seq - 1 WHERE seq > %d; UPDATE audit SET seq = -seq WHERE seq < 0;
				INSERT INTO audit SELECT seq + 1, time, event, salt, contents, digest, prev, hash FROM audit WHERE seq = %d`, seq, seq)
			bad = seq + 1
		case kind == 12 && !r.Erased(): // contents are erased without a word
			statement = fmt.Sprintf(`UPDATE audit SET salt = NULL, contents = NULL WHERE seq = %d`, seq)
		default: // a row is put in, its own hash right
			forged := r
			forged.Salt, forged.Contents = make([]byte, 32), []byte(`{"v":1}`)
			forged.Digest = forged.digest()
			forged.Hash = forged.hash()
			statement = fmt.Sprintf(`UPDATE audit SET salt = ?, contents = ?, digest = ?, hash = ? WHERE seq = %d`, seq)
			args = []any{forged.Salt, string(forged.Contents), forged.Digest, forged.Hash}
			bad = seq + 1
		}
		other := filepath.Join(t.TempDir(), "journal.db")
		must(t, os.WriteFile(other, whole, 0o600))
		db := rawOpen(t, other)
		_, err := db.Exec(unguarded)
		must(t, err)
		_, err = db.Exec(statement, args...)
		must(t, err)
		must(t, db.Close())

		j, err := Open(t.Context(), other, Config{Enabled: true})
		must(t, err)
		_, err = j.VerifyAudit(t.Context(), &noted)
		var broken *BrokenError
		if !errors.As(err, &broken) || broken.Seq > bad || broken.Seq < seq {
			t.Errorf("row %d of %d, %s %q: found %v", seq, last, statement, args, err)
		}
		must(t, j.Close())
	}
}

// TestNotedHead holds what only a head that was noted shows.
func TestNotedHead(t *testing.T) {
	path, noted := audited(t, 3)
	j := mustOpen(t, path)
	mustBegin(t, j, attempt("later"))
	_, err := j.VerifyAudit(t.Context(), &noted)
	must(t, err) // it still contains it
	parsed, err := ParseHead(noted.String())
	must(t, err)
	if parsed.String() != noted.String() {
		t.Errorf("%s is read as %s", noted, parsed)
	}
	for text, want := range map[string]string{
		fmt.Sprintf("%d:%x", noted.Seq, make([]byte, 32)):       "not the one that was noted",
		fmt.Sprintf("%d:%x", noted.Seq+99, make([]byte, 32)):    "ends before it",
		fmt.Sprintf("%d:%x", 0, append([]byte{1}, none[1:]...)): "only zeros",
	} {
		h, err := ParseHead(text)
		must(t, err)
		if _, err := j.VerifyAudit(t.Context(), &h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "1", "1:", "1:00", "-1:" + strings.Repeat("0", 64), "x:" + strings.Repeat("0", 64), "1:" + strings.Repeat("g", 64), "1:" + strings.Repeat("0", 66)} {
		if h, err := ParseHead(text); err == nil {
			t.Errorf("%q is read as %v", text, h)
		}
	}
}

// TestWriters has 8 writers in two journals on one file: no hole and no fork.
func TestWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	journals := []*Journal{mustOpen(t, path), mustOpen(t, path)}
	const writers = 8
	each := 20
	if testing.Short() {
		each = 6
	}
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			j := journals[w%2]
			for i := range each {
				a := attempt(fmt.Sprint(w, " ", i))
				s, err := j.Begin(t.Context(), a, nil)
				if err != nil || !s.Begun {
					t.Error(s, err)
				}
				if err := j.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed}); err != nil {
					t.Error(err)
				}
				if err := j.Refuse(t.Context(), a, "no"); err != nil {
					t.Error(err)
				}
				if i == each/2 {
					if _, err := j.Forget(t.Context(), Person{Addresses: []bot.Address{"slack:U1"}}); err != nil && !errors.Is(err, ErrBusy) {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	v := mustVerify(t, journals[0])
	if want := int64(3 * writers * each); v.Rows < want+1 || v.Rows > want+2*writers || v.Erased == 0 {
		t.Errorf("%+v, want %d rows and those of the erasures", v, want)
	}
	sound(t, journals[0])
}

// TestUpgrade opens a journal of the first schema.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := &Journal{path: path}
	must(t, touch(path))
	of, err := sqlite.NewConnector(path)
	must(t, err)
	db := sql.OpenDB(connector{of})
	j.db, j.writer = db, newWriter(db)
	files := os.DirFS("migrations")
	_, err = db.Exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	must(t, err)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	must(t, err)
	_, err = provider.UpTo(t.Context(), 1)
	must(t, err)
	must(t, j.Record(t.Context(), sample("c", "1")))
	j.writer.stop()
	must(t, db.Close())

	j = mustOpen(t, path)
	if _, seen, err := j.Exchange(t.Context(), "c", "1"); err != nil || !seen {
		t.Error("what was recorded before is not seen:", err)
	}
	mustBegin(t, j, attempt("k"))
	mustVerify(t, j)
}

// TestSecrets looks for what must not be there in every file of the journal.
func TestSecrets(t *testing.T) {
	const pin, token = "4711-0815", "hunter2-and-some"
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	j.Redact(strings.NewReplacer(pin, "***", token, "***").Replace)
	a := attempt("k")
	a.Said, a.Slots, a.Assent = "open the door, the pin is "+pin, map[string]string{"code": pin}, "pin "+pin
	must(t, j.Refuse(t.Context(), a, "the pin "+pin+" is wrong"))
	mustBegin(t, j, a)
	must(t, j.End(t.Context(), a, bot.Outcome{Verdict: bot.Failed, Reason: "the server refuses the token " + token}))
	must(t, j.Note(t.Context(), EventPaused, time.Now(), Contents{Reason: token}))
	x := sample("c", "1")
	x.Question, x.Answer, x.Slots = "my pin is "+pin, "I got "+token, map[string]string{"code": pin}
	must(t, j.Record(t.Context(), x))
	if s, err := j.Begin(t.Context(), a, nil); err != nil || s.Outcome == nil || s.Outcome.Reason != "the server refuses the token ***" {
		t.Errorf("%+v, %v", s.Outcome, err)
	}
	lacks(t, path, pin, token)
	if r := allRows(t, j); !bytes.Contains(r[0].Contents, []byte(`"code":"***"`)) {
		t.Errorf("%s", r[0].Contents)
	}
	must(t, j.Close())
	lacks(t, path, pin, token)
}

// lacks looks for texts in all files of a journal.
func lacks(t *testing.T, path string, texts ...string) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	must(t, err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		must(t, err)
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s holds %q", filepath.Base(f), text)
			}
		}
	}
}

func FuzzHead(f *testing.F) {
	for _, s := range []string{"", "1:", "0:" + strings.Repeat("0", 64), "18446744073709551615:00", "7:" + strings.Repeat("aB", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHead(text)
		if err != nil {
			return
		}
		if again, err := ParseHead(h.String()); err != nil || again.String() != h.String() || h.Seq < 0 {
			t.Errorf("%q is read as %v, and that as %v, %v", text, h, again, err)
		}
	})
}

func FuzzSpans(f *testing.F) {
	for _, s := range []string{"", "1", "1-3,7", "3-1", "0", "1,,2", "1-9223372036854775807"} {
		f.Add(s, int64(3))
	}
	f.Fuzz(func(t *testing.T, text string, n int64) {
		s, err := parseSpans(text)
		if err != nil {
			return
		}
		if again, err := parseSpans(s.String()); err != nil || !slices.Equal(again, s) {
			t.Errorf("%q is read as %v, and that as %v, %v", text, s, again, err)
		}
		for i, p := range s {
			if i > 0 && p.first <= s[i-1].last || p.last > 1<<20 {
				return // not of our making
			}
		}
		if _, outside := s.firstOutside(s); outside {
			t.Errorf("%v is not within itself", s)
		}
		var back spans
		for part := range s.parts(1 + max(0, n%1000)) {
			for _, p := range part {
				for i := p.first; i <= p.last; i++ {
					back.add(i)
				}
			}
		}
		for _, p := range s {
			if n >= p.first && n <= p.last {
				if first, outside := s.firstOutside(spans{{1, n - 1}, {n + 1, 1 << 30}}); n > 1 && (!outside || first != n) {
					t.Errorf("%d of %v is not missed", n, s)
				}
			}
		}
		if _, outside := s.firstOutside(back); outside {
			t.Errorf("%v is cut into %v", s, back)
		}
	})
}
