package mqtt

import (
	"context"
	"time"
)

// hearAgain is how long it takes until it is tried again to hear a topic.
const hearAgain = 5 * time.Second

// Hear calls f for every message that comes to a topic, until ctx ends; what is
// retained from before is left out. It connects where nobody has yet, and hears on
// when the connection was lost and stands again. A topic has one that hears it. f must
// not wait.
func (b *Broker) Hear(ctx context.Context, topic string, f func()) {
	b.mu.Lock()
	if b.heard == nil {
		b.heard = map[string]func(){}
	}
	b.heard[topic] = f
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.heard, topic)
	}()
	for told := false; ctx.Err() == nil; {
		err := b.hearOnce(ctx, topic)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !told {
			b.log.Warn("a topic is not heard; it is tried again", "topic", topic, "error", err)
		}
		told = err != nil
		timer := time.NewTimer(hearAgain)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// hearOnce hears a topic until the connection is lost.
func (b *Broker) hearOnce(ctx context.Context, topic string) error {
	waiting, cancel := context.WithTimeout(ctx, b.cfg.ConnectTimeout+hearAgain)
	l, err := b.connection(waiting)
	if err == nil {
		err = b.listen(waiting, l.manager, topic, 0)
	}
	cancel()
	if err != nil {
		return err
	}
	b.log.Info("hearing a topic of the MQTT broker", "topic", topic)
	select {
	case <-l.lost:
	case <-ctx.Done():
		b.leave(ctx, l.manager, topic)
	}
	return nil
}
