package knowledge

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	settleTime = 100 * time.Millisecond // of quiet before a change counts
	settleMost = time.Second            // after which it counts without quiet
	pollTime   = 2 * time.Second        // between two looks where nothing tells us of changes
)

// A Watcher notices changes of the files of a base. It is made before the base
// is loaded, so that no change falls in between. [Watcher.Run] does the rest; it
// must be called, once, for it frees what the watcher holds.
type Watcher struct {
	options Options
	notify  *fsnotify.Watcher // nil: polling
	poll    time.Duration
	files   map[string]fs.FileInfo // at the last look
	dirs    map[string]fs.FileInfo
}

// NewWatcher has a first look at the files: what changes after it is noticed.
// The files of an [fs.FS] do not change.
func NewWatcher(ctx context.Context, o Options) (*Watcher, error) {
	w := &Watcher{options: o, poll: pollTime}
	if o.FS != nil {
		return w, nil
	}
	notify, err := fsnotify.NewWatcher()
	if err == nil { // Otherwise the system has no more of them: look from time to time.
		w.notify = notify
	}
	if err := w.look(ctx); err != nil {
		w.close()
		return nil, fmt.Errorf("watching the knowledge: %w", err)
	}
	return w, nil
}

// Run calls changed whenever the files of the base have changed: one was
// written, replaced, added to a folder or a glob of the base, or removed.
// Changes that follow each other closely make one call. It returns when ctx
// ends, with nil; changed is called from the goroutine that called Run, one call
// at a time.
func (w *Watcher) Run(ctx context.Context, changed func()) error {
	defer w.close()
	if w.options.FS != nil {
		<-ctx.Done()
		return nil
	}
	err := w.run(ctx, changed)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("watching the knowledge: %w", err)
}

// run waits for changes until ctx ends, or a look fails.
func (w *Watcher) run(ctx context.Context, changed func()) error {
	poll := time.NewTicker(w.poll)
	defer poll.Stop()
	settle := time.NewTimer(settleTime)
	settle.Stop()
	defer settle.Stop()
	var since time.Time // the first event that has not been acted on
	for {
		var events <-chan fsnotify.Event
		var errs <-chan error
		tick := poll.C
		if w.notify != nil {
			events, errs, tick = w.notify.Events, w.notify.Errors, nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-events:
			if since.IsZero() {
				since = time.Now()
			}
			if time.Since(since) < settleMost {
				settle.Reset(settleTime)
			}
			continue
		case <-errs: // Events were lost, so look.
		case <-settle.C:
		case <-tick:
		}
		since = time.Time{}
		if err := w.check(ctx, changed); err != nil {
			return err
		}
	}
}

// check calls changed if the files are not what they were. Whether anything
// happened at all is found without reading the files.
func (w *Watcher) check(ctx context.Context, changed func()) error {
	if same(w.files, stats(w.files)) && same(w.dirs, stats(w.dirs)) {
		return nil
	}
	before := w.files
	if err := w.look(ctx); err != nil {
		return err
	}
	if !same(before, w.files) || len(before) != len(w.files) {
		changed()
	}
	return nil
}

// look finds the files of the base, and watches their folders. It looks again
// when a folder changed meanwhile, for what came into it may have been missed.
func (w *Watcher) look(ctx context.Context) error {
	const tries, clockStep = 5, 20 * time.Millisecond // file times are coarser than the clock
	for range tries {
		begin := time.Now().Add(-clockStep)
		c := newCollector(ctx, w.options)
		if err := c.collect(w.options.Paths); err != nil {
			return err
		}
		names, folders := map[string]fs.FileInfo{}, map[string]fs.FileInfo{}
		for _, f := range c.files {
			names[f.name] = nil
		}
		for _, g := range c.guides {
			names[g.name] = nil
		}
		for _, f := range c.faults { // A file that cannot be read is one to wait for.
			if f.File != "" {
				names[f.File] = nil
			}
		}
		for d := range c.dirs {
			folders[d] = nil
			w.watch(d)
		}
		w.files, w.dirs = stats(names), stats(folders)
		changing := false
		for _, info := range w.dirs {
			changing = changing || info != nil && info.ModTime().After(begin)
		}
		if !changing {
			break
		}
	}
	return nil
}

// watch adds a folder to those that tell of changes; for one that is not there,
// the folder in which it would appear. When the system allows no more of them,
// all are polled instead.
func (w *Watcher) watch(dir string) {
	if w.notify == nil || w.notify.Add(dir) == nil {
		return
	}
	if _, err := os.Stat(dir); err == nil {
		w.close()
		return
	}
	if parent := filepath.Dir(dir); parent != dir {
		w.watch(parent)
	}
}

func (w *Watcher) close() {
	if w.notify != nil {
		w.notify.Close() // Its error says only that it was closed before.
		w.notify = nil
	}
}

// stats looks at files by name; what is not there has no information.
func stats(names map[string]fs.FileInfo) map[string]fs.FileInfo {
	out := make(map[string]fs.FileInfo, len(names))
	for name := range names {
		info, err := os.Stat(name)
		if err != nil {
			info = nil
		}
		out[name] = info
	}
	return out
}

// same says whether the files of a are in b, unchanged. The time and the size
// tell of a file that was written, its identity of one that was replaced.
func same(a, b map[string]fs.FileInfo) bool {
	for name, x := range a {
		y, ok := b[name]
		if !ok || (x == nil) != (y == nil) {
			return false
		}
		if x != nil && (x.Size() != y.Size() || !x.ModTime().Equal(y.ModTime()) || !os.SameFile(x, y)) {
			return false
		}
	}
	return true
}
