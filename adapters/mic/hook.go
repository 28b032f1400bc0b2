package mic

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"sync"
	"time"
)

const (
	// hookWithin bounds a program that tells of a moment.
	hookWithin = 5 * time.Second
	// maxHooks is how many of them run at once; a moment that finds no room is not
	// told of.
	maxHooks = 4
)

// hooks run the programs that tell of moments.
type hooks struct {
	programs map[Cue][]string
	within   time.Duration // that one may take
	log      *slog.Logger

	running sync.WaitGroup
	mu      sync.Mutex // guards what follows
	count   int
}

// run starts the program of a moment, if it has one, and does not wait for it.
func (h *hooks) run(ctx context.Context, c Cue) {
	args := h.programs[c]
	if len(args) == 0 {
		return
	}
	h.mu.Lock()
	full := h.count >= maxHooks
	if !full {
		h.count++
	}
	h.mu.Unlock()
	if full {
		h.log.Debug("a hook is not run: too many run already", "hook", c)
		return
	}
	h.running.Go(func() {
		defer func() {
			h.mu.Lock()
			h.count--
			h.mu.Unlock()
		}()
		ctx, cancel := context.WithTimeout(ctx, h.within)
		defer cancel()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.WaitDelay = time.Second
		if err := cmd.Run(); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
			h.log.Warn("a hook failed", "hook", c, "program", args[0], "error", err)
		}
	})
}

// wait waits for those that run.
func (h *hooks) wait() { h.running.Wait() }
