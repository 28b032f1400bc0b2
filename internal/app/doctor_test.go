package app

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/journal"
)

// Whatever is wrong is found, with what mends it.
func TestDoctor(t *testing.T) {
	cfg, dir := twoBases(t, "")
	cfg.HTTP.Address = "127.0.0.1:0"
	wrong := func() (list []string) {
		t.Helper()
		found, err := Doctor(t.Context(), cfg, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.OK != (f.Do == "") || f.What == "" {
				t.Errorf("found %+v", f)
			}
			if !f.OK {
				list = append(list, f.What)
			}
		}
		return list
	}
	if got := wrong(); len(got) > 0 {
		t.Errorf("all is well, and it finds %q", got)
	}
	expect := func(want string) {
		t.Helper()
		if got := wrong(); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("it finds %q, want %q", got, want)
		}
	}

	j, err := journal.Open(t.Context(), filepath.Join(cfg.DataDir, journalFile), cfg.Journal)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Record(t.Context(), bot.Exchange{Time: time.Now().Add(time.Hour), Conversation: "c", MessageID: "1"}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	expect("clock was set back")

	write(t, filepath.Join(cfg.DataDir, journalFile), strings.Repeat("no database\n", 1000))
	expect("it is damaged")
	if err := os.Remove(filepath.Join(cfg.DataDir, journalFile)); err != nil {
		t.Fatal(err)
	}

	write(t, filepath.Join(dir, "attic.yaml"), "format: 1\nfaq: [{id: key, qestion: x}]\n")
	expect("the base attic does not load")
	write(t, filepath.Join(dir, "attic.yaml"), "format: 1\nfaq: [{id: key, question: x, answer: y}]\n")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // somebody else, who does not say how a desk is
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	cfg.HTTP.Address = l.Addr().String()
	expect("HTTP cannot be answered there")
	cfg.HTTP.Address = ""

	cfg.Embedding.Model = filepath.Join(dir, "nowhere.bin")
	expect("there is no embedding model at " + cfg.Embedding.Model)
	cfg.Embedding.Model = ""

	if found, err := Doctor(t.Context(), cfg, "slack"); err != nil || len(found) != 1 || found[0].OK || found[0].Part != "slack" {
		t.Errorf("of an adapter that is not configured: %+v, %v", found, err)
	}
}
