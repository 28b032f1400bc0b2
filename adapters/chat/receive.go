package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"frontdesk/bot"

	"github.com/cenkalti/backoff/v5"
)

const (
	// maxArriving is how many events wait to be committed, before a platform has
	// to wait.
	maxArriving = 1024
	// maxBatch is how many are committed together.
	maxBatch = 256
	// commitFor is how long a commit that fails is tried: Slack wants to know
	// within three seconds.
	commitFor = 2 * time.Second
)

// ErrNotRunning is what Enqueue gives when the desk does not run.
var ErrNotRunning = errors.New("the desk does not run")

// Receive takes an event in. When it returns nil, the platform may be told that
// the event has arrived: it is committed to the inbox, or is none of our business.
// Events of one conversation are to be received in their order. Where they come
// from one connection, Enqueue is faster.
func (d *Desk) Receive(ctx context.Context, e Event) error {
	return d.receive(ctx, []arrival{{event: e}})[0]
}

// Enqueue takes an event in as Receive does, without waiting for its commit: done
// is told what came of it, in the order of the calls, from another goroutine. It
// waits only where very many events do.
func (d *Desk) Enqueue(e Event, done func(error)) {
	if e.Received.IsZero() {
		e.Received = d.deps.Now()
	}
	d.arrivals.mu.RLock()
	defer d.arrivals.mu.RUnlock()
	if d.arrivals.waiting == nil {
		done(ErrNotRunning)
		return
	}
	d.arrivals.waiting <- arrival{e, done}
}

// An arrival is an event that waits to be committed.
type arrival struct {
	event Event
	done  func(error)
}

// arrivals commits events in the order of their arrival, as many at once as wait.
type arrivals struct {
	mu      sync.RWMutex
	waiting chan arrival // nil when the desk does not run
}

// open begins; the function given ends it, once all that waits is committed.
func (a *arrivals) open(ctx context.Context, d *Desk) (shut func()) {
	waiting := make(chan arrival, maxArriving)
	a.mu.Lock()
	a.waiting = waiting
	a.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for first := range waiting {
			batch := []arrival{first}
			for more := true; more && len(batch) < maxBatch; {
				select {
				case next, ok := <-waiting:
					if more = ok; ok {
						batch = append(batch, next)
					}
				default:
					more = false
				}
			}
			for i, err := range d.receive(ctx, batch) {
				batch[i].done(err)
			}
		}
	}()
	return func() {
		a.mu.Lock()
		a.waiting = nil
		a.mu.Unlock()
		close(waiting)
		<-ended
	}
}

// receive takes events in, and says for each what came of it.
func (d *Desk) receive(ctx context.Context, batch []arrival) []error {
	errs := make([]error, len(batch))
	var receipts []bot.Receipt
	var of []int // the places of the receipts in the batch
	begun := map[string]bool{}
	for i := range batch {
		e := &batch[i].event
		if e.Received.IsZero() {
			e.Received = d.deps.Now()
		}
		speak, err := d.concerns(ctx, e, begun)
		var r bot.Receipt
		if err == nil && speak {
			r, err = e.receipt(d.deps.Adapter)
		}
		if errors.Is(err, errTooLarge) { // or it would be delivered for ever
			d.log.Error("an event is left out", "message", e.Key, "error", err)
			d.deps.Metrics.failed(d.deps.Adapter)
			continue
		}
		if errs[i] = err; err == nil && speak {
			receipts, of = append(receipts, r), append(of, i)
			begun[r.Conversation] = true
		}
	}
	if len(receipts) == 0 {
		return errs
	}
	fresh, err := d.commit(ctx, receipts)
	if err != nil && len(receipts) > 1 {
		// One that cannot be kept must not hold up the others.
		for _, i := range of {
			errs[i] = d.receive(ctx, batch[i:i+1])[0]
		}
		return errs
	}
	if err != nil {
		d.log.Error("keeping an event in the inbox", "message", receipts[0].Key, "error", err)
	}
	for n, i := range of {
		if errs[i] = err; err != nil {
			continue
		}
		e := batch[i].event
		if fresh[n] {
			d.queue.take(receipts[n], e)
		}
		d.deps.Metrics.received(d.deps.Adapter, e.Message.Kind, fresh[n], d.deps.Now().Sub(e.Received))
	}
	return errs
}

// commit keeps events in the inbox; it tries for a while.
func (d *Desk) commit(ctx context.Context, receipts []bot.Receipt) ([]bool, error) {
	return backoff.Retry(ctx, func() ([]bool, error) { return d.deps.Store.AcceptAll(ctx, receipts) },
		backoff.WithMaxElapsedTime(commitFor), backoff.WithBackOff(&backoff.ExponentialBackOff{
			InitialInterval: 50 * time.Millisecond, RandomizationFactor: 0.3, Multiplier: 2, MaxInterval: time.Second}))
}
