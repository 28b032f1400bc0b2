package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"frontdesk/bot"
)

// outboxes bring replies to the adapter of their address. It is a [bot.Outbox],
// and safe for concurrent use.
type outboxes struct {
	mu     sync.Mutex
	byName map[string]bot.Outbox
}

var _ bot.Outbox = (*outboxes)(nil)

// register has an adapter's replies go out there; nil takes the adapter away.
func (o *outboxes) register(adapter string, out bot.Outbox) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byName == nil {
		o.byName = map[string]bot.Outbox{}
	}
	if out == nil {
		delete(o.byName, adapter)
		return
	}
	o.byName[adapter] = out
}

// adapters gives the names of those that are there, sorted.
func (o *outboxes) adapters() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(maps.Keys(o.byName))
}

// Reaches says whether the adapter of an address is there; package bot asks.
func (o *outboxes) Reaches(to bot.Address) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.byName[to.Adapter()] != nil
}

// Send brings a reply to its adapter; that there is none is an error.
func (o *outboxes) Send(ctx context.Context, to bot.Address, r bot.Reply) error {
	o.mu.Lock()
	out := o.byName[to.Adapter()]
	o.mu.Unlock()
	if out == nil {
		return fmt.Errorf("the adapter of %q is not running here", to)
	}
	return out.Send(ctx, to, r)
}
