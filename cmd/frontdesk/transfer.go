package main

import (
	"fmt"
	"os"
	"time"

	"frontdesk/internal/shelf"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// transfer shows how far the files of a model have come: a bar a file where
// somebody watches, and a line when it is whole. It is not safe for concurrent
// use.
type transfer struct {
	c     *cli
	quiet bool     // no lines
	first []string // files that were believed

	bar   *progressbar.ProgressBar
	file  string
	total int64
}

func (t *transfer) step(st shelf.Step) {
	switch {
	case st.Err != nil:
		t.finish()
		t.c.warn(fmt.Errorf("%w; trying again in %s", st.Err, st.Pause.Round(100*time.Millisecond)))
	case st.Whole:
		t.finish()
		if st.Trust == shelf.FirstTime {
			t.first = append(t.first, st.File)
		}
		if !t.quiet {
			fmt.Fprintf(t.c.err, "%s: %s, %s\n", st.File, shelf.Size(st.Done), trustText(st.Trust))
		}
	default:
		t.draw(st)
	}
}

// trustText says why the content of a file is believed.
func trustText(t shelf.Trust) string {
	switch t {
	case shelf.ByCatalogue:
		return "with the sum that is published"
	case shelf.ByRecord:
		return "with the sum of the first pull"
	}
	return "with a sum that is held from now on"
}

func (t *transfer) draw(st shelf.Step) {
	f, ok := t.c.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	if t.bar == nil || t.file != st.File || t.total != st.Total {
		t.finish()
		total := st.Total
		if total == 0 {
			total = -1 // the bar turns instead
		}
		t.file, t.total = st.File, st.Total
		t.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(st.File),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionClearOnFinish())
	}
	_ = t.bar.Set64(st.Done) // a bar that cannot be drawn keeps nobody
}

// finish takes the bar away.
func (t *transfer) finish() {
	if t.bar != nil {
		_ = t.bar.Finish()
		_ = t.bar.Clear()
		t.bar = nil
	}
}
