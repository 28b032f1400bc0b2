package main

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/journal"
)

const chainFormat = `A row is verified so, where a field is the length of its bytes as 8 bytes, the
highest first, followed by the bytes:
  digest = SHA-256(field("frontdesk audit digest 1") field(salt) field(contents))
  hash   = SHA-256(field("frontdesk audit row 1") field(prev) field(seq)
                   field(time_us) field(event) field(digest))
seq and time_us, microseconds since 1970, are 8 bytes, the highest first; salt,
digest, prev and hash are bytes in hexadecimal digits. prev is the hash of the row
before, 32 zero bytes for the first.`

// An auditLine is a row as it is exported; see chainFormat.
type auditLine struct {
	V        int     `json:"v"` // 1
	Seq      int64   `json:"seq"`
	Time     string  `json:"time"` // the same as TimeUS, for people
	TimeUS   int64   `json:"time_us"`
	Event    string  `json:"event"`
	Salt     *string `json:"salt"` // null once they are erased, as are the contents
	Contents *string `json:"contents"`
	Digest   string  `json:"digest"`
	Prev     string  `json:"prev"`
	Hash     string  `json:"hash"`
}

func lineOf(r journal.Row) auditLine {
	l := auditLine{
		V: 1, Seq: r.Seq, Time: r.Time.Format("2006-01-02T15:04:05.000000Z07:00"), TimeUS: r.Time.UnixMicro(), Event: string(r.Event),
		Digest: hex.EncodeToString(r.Digest), Prev: hex.EncodeToString(r.Prev), Hash: hex.EncodeToString(r.Hash),
	}
	if !r.Erased() {
		salt, contents := hex.EncodeToString(r.Salt), string(r.Contents)
		l.Salt, l.Contents = &salt, &contents
	}
	return l
}

// writeAuditCSV writes the rows after one, as CSV of RFC 4180.
func writeAuditCSV(ctx context.Context, out io.Writer, j *journal.Journal, after int64) error {
	w := csv.NewWriter(out)
	if err := w.Write([]string{"v", "seq", "time", "time_us", "event", "salt", "contents", "digest", "prev", "hash"}); err != nil {
		return err
	}
	err := j.Audit(ctx, after, func(r journal.Row) error {
		l := lineOf(r)
		salt, contents := "", "" // no contents are empty
		if !r.Erased() {
			salt, contents = *l.Salt, *l.Contents
		}
		return w.Write([]string{strconv.Itoa(l.V), strconv.FormatInt(l.Seq, 10), l.Time, strconv.FormatInt(l.TimeUS, 10), l.Event,
			salt, contents, l.Digest, l.Prev, l.Hash})
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// maxShown bounds, in characters, a text that is shown in a line of the audit.
const maxShown = 100

// describeRow gives a row in one line for people.
func describeRow(r journal.Row) (string, error) {
	c, err := r.Read()
	if err != nil {
		return "", err
	}
	parts := []string{fmt.Sprintf("%6d", r.Seq), r.Time.Format("2006-01-02 15:04:05Z"), fmt.Sprintf("%-7s", word(string(r.Event)))}
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if r.Erased() {
		say("(erased)")
	}
	who := word(c.Who)
	if c.Sender != "" && c.Sender != bot.Address(c.Who) {
		who = strings.TrimSpace(who + " (" + word(string(c.Sender)) + ")")
	}
	if who != "" {
		say("%s", who)
	}
	if c.Room != "" {
		say("in %s", word(c.Room))
	}
	if c.Entry != "" {
		command := word(c.Entry)
		for _, name := range slices.Sorted(maps.Keys(c.Slots)) {
			command += " " + word(name) + "=" + word(c.Slots[name])
		}
		say("%s", command)
	}
	if c.Said != "" {
		say("%s", quoted(c.Said))
	}
	if c.Spoken {
		say("spoken")
	}
	if c.Probability > 0 {
		say("p=%.2f", c.Probability)
	}
	if c.Assent != "" {
		say("assent: %s", quoted(c.Assent))
	}
	if c.Begun > 0 {
		say("begun in row %d, took %v", c.Begun, time.Duration(c.TookMS*1e6).Round(time.Microsecond))
	}
	if c.Until != "" {
		say("until %s", word(c.Until))
	}
	if c.Rows != "" {
		say("%d of the rows %s", c.Count, word(c.Rows))
	}
	if c.Reason != "" {
		say("because: %s", quoted(c.Reason))
	}
	return strings.Join(parts, "  "), nil
}

// word gives a name as it is where that can do no harm on a terminal and is read
// as one word, else quoted.
func word(s string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == '"' }
	if strings.ContainsFunc(s, odd) {
		return quoted(s)
	}
	return shortened(s)
}

// quoted gives a text in quotes, with escapes for all that is not printed.
func quoted(s string) string { return strconv.Quote(shortened(s)) }

func shortened(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}
