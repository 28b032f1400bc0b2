package mqtt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"frontdesk/bot/dispatch/dispatchtest"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A place is where a value stands in a message.
type place struct {
	name, settings string
	// value gives the value that arrived, and what is left without it.
	value func(packets.Packet) (value, rest string)
}

var places = []place{
	{"topic", "topic: home/{a}/light/set\npayload: ON\n", func(m packets.Packet) (string, string) {
		levels := strings.Split(m.TopicName, "/")
		if len(levels) != 4 {
			return "", "levels"
		}
		value := levels[1]
		levels[1] = ""
		return value, strings.Join(levels, "/") + string(m.Payload)
	}},
	{"first level", "topic: \"{a}\"\npayload: ON\n", func(m packets.Packet) (string, string) {
		return m.TopicName, string(m.Payload)
	}},
	{"part of a level", "topic: home/room-{a}.light/set\npayload: ON\n", func(m packets.Packet) (string, string) {
		levels := strings.Split(m.TopicName, "/")
		if len(levels) != 3 || !strings.HasPrefix(levels[1], "room-") || !strings.HasSuffix(levels[1], ".light") {
			return "", "levels"
		}
		return strings.TrimSuffix(strings.TrimPrefix(levels[1], "room-"), ".light"), levels[0] + levels[2]
	}},
	{"payload", "topic: home/set\npayload: \"on [{a}] by desk\"\n", func(m packets.Packet) (string, string) {
		text := string(m.Payload)
		if !strings.HasPrefix(text, "on [") || !strings.HasSuffix(text, "] by desk") {
			return "", "text"
		}
		return strings.TrimSuffix(strings.TrimPrefix(text, "on ["), "] by desk"), m.TopicName
	}},
	{"JSON", "topic: home/set\njson: {by: desk, deep: [{room: \"{a}\"}]}\n", func(m packets.Packet) (string, string) {
		var got struct {
			By   string
			Deep []map[string]string
		}
		d := json.NewDecoder(strings.NewReader(string(m.Payload)))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil || d.More() || len(got.Deep) != 1 || len(got.Deep[0]) != 1 {
			return "", "JSON"
		}
		return got.Deep[0]["room"], m.TopicName + got.By
	}},
	{"answer", "topic: home/set\nreply_topic: home/{a}\npayload: ON\ntimeout: 20s\n", func(m packets.Packet) (string, string) {
		return strings.TrimPrefix(m.Properties.ResponseTopic, "home/"), m.TopicName + string(m.Payload)
	}},
}

// Whatever a slot is given, the message is the same but for the value, which
// arrives as it is or is refused.
func TestHostileValues(t *testing.T) {
	p := listen(t, "mqtt", anywhere, nil)
	b := broker(t, config(p.url))
	p.device(t, "home/set", 2, func(m packets.Packet) {
		if m.Properties.ResponseTopic != "" {
			p.say(t, m.Properties.ResponseTopic, "done", m.Properties.CorrelationData)
		}
	})
	// next skips the answers of the device.
	next := func() packets.Packet {
		for {
			if m := p.next(t); string(m.Payload) != "done" {
				return m
			}
		}
	}
	for _, pl := range places {
		r := runner(t, b, pl.settings)
		run(t, r, call("a", "kitchen"))
		value, rest := pl.value(next())
		if value != "kitchen" || rest == "" {
			t.Fatalf("%s: %q arrived, with %s", pl.name, value, rest)
		}
		arrived, refused, through := 0, 0, 0
		for _, value := range dispatchtest.Hostile() {
			result := run(t, r, call("a", value))
			if result.Failed {
				refused++
				if result.Problem == "" || result.Warning != "" { // it was tried
					t.Errorf("%s: %.80q: %+v", pl.name, value, result)
				}
				continue
			}
			// One that was refused and sent all the same would come instead.
			arrived++
			if got, left := pl.value(next()); got != value || left != rest {
				through++
				t.Errorf("%s: %.80q got through as %.80q", pl.name, value, got)
			}
		}
		t.Logf("%s: %d values, %d arrived as they are, %d refused, %d got through", pl.name, arrived+refused, arrived, refused, through)
		if arrived < 200 {
			t.Errorf("%s: only %d arrived", pl.name, arrived)
		}
	}
	if n := len(p.messages); n > 1 { // the last answer
		t.Errorf("%d messages more", n)
	}
}
