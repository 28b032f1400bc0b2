package app

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// A part of a serving desk, and whether it can do its work.
type part struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	State string `json:"state"` // in words
}

// health says of each base, and of what the desk writes to, whether it is in order.
func (a *App) health(ctx context.Context) []part {
	var all []part
	for _, s := range a.statuses() {
		all = append(all, part{"base " + s.Base, true, fmt.Sprintf("%s, loaded %s", entries(s.Entries), s.Loaded.UTC().Format(time.RFC3339))})
	}
	// The desk answers whatever model does, so this is no reason to take it away.
	all = append(all, part{"embedding", true, a.current().state()})
	all = append(all, part{"speech", true, a.speechState()})
	if !a.recording() {
		return append(all, part{"journal", true, "nothing is to be recorded"})
	}
	p := part{"journal", true, "it can be written"}
	if err := a.Writable(ctx); err != nil {
		p.OK, p.State = false, err.Error()
	}
	return append(all, p)
}

// recording says whether there is to be a journal.
func (a *App) recording() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cfg.Journal.Enabled && !a.options.Pretend && !a.options.DryRun
}

// Writable tries whether the journal and its folder can be written, and gives why
// not.
func (a *App) Writable(ctx context.Context) error {
	if a.journal == nil {
		return fmt.Errorf("nothing is recorded, since the journal could not be opened at the start; the log says why")
	}
	return a.probe.do(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeWithin)
		defer cancel()
		if err := a.journal.Writable(ctx); err != nil {
			return err
		}
		return roomIn(a.dir)
	})
}

const (
	probeWithin = 2 * time.Second
	// probeEvery bounds how often the disk is tried: anybody who reaches the port
	// may ask.
	probeEvery = 5 * time.Second
	probeSize  = 16 << 10 // bytes
)

// A probe remembers for a while how a try went.
type probe struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

func (p *probe) do(try func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at.IsZero() || time.Since(p.at) >= probeEvery {
		p.err = try()
		p.at = time.Now()
	}
	return p.err
}

// roomIn tries whether a folder takes a small file.
func roomIn(dir string) (err error) {
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return fmt.Errorf("trying to write: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, probeSize))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("trying to write: %w", err)
	}
	return nil
}
