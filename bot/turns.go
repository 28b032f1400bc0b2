package bot

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// turns lets one message at a time through per conversation, first come first
// served. It holds only the conversations in which a message is being handled.
type turns struct {
	mu   sync.Mutex
	open map[string]*turn
}

type turn struct {
	gate  *semaphore.Weighted // FIFO, as its documentation says
	users int                 // that hold the gate or wait for it
}

// take waits for the conversation to be free. The function that it gives frees
// it again.
func (t *turns) take(ctx context.Context, conversation string) (release func(), err error) {
	t.mu.Lock()
	c, ok := t.open[conversation]
	if !ok {
		c = &turn{gate: semaphore.NewWeighted(1)}
		t.open[conversation] = c
	}
	c.users++
	t.mu.Unlock()

	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if c.users--; c.users == 0 {
			delete(t.open, conversation)
		}
	}
	if err := c.gate.Acquire(ctx, 1); err != nil {
		leave()
		return nil, err
	}
	return func() {
		c.gate.Release(1)
		leave()
	}, nil
}
