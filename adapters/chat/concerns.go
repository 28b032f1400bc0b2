package chat

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

// concerns says whether an event is any of our business, and fills in what the
// configuration of its channel gives: what is not said to us is not even kept. In
// the conversations that have begun, something is about to be said.
func (d *Desk) concerns(ctx context.Context, e *Event, begun map[string]bool) (bool, error) {
	m := &e.Message
	if e.Place.Direct {
		m.Locale = cmp.Or(m.Locale, d.cfg.Locale)
		return d.cfg.Direct || m.Kind == bot.Choice, nil
	}
	ch, ok := d.cfg.channel(e.Place.Channel)
	if !ok || !slices.Contains(ch.When, InThread) {
		// Where the experts are, their answers are heard, whatever else is not.
		if expert, err := d.isFromExpert(ctx, e); err != nil || expert || !ok {
			return expert, err
		}
	}
	m.Base, m.Locale = cmp.Or(m.Base, ch.Base), cmp.Or(m.Locale, ch.Locale, d.cfg.Locale)
	if m.Kind != bot.Text && m.Kind != bot.Audio {
		return true, nil // it is about something that we have shown, or is looked up
	}
	on := func(w When) bool { return slices.Contains(ch.When, w) }
	switch e.How {
	case Mention:
		return on(OnMention), nil
	case Command:
		return on(OnCommand), nil
	case Thread:
		if on(InThread) {
			joined, err := d.isPartOf(ctx, m.Conversation)
			if err != nil || joined || begun[m.Conversation] {
				return err == nil, err
			}
		}
	}
	// Nobody spoke to us. Sound is not listened to, and files are not fetched, unasked.
	if !on(WhenSure) || m.Text == "" || !d.helpful.may(e.Place.channel(), ch.PerHour) {
		return false, nil
	}
	e.How, e.Files, m.Kind, m.Unasked = Overheard, nil, bot.Text, ch.AtLeast
	return true, nil
}

// isPartOf says whether the desk has said something in a conversation, or is about to.
func (d *Desk) isPartOf(ctx context.Context, conversation string) (bool, error) {
	if d.queue.has(conversation) {
		return true, nil
	}
	return d.joined.is(ctx, conversation)
}

// isFromExpert says whether something was written below a question that was handed
// on.
func (d *Desk) isFromExpert(ctx context.Context, e *Event) (bool, error) {
	if e.Message.Kind != bot.Text || e.Place.Thread == "" || e.How != Thread && e.How != Mention {
		return false, nil
	}
	if joined, err := d.isPartOf(ctx, e.Message.Conversation); err != nil || !joined {
		return false, err
	}
	p, found, err := d.deps.Store.Post(ctx, d.deps.Adapter, e.Place.channel(), e.Place.Thread)
	return found && p.Handover != "", err
}

// joined remembers which conversations the desk is part of, before the store is asked.
type joined struct {
	deps  Deps
	known *ttlcache.Cache[string, bool]
}

const (
	joinedFor  = time.Hour
	notJoined  = 10 * time.Second
	maxJoined  = 20_000
	maxCounted = 5000
)

func newJoined(deps Deps) *joined {
	return &joined{deps: deps, known: ttlcache.New(ttlcache.WithCapacity[string, bool](maxJoined),
		ttlcache.WithDisableTouchOnHit[string, bool]())}
}

func (j *joined) is(ctx context.Context, conversation string) (bool, error) {
	if item := j.known.Get(conversation); item != nil {
		return item.Value(), nil
	}
	yes, err := j.deps.Store.Joined(ctx, j.deps.Adapter, conversation)
	if err != nil {
		return false, fmt.Errorf("asking whether the desk is part of a conversation: %w", err)
	}
	ttl := notJoined
	if yes {
		ttl = joinedFor
	}
	j.known.Set(conversation, yes, ttl)
	return yes, nil
}

func (j *joined) add(conversation string) { j.known.Set(conversation, true, joinedFor) }

// helpful counts the answers that nobody asked for, by channel.
type helpful struct {
	now func() time.Time
	mu  sync.Mutex
	at  map[string][]time.Time
}

func newHelpful(now func() time.Time) *helpful {
	return &helpful{now: now, at: map[string][]time.Time{}}
}

// may says whether one more answer is allowed in a channel.
func (h *helpful) may(channel string, perHour int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.recent(channel)) < perHour
}

// take counts an answer before it is worked out, if one more is allowed; giveBack
// takes it off again, where nothing was said.
func (h *helpful) take(channel string, perHour int) (giveBack func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.at) >= maxCounted {
		for c := range h.at {
			h.recent(c)
		}
	}
	times := h.recent(channel)
	if len(times) >= perHour {
		return nil, false
	}
	now := h.now()
	h.at[channel] = append(times, now)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if i := slices.Index(h.at[channel], now); i >= 0 {
			h.at[channel] = slices.Delete(h.at[channel], i, i+1)
		}
	}, true
}

// recent gives the answers of the last hour, and forgets the others.
func (h *helpful) recent(channel string) []time.Time {
	times := slices.DeleteFunc(h.at[channel], func(t time.Time) bool { return h.now().Sub(t) >= time.Hour })
	if len(times) == 0 {
		delete(h.at, channel)
		return nil
	}
	h.at[channel] = times
	return times
}
