package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"frontdesk/internal/app"
	"frontdesk/internal/config"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// open brings a desk up, with our log and warnings; where an index has to be
// built and somebody watches, a bar shows how far it has come.
func (c *cli) open(ctx context.Context, cfg *config.Config, o app.Options) (*app.App, error) {
	b := bars{c: c}
	defer b.finish()
	o.Log, o.Warn, o.Progress = c.log, c.warn, b.progress()
	return app.New(ctx, cfg, o)
}

// close closes a desk. What goes wrong with that is a warning: an answer that
// was given, or a command that was run, is not taken back by it.
func (c *cli) close(a *app.App) {
	if err := a.Close(); err != nil {
		c.warn(fmt.Errorf("closing the desk: %w", err))
	}
}

// bars shows how far an index, a training or the like has come, one bar a base or stage,
// where somebody watches.
type bars struct {
	c *cli

	mu   sync.Mutex // guards what follows
	what string
	bar  *progressbar.ProgressBar
	over bool
}

// progress gives what [app.Options] calls, or nil where nobody watches.
func (b *bars) progress() func(base string, done, total int) {
	show := b.stages()
	if show == nil {
		return nil
	}
	return func(base string, done, total int) { show("indexing "+base, done, total) }
}

// stages gives what shows how far something named has come, or nil where nobody
// watches.
func (b *bars) stages() func(what string, done, total int) {
	f, ok := b.c.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func(what string, done, total int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.over {
			return // knowledge that is loaded again under a prompt
		}
		if b.bar == nil || b.what != what {
			b.end()
			b.what = what
			b.bar = progressbar.NewOptions(total,
				progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionThrottle(50*time.Millisecond),
				progressbar.OptionClearOnFinish())
		}
		_ = b.bar.Set(done) // a bar that cannot be drawn keeps nobody
	}
}

// clear takes the bar away for a line that is printed; the next step draws it again.
func (b *bars) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

// finish ends the last bar; there are no more.
func (b *bars) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	b.end()
}

func (b *bars) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
}
