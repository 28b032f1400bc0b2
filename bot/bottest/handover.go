package bottest

import (
	"context"
	"slices"
	"sync"
	"time"

	"frontdesk/bot"
)

// Handovers keep hand-overs in memory.
type Handovers struct {
	// Err is what every call gives, when it is set.
	Err error

	mu  sync.Mutex
	all []bot.Handover
}

// HandOver keeps a hand-over, unless there is one of its ID.
func (h *Handovers) HandOver(_ context.Context, one bot.Handover) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Err == nil && h.index(one.ID) < 0 {
		h.all = append(h.all, one)
	}
	return h.Err
}

// Handover gives the one of an ID.
func (h *Handovers) Handover(_ context.Context, id string) (bot.Handover, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.index(id)
	if i < 0 || h.Err != nil {
		return bot.Handover{}, false, h.Err
	}
	return h.all[i], true, nil
}

// Answered notes the first answer.
func (h *Handovers) Answered(_ context.Context, id string, by bot.Address, at time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.index(id); i >= 0 && h.Err == nil && h.all[i].Answered.IsZero() {
		h.all[i].By, h.all[i].Answered = by, at
	}
	return h.Err
}

// All gives what was handed on so far, in order.
func (h *Handovers) All() []bot.Handover {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.all)
}

func (h *Handovers) index(id string) int {
	return slices.IndexFunc(h.all, func(o bot.Handover) bool { return o.ID == id })
}

// An Outbox notes what was sent.
type Outbox struct {
	mu   sync.Mutex
	err  error
	sent []bot.Reply
}

// Send notes a reply, with the address that it went to, or gives the error of Fail.
func (o *Outbox) Send(_ context.Context, to bot.Address, r bot.Reply) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	r.To = to
	o.sent = append(o.sent, r)
	return nil
}

// Fail has every call of Send give an error; nil for none any more.
func (o *Outbox) Fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
}

// Sent gives what was sent so far, in order.
func (o *Outbox) Sent() []bot.Reply {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}
