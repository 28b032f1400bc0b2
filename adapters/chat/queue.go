package chat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"frontdesk/bot"
)

const (
	// atOnce is how many conversations are worked on at the same time.
	atOnce = 256
	// maxQueued is how many events wait in memory; more wait in the inbox alone.
	maxQueued = 20_000
)

// An item is an event that waits in the queue.
type item struct {
	key   string
	event Event
	again bool // an earlier process may have begun it
	since time.Time
}

// A queue works on the events of each conversation in their order, and on
// conversations beside each other. It holds what the inbox holds, up to a bound.
type queue struct {
	desk *Desk

	mu      sync.Mutex
	handler bot.Handler
	ctx     context.Context // of the work; nil before open
	closed  bool            // nothing more is begun
	waiting map[string][]item
	held    map[string]bool // the keys of all that waits or is worked on
	ready   []string        // conversations that wait for a place, in order
	active  int
	behind  bool // the inbox holds more than the queue
	reading bool // more is being read from the inbox
	work    sync.WaitGroup
}

func newQueue(d *Desk) *queue {
	return &queue{desk: d, waiting: map[string][]item{}, held: map[string]bool{}}
}

// open begins the work, with what an earlier process left undone.
func (q *queue) open(ctx context.Context, handler bot.Handler) error {
	q.mu.Lock()
	q.handler, q.ctx, q.closed = handler, ctx, false
	q.mu.Unlock()
	if err := q.readOn(ctx, true); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.begin() // what was received before
	return nil
}

// errFull ends the reading of the inbox where the queue has no more room.
var errFull = errors.New("the queue is full")

// readOn takes in what the inbox holds and the queue does not.
func (q *queue) readOn(ctx context.Context, again bool) error {
	d := q.desk
	err := d.deps.Store.Unfinished(ctx, d.deps.Adapter, func(r bot.Receipt) error {
		e, err := readEvent(r)
		if err != nil { // a newer or broken program wrote it: it can never be worked on
			d.log.Error("an event in the inbox is left out", "message", r.Key, "error", err)
			return d.deps.Store.Finish(ctx, d.deps.Adapter, r.Key, nil)
		}
		q.add(r, e, again)
		q.mu.Lock()
		defer q.mu.Unlock()
		if len(q.held) >= maxQueued {
			return errFull
		}
		return nil
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	q.behind = err != nil
	if err != nil && !errors.Is(err, errFull) {
		return fmt.Errorf("reading the inbox: %w", err)
	}
	return nil
}

// take queues an event that was committed just now, where there is room.
func (q *queue) take(r bot.Receipt, e Event) {
	q.mu.Lock()
	q.behind = q.behind || len(q.held) >= maxQueued
	full := q.behind
	q.mu.Unlock()
	if !full {
		q.add(r, e, false)
	}
}

// add queues an event that is in the inbox.
func (q *queue) add(r bot.Receipt, e Event, again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.held[r.Key] {
		return // the next process finds it in the inbox
	}
	q.held[r.Key] = true
	conversation := r.Conversation
	waiting, busy := q.waiting[conversation]
	q.waiting[conversation] = append(waiting, item{key: r.Key, event: e, again: again, since: q.desk.deps.Now()})
	q.desk.deps.Metrics.queued(q.desk.deps.Adapter, len(q.held))
	if !busy {
		q.ready = append(q.ready, conversation)
		q.begin()
	}
}

// begin gives the conversations that wait a place, as long as there are any. The
// caller holds mu.
func (q *queue) begin() {
	for q.active < atOnce && len(q.ready) > 0 && !q.closed && q.ctx != nil {
		conversation := q.ready[0]
		q.ready = q.ready[1:]
		q.active++
		q.work.Go(func() { q.drainOne(conversation) })
	}
}

// drainOne works on what waits in one conversation, until nothing does.
func (q *queue) drainOne(conversation string) {
	for {
		q.mu.Lock()
		items := q.waiting[conversation]
		if len(items) == 0 || q.closed {
			delete(q.waiting, conversation)
			q.active--
			q.begin()
			more := q.behind && len(q.held) < maxQueued/2 && !q.reading && !q.closed
			q.reading = q.reading || more
			q.mu.Unlock()
			if more {
				q.catchUp()
			}
			return
		}
		it, ctx, handler := items[0], q.ctx, q.handler
		q.mu.Unlock()

		q.desk.do(ctx, handler, it)

		q.mu.Lock()
		q.waiting[conversation] = q.waiting[conversation][1:]
		delete(q.held, it.key)
		q.desk.deps.Metrics.queued(q.desk.deps.Adapter, len(q.held))
		q.mu.Unlock()
	}
}

// catchUp reads on in the inbox once the queue has room again.
func (q *queue) catchUp() {
	q.mu.Lock()
	ctx := q.ctx
	q.mu.Unlock()
	err := q.readOn(ctx, false)
	q.mu.Lock()
	q.reading = false // where that failed, the next conversation that ends tries again
	q.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		q.desk.log.Error("reading on in the inbox", "error", err)
	}
}

// has says whether anything of a conversation waits or is worked on.
func (q *queue) has(conversation string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.waiting[conversation]
	return ok
}

// drain waits until nothing more is to be done, or for so long; then it begins
// nothing more, stops what is being done, and waits for its end.
func (q *queue) drain(within time.Duration, stop context.CancelFunc) {
	done := make(chan struct{})
	go func() {
		q.work.Wait()
		close(done)
	}()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	stop()
	<-done
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting, q.held, q.ready, q.ctx = map[string][]item{}, map[string]bool{}, nil, nil
}
