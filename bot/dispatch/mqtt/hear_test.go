package mqtt_test

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// heardWithin is how long it may take until a topic is heard.
const heardWithin = 30 * time.Second

// Whatever is published on a topic is heard, but for what was retained from before;
// with FRONTDESK_TEST_LOAD=1 also again when the broker was away.
func TestHear(t *testing.T) {
	const topic = "desk/kitchen/listen"
	p := listen(t, "mqtt", anywhere, nil)
	retained := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Retain: true}, TopicName: topic, Payload: []byte("old")}
	if err := p.InjectPacket(p.inline, retained); err != nil {
		t.Fatal(err)
	}
	b := broker(t, config(p.url))
	ctx, cancel := context.WithCancel(t.Context())
	heard, ended := make(chan struct{}, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		b.Hear(ctx, topic, func() { heard <- struct{}{} })
	}()
	subscribed := func(p *peer) bool { return len(p.Topics.Subscribers(topic).Subscriptions) > 0 }
	await := func(p *peer) {
		t.Helper()
		for end := time.Now().Add(heardWithin); !subscribed(p); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody hears the topic")
			}
		}
		p.say(t, topic, "", nil)
		select {
		case <-heard:
		case <-time.After(heardWithin):
			t.Fatal("a message is not heard")
		}
	}
	await(p)
	p.say(t, "desk/office/listen", "", nil)
	p.say(t, topic, "now", nil)
	<-heard
	if n := len(heard); n != 0 {
		t.Errorf("heard %d times more than was said", n)
	}
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" { // it takes seconds until it is tried again
		address := p.url[len("mqtt://"):]
		p.stop()
		if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			t.Fatal("the broker is still there")
		}
		p = listen(t, "mqtt", address, nil)
		await(p)
	}
	cancel()
	<-ended
	for end := time.Now().Add(heardWithin); subscribed(p); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the topic is still heard")
		}
	}
}
