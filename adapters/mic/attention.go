package mic

import (
	"context"
	"time"
)

// What the desk pays attention to: whether it is woken, speaks, thinks or waits. The state
// is told whenever it is another.

// A window is the time in which the desk needs not be woken.
type window struct {
	until int64
	asked bool // the desk waits for what is said, and all of it is meant for it
}

// wake opens the window and tells so.
func (l *listener) wake(ctx context.Context, by string) {
	l.mu.Lock()
	l.window = window{until: l.pos.Load() + samplesOf(max(waiting, l.m.cfg.FollowUp)), asked: true}
	l.woken++
	if l.stop != nil { // whoever wakes it wants to speak
		l.stop()
	}
	l.mu.Unlock()
	l.m.show(Event{Kind: Woken, At: duration(l.pos.Load()), Why: by})
	l.m.cue(ctx, CueHeard)
	l.update()
}

// wakes says how often the desk was woken.
func (l *listener) wakes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.woken
}

// bargeIn silences the desk, if it speaks; it says whether it did.
func (l *listener) bargeIn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop == nil {
		return false
	}
	l.stop()
	return true
}

// speaks notes that the desk speaks, until the function that it gives is called.
func (l *listener) speaks(stop func()) (silent func()) {
	l.set(func() { l.stop = stop })
	return func() {
		l.set(func() { l.stop, l.mute = nil, l.pos.Load()+tail })
	}
}

// thinks notes that the worker works on something, or no longer.
func (l *listener) thinks(on bool) { l.set(func() { l.busy = on }) }

// wait opens the window for what may be said next.
func (l *listener) wait(d time.Duration, asked bool) {
	l.set(func() { l.window = window{until: l.pos.Load() + tail + samplesOf(d), asked: asked} })
}

// shut closes the window.
func (l *listener) shut() { l.set(func() { l.window = window{} }) }

// within says whether the window was open at a position, or has opened since.
func (l *listener) within(pos int64) bool {
	in, _ := l.at(pos)
	return in
}

// at says the same, and whether the desk waits for what is said.
func (l *listener) at(pos int64) (in, asked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return pos < l.window.until, l.window.asked
}

// expire tells when the window has closed by itself.
func (l *listener) expire(ctx context.Context) {
	pos := l.pos.Load()
	l.mu.Lock()
	open := l.window.until > pos
	closed := l.open && !open && l.talk == nil && !l.busy && l.stop == nil
	if open || closed {
		l.open = open
	}
	l.mu.Unlock()
	if closed {
		l.m.cue(ctx, CueAsleep)
		l.update()
	}
}

// set changes the state, and tells it.
func (l *listener) set(change func()) {
	l.mu.Lock()
	change()
	l.mu.Unlock()
	l.update()
}

// update tells the state where it is another.
func (l *listener) update() {
	l.mu.Lock()
	state := Asleep
	switch {
	case l.away:
		state = Away
	case l.stop != nil:
		state = Speaking
	case l.busy:
		state = Thinking
	case l.voice:
		state = Hearing
	case l.window.until > l.pos.Load(), l.m.cfg.Listen == Always:
		state = Listening
	}
	changed := state != l.told
	l.told = state
	l.mu.Unlock()
	if changed {
		l.m.show(Event{Kind: Changed, At: duration(l.pos.Load()), State: state})
	}
}
