package mqtt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
)

// leaveWithin bounds how long we take to stop listening.
const leaveWithin = 2 * time.Second

// A question waits for its answer.
type question struct {
	correlation []byte
	answer      chan []byte   // holds one
	done        chan struct{} // closed when nobody waits any more
}

// publish sends a message and waits until the broker has it. The warning is for
// whoever runs the desk.
func (b *Broker) publish(ctx context.Context, p *paho.Publish) (warning string, err error) {
	l, err := b.connection(ctx)
	if err != nil {
		return "", err
	}
	ctx, release := l.during(ctx)
	defer release()
	return send(ctx, l.manager, p)
}

func send(ctx context.Context, manager *autopaho.ConnectionManager, p *paho.Publish) (warning string, err error) {
	response, err := manager.Publish(ctx, p)
	var code byte
	if response != nil {
		code = response.ReasonCode
	}
	switch {
	case code == packets.PubackNotAuthorized:
		return "", &problem{"the broker does not allow it", fmt.Errorf("publishing to %s: not authorized", p.Topic)}
	case code >= 0x80:
		return "", &problem{"the broker refused it", fmt.Errorf("publishing to %s: reason code %#x", p.Topic, code)}
	case err != nil && ctx.Err() != nil && !errors.Is(context.Cause(ctx), errLost):
		return "", fmt.Errorf("publishing to %s: %w", p.Topic, context.Cause(ctx))
	case err != nil:
		return "", &problem{"the connection to the broker was lost, and nobody knows whether it was done",
			fmt.Errorf("publishing to %s: %w", p.Topic, err)}
	case code == packets.PubackNoMatchingSubscribers && !p.Retain:
		return fmt.Sprintf("nobody listens on the topic %s", p.Topic), nil
	}
	return "", nil
}

// ask sends a message and waits for the answer on its response topic.
func (b *Broker) ask(ctx context.Context, p *paho.Publish, qos byte) ([]byte, error) {
	q, err := b.take(ctx, p)
	if err != nil {
		return nil, err
	}
	topic := p.Properties.ResponseTopic
	defer b.release(topic, q)
	l, err := b.connection(ctx)
	if err != nil {
		return nil, err
	}
	ctx, release := l.during(ctx)
	defer release()
	if err := b.listen(ctx, l.manager, topic, qos); err != nil {
		return nil, err
	}
	defer b.leave(ctx, l.manager, topic)
	if _, err := send(ctx, l.manager, p); err != nil {
		return nil, err
	}
	select {
	case answer := <-q.answer:
		return answer, nil
	case <-ctx.Done():
	}
	switch cause := context.Cause(ctx); cause {
	case errLost:
		return nil, &problem{"the connection to the broker was lost before the answer came", fmt.Errorf("waiting on %s: %w", topic, cause)}
	case errTimeout:
		return nil, &problem{"it was sent, but no answer came in time", fmt.Errorf("waiting on %s: %w", topic, cause)}
	default:
		return nil, fmt.Errorf("waiting on %s: %w", topic, cause)
	}
}

// listen subscribes to the topic of an answer.
func (b *Broker) listen(ctx context.Context, manager *autopaho.ConnectionManager, topic string, qos byte) error {
	ack, err := manager.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{
		{Topic: topic, QoS: qos, RetainHandling: 2}, // a message of before is no answer
	}})
	switch {
	case err == nil:
		return nil
	case ack != nil && len(ack.Reasons) == 1 && ack.Reasons[0] >= 0x80:
		return &problem{"the broker does not let us hear the answer", fmt.Errorf("subscribing to %s: %w", topic, err)}
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), errLost):
		return fmt.Errorf("subscribing to %s: %w", topic, context.Cause(ctx))
	}
	return &problem{"the connection to the broker was lost", fmt.Errorf("subscribing to %s: %w", topic, err)}
}

// leave stops listening, also where the time of the command is over. With a
// connection that is lost the broker forgets it anyway.
func (b *Broker) leave(ctx context.Context, manager *autopaho.ConnectionManager, topic string) {
	if context.Cause(ctx) == errLost {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if _, err := manager.Unsubscribe(ctx, &paho.Unsubscribe{Topics: []string{topic}}); err != nil {
		b.log.Debug("unsubscribing at the MQTT broker", "error", err)
	}
}

// take waits until nobody else waits for an answer on the topic.
func (b *Broker) take(ctx context.Context, p *paho.Publish) (*question, error) {
	q := &question{
		correlation: p.Properties.CorrelationData,
		answer:      make(chan []byte, 1), done: make(chan struct{}),
	}
	topic := p.Properties.ResponseTopic
	for {
		b.mu.Lock()
		other := b.asked[topic]
		if b.closed {
			b.mu.Unlock()
			return nil, errors.New("the connection was closed")
		}
		if other == nil {
			b.asked[topic] = q
			b.mu.Unlock()
			return q, nil
		}
		b.mu.Unlock()
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for another command that listens on %s: %w", topic, context.Cause(ctx))
		}
	}
}

func (b *Broker) release(topic string, q *question) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.asked, topic)
	close(q.done)
}

// received takes a message that came.
func (b *Broker) received(p paho.PublishReceived) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.heard[p.Packet.Topic]; f != nil && !p.Packet.Retain {
		f()
		return true, nil
	}
	q := b.asked[p.Packet.Topic]
	if q == nil || p.Packet.Retain {
		return false, nil
	}
	if props := p.Packet.Properties; props != nil && len(props.CorrelationData) > 0 && !bytes.Equal(props.CorrelationData, q.correlation) {
		return false, nil
	}
	select {
	case q.answer <- p.Packet.Payload:
	default: // It has one.
	}
	return true, nil
}
