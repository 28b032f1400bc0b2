package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"frontdesk/bot"
)

// Events of the audit. An attempt is either [EventRefused], or [EventBegun] and
// later [EventDone] or [EventFailed]; one that was begun and has no end was cut
// short, and what it did is not known.
const (
	EventBegun   Event = "begun"
	EventDone    Event = "done"
	EventFailed  Event = "failed"
	EventRefused Event = "refused"
	EventPaused  Event = "paused"
	EventResumed Event = "resumed"
	EventErased  Event = "erased" // the contents of other rows; see [Contents.Rows]
)

// An Event says what a row of the audit is about.
type Event string

// contentsNumber is the format of [Contents].
const contentsNumber = 1

// maxContents bounds the contents of one row, in bytes.
const maxContents = 256 << 10

// Contents are what a row of the audit tells, as the JSON object that is kept.
// All of it can be erased.
type Contents struct {
	V            int               `json:"v"` // 1
	Who          string            `json:"who,omitempty"`
	Sender       bot.Address       `json:"sender,omitempty"`
	Channel      bot.Address       `json:"channel,omitempty"`
	Room         string            `json:"room,omitempty"`
	Base         string            `json:"base,omitempty"`
	Conversation string            `json:"conversation,omitempty"`
	Key          string            `json:"key,omitempty"`
	Spoken       bool              `json:"spoken,omitempty"`
	Said         string            `json:"said,omitempty"`
	Entry        string            `json:"entry,omitempty"`
	Slots        map[string]string `json:"slots,omitempty"`
	Probability  float64           `json:"probability,omitempty"`
	Assent       string            `json:"assent,omitempty"`
	// Begun is the row that says that the attempt was begun, of its end.
	Begun  int64   `json:"begun,omitempty"`
	Reason string  `json:"reason,omitempty"` // why it failed, was refused, paused or erased
	TookMS float64 `json:"took_ms,omitempty"`
	// Until says when a pause ends by itself, in RFC 3339.
	Until string `json:"until,omitempty"`
	// Rows are those that were erased, as "3-7,12"; Count is how many of them still
	// had contents.
	Rows  string `json:"rows,omitempty"`
	Count int64  `json:"count,omitempty"`
}

// A Row is one row of the audit. Rows are numbered from 1 without a hole, and
// each is chained to the one before it:
//
//	digest = SHA-256(field("frontdesk audit digest 1"), field(salt), field(contents))
//	hash   = SHA-256(field("frontdesk audit row 1"), field(prev), field(seq), field(time), field(event), field(digest))
//
// where prev is the hash of the row before, 32 zero bytes for the first; a field
// is its length in bytes as 8 bytes, the highest first, and then its bytes; seq
// and time are 8 bytes, the highest first (time in two's complement).
//
// The chain hangs on the digest and not on the contents, so that contents can be
// erased. Without the salt, 32 random bytes that are erased with them, the
// digest does not let anybody try out what they were.
type Row struct {
	Seq      int64
	Time     time.Time // to the microsecond
	Event    Event
	Salt     []byte // nil: erased
	Contents []byte // the JSON of [Contents], byte for byte; nil: erased
	Digest   []byte
	Prev     []byte
	Hash     []byte
}

// Erased says whether the contents of the row are erased.
func (r Row) Erased() bool { return r.Contents == nil }

// Read gives the contents of the row; the zero value where they are erased.
func (r Row) Read() (c Contents, err error) {
	if r.Erased() {
		return c, nil
	}
	if err := json.Unmarshal(r.Contents, &c); err != nil {
		return c, fmt.Errorf("the contents of the audit's row %d: %w", r.Seq, err)
	}
	return c, nil
}

// digest gives what Digest must be, of a row that is not erased.
func (r Row) digest() []byte {
	return sum([]byte("frontdesk audit digest 1"), r.Salt, r.Contents)
}

// hash gives what Hash must be.
func (r Row) hash() []byte {
	return sum([]byte("frontdesk audit row 1"), r.Prev, number(r.Seq), number(r.Time.UnixMicro()), []byte(r.Event), r.Digest)
}

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// sum hashes fields, each with its length before it, so that no byte can move
// from one into another.
func sum(fields ...[]byte) []byte {
	h := sha256.New()
	for _, f := range fields {
		h.Write(number(int64(len(f))))
		h.Write(f)
	}
	return h.Sum(nil)
}

// A Head is the end of the audit's chain at some moment. Whoever keeps it
// elsewhere can tell later that no row up to it was changed or removed.
type Head struct {
	Seq  int64
	Hash []byte
}

// none is what the first row is chained to.
var none = make([]byte, sha256.Size)

// head reads the end of the chain within a transaction.
func head(ctx context.Context, tx *sql.Tx) (Head, error) {
	h := Head{Hash: none}
	err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&h.Seq, &h.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Head{}, err
	}
	return h, nil
}

// add appends a row to the audit within a transaction that holds the lock for
// writing, so that no other process appends at the same time.
func add(ctx context.Context, tx *sql.Tx, event Event, at time.Time, contents []byte) (seq int64, err error) {
	last, err := head(ctx, tx)
	if err != nil {
		return 0, err
	}
	r := Row{Seq: last.Seq + 1, Time: at, Event: event, Salt: make([]byte, 32), Contents: contents, Prev: last.Hash}
	rand.Read(r.Salt) // never fails
	r.Digest = r.digest()
	r.Hash = r.hash()
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (seq, time, event, salt, contents, digest, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.Time.UnixMicro(), string(r.Event), r.Salt, string(r.Contents), r.Digest, r.Prev, r.Hash)
	return r.Seq, err
}

// marshal gives the contents as they are kept: clean of secrets, and bounded.
func (j *Journal) marshal(c Contents) ([]byte, error) {
	c.V = contentsNumber
	c.Said, c.Reason = cut(j.clean(c.Said)), cut(j.clean(c.Reason))
	c.Assent = j.clean(c.Assent)
	c.Slots = j.cleanSlots(c.Slots)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return nil, err
	}
	if b.Len() > maxContents {
		return nil, fmt.Errorf("what is to be kept is %d bytes long; at most %d can be", b.Len(), maxContents)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Redact has every text that people or commands gave go through f before it is
// kept, in the audit and in exchanges: what was said, values of slots, reasons,
// answers. It is called before the journal is used; f must be safe for
// concurrent use. What arrives here should be clean already; this is the second
// lock on the same door.
func (j *Journal) Redact(f func(string) string) { j.redact = f }

func (j *Journal) clean(text string) string {
	if j.redact == nil {
		return text
	}
	return j.redact(text)
}

func (j *Journal) cleanSlots(slots map[string]string) map[string]string {
	if j.redact == nil || slots == nil {
		return slots
	}
	clean := make(map[string]string, len(slots))
	for name, value := range slots {
		clean[name] = j.clean(value)
	}
	return clean
}

// Note appends an event that is no attempt to the audit: a pause, a resumption.
func (j *Journal) Note(ctx context.Context, event Event, at time.Time, c Contents) error {
	if j.db == nil {
		return nil
	}
	if event != EventPaused && event != EventResumed || at.IsZero() {
		return j.explain("noting in", fmt.Errorf("%q is no event that can be noted", event))
	}
	contents, err := j.marshal(c)
	if err != nil {
		return j.explain("noting in", err)
	}
	return j.write(ctx, "noting in", durable, func(ctx context.Context, tx *sql.Tx) error {
		_, err := add(ctx, tx, event, at, contents)
		return err
	})
}
