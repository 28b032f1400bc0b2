package knowledge

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a change may take to be noticed.
const patience = time.Minute

// A watch is a running [Watcher], or one that polls.
type watch struct {
	t       *testing.T
	dir     string
	changes chan struct{}
}

func startWatch(t *testing.T, polling bool, paths ...string) *watch {
	t.Helper()
	dir := t.TempDir()
	w := &watch{t: t, dir: dir, changes: make(chan struct{}, 100)}
	w.write("desk.yaml", "format: 1\ninclude: [more/*.yaml]\nguides: [{path: \"guides/**/*.md\"}]\n")
	w.write("more/a.yaml", "format: 1\n")
	w.write("guides/x/a.md", "# A\n")
	w.write("other.txt", "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	inner, err := NewWatcher(ctx, Options{Dir: dir, Paths: paths})
	w.do(err)
	if polling {
		inner.close()
		inner.poll = 20 * time.Millisecond
	} else if inner.notify == nil {
		t.Skip("the system has no more watchers")
	}
	go func() { done <- inner.Run(ctx, func() { w.changes <- struct{}{} }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *watch) write(name, data string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watch) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// noticed waits for a change and for the quiet after it.
func (w *watch) noticed(what string) {
	w.t.Helper()
	select {
	case <-w.changes:
	case <-time.After(patience):
		w.t.Fatalf("%s: not noticed", what)
	}
	w.quiet(3 * settleTime)
}

// quiet waits until nothing has been noticed for a time. It does so in steps: a
// machine that stands still makes one of them longer, and leaves the others to
// whatever was held up.
func (w *watch) quiet(length time.Duration) {
	const steps = 10
	for n := 0; n < steps; n++ {
		select {
		case <-w.changes:
			n = -1
		case <-time.After(length / steps):
		}
	}
}

func TestWatch(t *testing.T) {
	for name, polling := range map[string]bool{"events": false, "polling": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := startWatch(t, polling, ".")
			path := func(name string) string { return filepath.Join(w.dir, name) }

			w.write("more/a.yaml", "format: 1\nfaq: []\n")
			w.noticed("an included file is written")
			w.write("more/.swap", "format: 1\n")
			w.do(os.Rename(path("more/.swap"), path("more/a.yaml")))
			w.noticed("a file is replaced, as editors do")
			w.write("more/b.yaml", "format: 1\n")
			w.noticed("a file comes into a glob")
			w.write("new/deep/c.yaml", "format: 1\n")
			w.noticed("a file comes in a new folder")
			w.write("new/deep/c.yaml", "format: 1\n# more\n")
			w.noticed("a file in a new folder is written")
			w.write("guides/y/b.md", "# B\n")
			w.noticed("a guide comes")
			w.do(os.Remove(path("guides/x/a.md")))
			w.noticed("a guide goes")
			w.write("desk.yaml", "format: 1\nfaq: [broken\n")
			w.noticed("a file is broken")
			w.write("desk.yaml", "format: 1\n")
			w.noticed("a file is mended")
			w.do(os.RemoveAll(path("new")))
			w.noticed("a folder goes")
			// A folder goes piece by piece, and on a busy machine the last of them
			// may be noticed late.
			w.quiet(10 * settleTime)

			w.write("other.txt", "changed")
			w.write(".hidden.yaml", "changed")
			select {
			case <-w.changes:
				t.Error("a file that is not of the base was noticed")
			case <-time.After(3 * settleTime):
			}
		})
	}
}

// TestWatchMissing holds that a file is waited for that is not there yet, nor
// its folder.
func TestWatchMissing(t *testing.T) {
	t.Parallel()
	w := startWatch(t, false, "later.yaml", "new/folder/later.yaml")
	w.write("later.yaml", "format: 1\n")
	w.noticed("a missing file comes")
	w.write("new/folder/later.yaml", "format: 1\n")
	w.noticed("a missing file comes with its folders")
	w.do(os.RemoveAll(filepath.Join(w.dir, "new")))
	w.noticed("they go")
	w.write("new/folder/later.yaml", "format: 1\n# again\n")
	w.noticed("they come again")
}

// TestWatchSettles holds that many writes make one call.
func TestWatchSettles(t *testing.T) {
	t.Parallel()
	w := startWatch(t, false, ".")
	for i := range 20 {
		w.write("desk.yaml", "format: 1\n#"+string(rune('a'+i)))
		time.Sleep(settleTime / 20)
	}
	calls := 0
	for {
		select {
		case <-w.changes:
			calls++
			continue
		case <-time.After(5 * settleTime):
		}
		break
	}
	if calls == 0 || calls > 10 { // one or two, and more where the machine stands still between the writes
		t.Errorf("%d calls", calls)
	}
}

// TestWatchEarly holds that nothing is lost between the first look and Run.
func TestWatchEarly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "desk.yaml")
	put := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("format: 1\n")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w, err := NewWatcher(ctx, Options{Paths: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	put("format: 1\nfaq: []\n")
	noticed := false
	if err := w.Run(ctx, func() { noticed = true; cancel() }); err != nil || !noticed {
		t.Errorf("noticed: %v, and it ended with %v", noticed, err)
	}
}

// TestWatchEnds holds that Run ends with its context, at once and without
// anything left behind, and that no watcher is made for what has ended.
func TestWatchEnds(t *testing.T) {
	for name, o := range map[string]Options{
		"files":       {Dir: "testdata/good", Paths: []string{"."}},
		"file system": {FS: fstest.MapFS{}, Paths: []string{"."}},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := NewWatcher(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			if err := w.Run(ctx, func() { t.Error("changed") }); err != nil {
				t.Error(err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewWatcher(ctx, Options{Dir: "testdata/good", Paths: []string{"."}}); !errors.Is(err, context.Canceled) {
		t.Errorf("it gives %v", err)
	}
}
