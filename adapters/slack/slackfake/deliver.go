package slackfake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Kinds of envelope.
const (
	eventsAPI     = "events_api"
	interactive   = "interactive"
	slashCommands = "slash_commands"
)

// A Delivery is something that the app is sent until it acknowledges it.
type Delivery struct {
	EventID string // of events

	workspace *Workspace
	kind      string
	seq       int    // its place among what goes by Socket Mode
	lane      string // what is in one lane is sent in order, by HTTP
	payload   []byte
	form      bool   // by HTTP it goes as a form
	view      string // the modal that an answer is for

	mu      sync.Mutex
	attempt int // how often it was sent again
	reason  string
	once    sync.Once
	done    chan struct{}
	ack     Ack
}

// An Ack is what an app acknowledged, or did not.
type Ack struct {
	Payload  json.RawMessage // the answer's; nil for none
	After    time.Duration   // from the sending that was acknowledged
	At       time.Time       // when it came
	Attempts int             // how often it was sent, at least 1
	Lost     bool            // it never was acknowledged
	Status   int             // of the HTTP answer; 0 with Socket Mode
}

// Wait gives the acknowledgement when it has come, or when no more is awaited.
func (d *Delivery) Wait(ctx context.Context) (Ack, error) {
	if d == nil {
		return Ack{}, fmt.Errorf("the app is not sent that: it is no member, or lacks the subscription or the scope")
	}
	select {
	case <-d.done:
		return d.ack, nil
	case <-ctx.Done():
		return Ack{}, fmt.Errorf("waiting for an acknowledgement: %w", ctx.Err())
	}
}

// Result gives the acknowledgement, if it has come.
func (d *Delivery) Result() (Ack, bool) {
	select {
	case <-d.done:
		return d.ack, true
	default:
		return Ack{}, false
	}
}

// Stats count what was delivered.
type Stats struct {
	Sent        int // envelopes and requests, with those sent again
	Acked       int
	Redelivered int
	Lost        int
	Dropped     int // connections
	Stray       int // acknowledgements of what was not waited for
}

// deliveries keep count.
type deliveries struct {
	mu    sync.Mutex
	stats Stats
	acks  []time.Duration
}

// Stats gives the counts so far.
func (s *Server) Stats() Stats {
	s.deliveries.mu.Lock()
	defer s.deliveries.mu.Unlock()
	return s.deliveries.stats
}

// Acks gives how long acknowledgements took, from the sending, sorted.
func (s *Server) Acks() []time.Duration {
	s.deliveries.mu.Lock()
	defer s.deliveries.mu.Unlock()
	return slices.Sorted(slices.Values(s.deliveries.acks))
}

func (s *Server) count(f func(*Stats)) {
	s.deliveries.mu.Lock()
	defer s.deliveries.mu.Unlock()
	f(&s.deliveries.stats)
}

// tried says how often it was sent again, and why.
func (d *Delivery) tried() (int, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempt, d.reason
}

// finish ends a delivery that was acknowledged.
func (s *Server) finish(d *Delivery, ack Ack) {
	first := false
	attempt, _ := d.tried()
	d.once.Do(func() {
		ack.Attempts, ack.At = attempt+1, time.Now()
		d.ack = ack
		close(d.done)
		first = true
	})
	s.deliveries.mu.Lock()
	s.deliveries.stats.Acked++
	s.deliveries.acks = append(s.deliveries.acks, ack.After)
	s.deliveries.mu.Unlock()
	if first {
		s.mu.Lock()
		s.changed()
		s.mu.Unlock()
	}
}

// again says when a delivery that failed is sent again; false for never.
func (s *Server) again(d *Delivery, reason string) (time.Duration, bool) {
	select {
	case <-d.done: // it was sent twice, and one of them arrived
		return 0, false
	default:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kind != eventsAPI || d.attempt >= len(s.cfg.Retries) {
		d.once.Do(func() {
			d.ack = Ack{Lost: true, Attempts: d.attempt + 1}
			s.count(func(n *Stats) { n.Lost++ })
			close(d.done)
		})
		return 0, false
	}
	wait := s.cfg.Retries[d.attempt]
	d.attempt++
	d.reason = reason
	s.count(func(n *Stats) { n.Redelivered++ })
	return wait, true
}

// send has something delivered. The lock is held, so that the order is that of
// what happened.
func (w *Workspace) send(d *Delivery) *Delivery {
	d.workspace, d.done = w, make(chan struct{})
	if w.Setup.RequestURL != "" {
		w.app.post(d)
	} else {
		w.app.push(d)
	}
	return d
}

// emit delivers an event to the app, where it is subscribed to it and has its
// scope; nil where not. The lock is held.
func (w *Workspace) emit(subscription, scope, lane string, inner any) *Delivery {
	if !slices.Contains(w.Setup.Events, subscription) || scope != "" && !w.hasAny(scope) {
		return nil
	}
	id := w.server.id("Ev")
	payload, err := json.Marshal(event{
		Token: "verification-token", TeamID: w.ID, AppID: w.AppID, Event: inner, Type: "event_callback", EventID: id,
		EventTime: time.Now().Unix(), Authorizations: []authorization{{TeamID: w.ID, UserID: w.BotUser, IsBot: true}},
		Context: "4-" + id,
	})
	if err != nil {
		panic(fmt.Sprintf("slackfake: encoding an event: %v", err)) // they are our own structs
	}
	return w.send(&Delivery{EventID: id, kind: eventsAPI, lane: lane, payload: payload})
}

// Emit delivers an event of any contents, as they are: for hostile ones.
func (w *Workspace) Emit(inner json.RawMessage) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	id := w.server.id("Ev")
	payload := fmt.Appendf(nil, `{"token":"t","team_id":%q,"api_app_id":%q,"event":%s,"type":"event_callback","event_id":%q,"event_time":%d}`,
		w.ID, w.AppID, inner, id, time.Now().Unix())
	return w.send(&Delivery{EventID: id, kind: eventsAPI, payload: payload})
}

// EmitRaw delivers a payload of a kind of envelope ("events_api",
// "interactive", "slash_commands") as it is.
func (w *Workspace) EmitRaw(kind string, payload json.RawMessage) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.send(&Delivery{kind: kind, payload: payload})
}

// Redeliver sends something once more, as if its acknowledgement had been lost.
func (w *Workspace) Redeliver(d *Delivery) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.send(&Delivery{
		EventID: d.EventID, kind: d.kind, lane: d.lane, payload: d.payload, form: d.form, attempt: 1, reason: "timeout",
	})
}
