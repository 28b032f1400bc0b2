//go:build unix

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
)

// TestAuditFollow sees rows as they come, until it is interrupted.
func TestAuditFollow(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := deskFolder(t)
	data := filepath.Join(dir, "data")
	if err := auditNote(data, "slack:U1", "1", "lights on", bot.Done, ""); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, dir, "audit", "tail", "-n", "1", "--follow")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(out)
	next := func(want ...string) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("nothing more comes: %s", &stderr)
		}
		for _, w := range want {
			if !strings.Contains(lines.Text(), w) {
				t.Errorf("%q lacks %q", lines.Text(), w)
			}
		}
	}
	next("     2  ", "  done  ", "slack:U1")
	if err := auditNote(data, "slack:U2", "2", "lights on", "begun", ""); err != nil {
		t.Fatal(err)
	}
	next("     3  ", "  begun  ", "slack:U2", "lights-on area=living_room", `"lights on"`)
	if out, err := program(t, dir, "pause").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	next("     4  ", "  paused  ", "user:")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("a row out of nowhere: %s", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &stderr)
	}
}

// TestAuditExport verifies an export as its help says, without our code.
func TestAuditExport(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := deskFolder(t)
	data := filepath.Join(dir, "data")
	for i := range 5 {
		if err := auditNote(data, fmt.Sprint("slack:U", i%2), fmt.Sprint(i), "<lights> \"on\"\n\u2028 ünd 🙂 \xff", bot.Failed, "no\tlamp"); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := program(t, dir, "journal", "forget", "slack:U1", "--yes").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines, err := program(t, dir, "audit", "export").Output()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := program(t, dir, "audit", "export", "--csv").Output()
	if err != nil {
		t.Fatal(err)
	}
	fromCSV, err := csv.NewReader(bytes.NewReader(rows)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	field := func(b []byte) []byte { return append(binary.BigEndian.AppendUint64(nil, uint64(len(b))), b...) }
	number := func(n int64) []byte { return field(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	sum := func(fields ...[]byte) string {
		s := sha256.Sum256(bytes.Join(fields, nil))
		return hex.EncodeToString(s[:])
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return field(b)
	}
	prev, erased := strings.Repeat("0", 64), 0
	d := json.NewDecoder(bytes.NewReader(lines))
	n := 0
	for ; d.More(); n++ {
		var l struct {
			V                  int
			Seq                int64
			TimeUS             int64 `json:"time_us"`
			Time, Event        string
			Salt, Contents     *string
			Digest, Prev, Hash string
		}
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		if l.V != 1 || l.Seq != int64(n+1) || l.Prev != prev {
			t.Errorf("row %d: %+v", n+1, l)
		}
		salt, contents := "", ""
		if l.Salt != nil {
			salt, contents = *l.Salt, *l.Contents
			if got := sum(field([]byte("frontdesk audit digest 1")), unhex(salt), field([]byte(contents))); got != l.Digest {
				t.Errorf("row %d: the digest is %s, not %s", n+1, l.Digest, got)
			}
		} else {
			erased++
		}
		if got := sum(field([]byte("frontdesk audit row 1")), unhex(prev), number(l.Seq), number(l.TimeUS), field([]byte(l.Event)), unhex(l.Digest)); got != l.Hash {
			t.Errorf("row %d: the hash is %s, not %s", n+1, l.Hash, got)
		}
		want := []string{"1", fmt.Sprint(l.Seq), l.Time, fmt.Sprint(l.TimeUS), l.Event, salt, contents, l.Digest, l.Prev, l.Hash}
		if diff := cmp.Diff(want, fromCSV[n+1]); diff != "" {
			t.Errorf("row %d as CSV: %s", n+1, diff)
		}
		prev = l.Hash
	}
	if n != 11 || erased != 4 || len(fromCSV) != 12 {
		t.Errorf("%d rows, %d of them erased, %d lines of CSV", n, erased, len(fromCSV))
	}
	head, err := program(t, dir, "audit", "verify", "--head", "11:"+prev).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, head)
	}
}
