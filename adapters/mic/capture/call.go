package capture

import (
	"context"
	"errors"
	"time"
)

// answerWithin is how long the sound system may take for one call.
const answerWithin = 5 * time.Second

// errHangs says that the sound system does not come back.
var errHangs = errors.New("the sound system does not answer")

// A caller calls the sound system, which may hang and cannot be stopped then: one
// call at a time, so that at most one goroutine waits for it.
type caller struct{ busy chan struct{} }

// call gives what f gives, or an error when that takes too long or ctx ends. Then f
// goes on by itself, nothing more is called until it is back, and what it gives is
// put back by late, where that is not nil.
func call[T any](ctx context.Context, c *caller, f func() (T, error), late func(T)) (T, error) {
	if c.busy == nil {
		c.busy = make(chan struct{}, 1)
	}
	var none T
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case c.busy <- struct{}{}:
	case <-timer.C:
		return none, errHangs
	case <-ctx.Done():
		return none, ctx.Err()
	}
	type outcome struct {
		value T
		err   error
	}
	back, left := make(chan outcome), make(chan struct{})
	defer close(left)
	go func() {
		value, err := f()
		select {
		case back <- outcome{value, err}:
		case <-left:
			if err == nil && late != nil {
				late(value)
			}
		}
		<-c.busy
	}()
	select {
	case o := <-back:
		return o.value, o.err
	case <-timer.C:
		return none, errHangs
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
