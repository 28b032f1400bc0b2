package journal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A BrokenError says where the audit is not what it was when it was written.
type BrokenError struct {
	Seq  int64 // the first row at which that shows
	What string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("the audit is broken at row %d: %s", e.Seq, e.What)
}

// Verified is what was found by [Journal.VerifyAudit].
type Verified struct {
	Rows   int64
	Erased int64 // of them, how many without contents
	Head   Head
}

// VerifyAudit reads the whole audit and checks its chain: that no row was
// changed, removed, inserted or moved, and that an erasure accounts for each
// row without contents. The error is a [BrokenError] with the first bad row
// where one of these does not hold.
//
// A chain does not show that its last rows were cut off, nor that all of it was
// written anew by somebody who can write the file. Both show when a head that was
// noted earlier, and kept elsewhere, is given: the chain must still contain it.
// A head is worth noting when this has given it: it is on the disk by then.
func (j *Journal) VerifyAudit(ctx context.Context, noted *Head) (Verified, error) {
	c := chain{Verified: Verified{Head: Head{Hash: none}}, noted: noted}
	err := j.Audit(ctx, 0, c.next)
	if err == nil {
		err = c.end()
	}
	if err != nil || j.db == nil {
		return c.Verified, err
	}
	return c.Verified, j.try(ctx, "saving", func(ctx context.Context) error {
		_, err := j.db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)") // it waits for the disk
		return err
	})
}

// A chain checks rows one after the other.
type chain struct {
	Verified
	noted   *Head
	empty   spans // the rows without contents
	erasure spans // the rows that were erased, as erasures say
}

func (c *chain) next(r Row) error {
	bad := func(what string, args ...any) error {
		return &BrokenError{Seq: c.Head.Seq + 1, What: fmt.Sprintf(what, args...)}
	}
	switch {
	case r.Seq != c.Head.Seq+1:
		return bad("it is missing; the next one there is %d", r.Seq)
	case !bytes.Equal(r.Prev, c.Head.Hash):
		return bad("it does not follow the row before it: one of the two was changed, inserted or moved, or rows between them were removed")
	case !bytes.Equal(r.Hash, r.hash()):
		return bad("its time, event, digest or hash was changed")
	case !r.Erased() && !bytes.Equal(r.Digest, r.digest()):
		return bad("its contents or their salt were changed")
	case r.Erased() && r.Event == EventErased:
		return bad("it said what was erased, and has lost its contents")
	case c.noted != nil && c.noted.Seq == r.Seq && !bytes.Equal(c.noted.Hash, r.Hash):
		return bad("its hash is not the one that was noted: the audit was written anew")
	}
	c.Rows++
	c.Head = Head{Seq: r.Seq, Hash: r.Hash}
	if r.Erased() {
		c.Erased++
		c.empty.add(r.Seq)
	}
	if r.Event == EventErased {
		contents, err := r.Read()
		if err != nil {
			return err
		}
		rows, err := parseSpans(contents.Rows)
		if err != nil {
			return fmt.Errorf("row %d of the audit: %w", r.Seq, err)
		}
		c.erasure = append(c.erasure, rows...)
	}
	return nil
}

func (c *chain) end() error {
	if c.noted != nil && c.noted.Seq > c.Head.Seq {
		return &BrokenError{Seq: c.Head.Seq + 1, What: fmt.Sprintf("the audit ends before it, and had %d rows when its head was noted", c.noted.Seq)}
	}
	if c.noted != nil && c.noted.Seq == 0 && !bytes.Equal(c.noted.Hash, none) {
		return errors.New("the head noted is none of an audit: the one without rows has only zeros")
	}
	if seq, ok := c.empty.firstOutside(c.erasure); ok {
		return &BrokenError{Seq: seq, What: "it has lost its contents, and no erasure accounts for that"}
	}
	return nil
}

// String gives the head as SEQ:HASH, the hash in hexadecimal digits.
func (h Head) String() string { return fmt.Sprintf("%d:%x", h.Seq, h.Hash) }

// ParseHead reads what [Head.String] gave.
func ParseHead(text string) (Head, error) {
	seq, hash, ok := strings.Cut(text, ":")
	n, err := strconv.ParseUint(seq, 10, 63)
	sum, hexErr := hex.DecodeString(hash)
	if !ok || err != nil || hexErr != nil || len(sum) != len(none) {
		return Head{}, fmt.Errorf("%.100q is no head of an audit; it is a number, a colon and %d hexadecimal digits", text, 2*len(none))
	}
	return Head{Seq: int64(n), Hash: sum}, nil
}
