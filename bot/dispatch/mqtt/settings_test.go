package mqtt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// Everything that is wrong is reported at once.
func TestFaults(t *testing.T) {
	b := broker(t, config("mqtt://broker.invalid"))
	_, faults := settings(t, b, `topic: "home/#"
json: {"{a}": 1}
payload: x
qos: 3
retain: true
expire: 25h
timeout: 0s
reply_topic: "a/+"
output: state
output_limit: -1
`)
	want := strings.ReplaceAll(`F:1:8: the topic holds + or #, which stand for any level; name the one topic that is meant
F:3:10: a message has one payload; keep json: or payload:
F:4:6: there is no quality of service 3; write 0, 1 or 2
F:6:9: a message cannot expire after 25h0m0s; write a time between 1s and 24h
F:6:9: a retained message is a state and does not expire; remove expire: or retain:
F:7:10: a command cannot have 0s; write a time above 0s and up to 10m
F:8:14: the reply_topic holds + or #, which stand for any level; name the one topic that is meant
F:9:9: "state" says of no answer what is shown; write none, text, or a path into its JSON such as $.state
F:10:15: -1 bytes of output cannot be shown; write a number of bytes from 0 to 1048576`, "F:", "k.yaml:")
	if faults.Error() != want {
		t.Errorf("faults:\n%v\nwant:\n%s", faults, want)
	}
	for _, c := range []struct{ settings, want string }{
		{"payload: x", "1:1: the topic is missing"},
		{"topic: a", "1:1: the payload is missing"},
		{"topic: \" \"\npayload: x", "1:8: the topic is empty"},
		{"topic: \"a\\nb\"\npayload: x", "1:8: the topic holds characters that no topic can"},
		{"topic: " + strings.Repeat("a", 1001) + "\npayload: x", "1:8: the topic is too long"},
		{"topic: a{\npayload: x", "1:8: { is never closed"},
		{"topic: a\npayload: '\\{\"a\": \"{a}\"}'", "2:10: values cannot be put safely into JSON that is written as a text; write it under json:"},
		{"topic: a\njson: {\"{a}\": 1}", "2:8: a key cannot hold the slot {a}"},
		{"topic: a\npayload: x\nreply_topic: a", "3:14: the answer would come where the command goes"},
		{"topic: a\npayload: x\noutput: text", "3:9: there is no answer to show"},
		{"topic: a\npayload: \"${env:MQTT_NOWHERE}\"", "2:10: the secret ${env:MQTT_NOWHERE} is missing"},
		{"topic: a\npayloads: x", `2:1: unknown key "payloads"; did you mean "payload"?`},
		{"[a]", "1:1: expected keys with values, found a list"},
	} {
		if _, faults := settings(t, b, c.settings); !strings.HasPrefix(faults.Error(), "k.yaml:"+c.want) || len(faults) != 1 {
			t.Errorf("%s\n%v\nwant %s", c.settings, faults, c.want)
		}
	}
	_, faults = broker(t, mqtt.DefaultConfig()).Kind(knowledge.Action{Kind: "mqtt", Pos: knowledge.Pos{File: "k.yaml", Line: 3, Col: 5}})
	if want := (fault.List{
		{File: "k.yaml", Line: 3, Col: 5, What: "mqtt has no settings", Do: `write for example mqtt: {topic: home/light/set, payload: "ON"}`},
		{File: "k.yaml", Line: 3, Col: 5, What: "there is no broker to send this to", Do: "name it in config.yaml: mqtt: {url: mqtt://broker:1883}"},
	}); !slices.Equal(faults, want) {
		t.Errorf("without a broker: %v", faults)
	}
}

func TestConfig(t *testing.T) {
	good := func(c *mqtt.Config) { c.URL = "mqtt://broker" }
	for _, c := range []struct {
		name   string
		change func(*mqtt.Config)
		want   string
	}{
		{"none", func(*mqtt.Config) {}, ""},
		{"good", good, ""},
		{"TLS", func(c *mqtt.Config) { c.URL, c.TLS.CA = "wss://broker:9001/mqtt", "ca.pem" }, ""},
		{"port", func(c *mqtt.Config) { c.URL = "ssl://[::1]:8883/" }, ""},
		{"no broker", func(c *mqtt.Config) { c.Username = "x" }, "url: there is no broker to which these settings belong"},
		{"scheme", func(c *mqtt.Config) { c.URL = "http://broker" }, "url: the URL begins with none of"},
		{"no scheme", func(c *mqtt.Config) { c.URL = "broker:1883" }, "url: the URL begins with none of"},
		{"no URL", func(c *mqtt.Config) { c.URL = "mqtt://%zz" }, "url: it is no URL"},
		{"no host", func(c *mqtt.Config) { c.URL = "mqtt:///x" }, "url: the URL names no host"},
		{"no port", func(c *mqtt.Config) { c.URL = "mqtt://broker:" }, "url: the URL names no host"},
		{"a user", func(c *mqtt.Config) { c.URL = "mqtt://ann:hunter2@broker" }, "url: the URL holds a user"},
		{"a path", func(c *mqtt.Config) { c.URL = "mqtt://broker/x" }, "url: the URL holds more than a broker needs"},
		{"a query", func(c *mqtt.Config) { c.URL = "ws://broker/?x" }, "url: the URL holds more"},
		{"TLS without", func(c *mqtt.Config) { c.URL, c.TLS.CA = "mqtt://broker", "x" }, "url: the connection is not encrypted"},
		{"a certificate", func(c *mqtt.Config) { c.URL, c.TLS.Cert = "ssl://broker", "x" }, "tls: a certificate is of no use without its key"},
		{"client", func(c *mqtt.Config) { good(c); c.ClientID = "a\x00" }, "client_id: a broker cannot know us"},
		{"user", func(c *mqtt.Config) { good(c); c.Username = "a\n" }, "username: this cannot be a user"},
		{"keepalive", func(c *mqtt.Config) { good(c); c.KeepAlive = time.Second }, "keepalive: we cannot show every 1s"},
		{"connecting", func(c *mqtt.Config) { good(c); c.ConnectTimeout = 2 * time.Minute }, "connect_timeout: an attempt to connect cannot take 2m0s"},
	} {
		conf := mqtt.DefaultConfig()
		c.change(&conf)
		var got []string
		conf.Check(func(key, what, do string) { got = append(got, key+": "+what+"; "+do) })
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) || strings.Contains(fmt.Sprint(got), "hunter2") {
			t.Errorf("%s: %q, want %s", c.name, got, c.want)
		}
	}
	for _, tls := range []mqtt.TLS{{CA: "nowhere.pem"}, {CA: "settings_test.go"}, {CA: "."}, {Cert: "nowhere.pem", Key: "x"}, {Cert: "settings_test.go", Key: "settings_test.go"}} {
		c := config("mqtts://broker")
		c.TLS = tls
		if _, err := mqtt.New(c, nil); err == nil {
			t.Errorf("%+v is taken", tls)
		}
	}
	c := config("mqtt://broker")
	c.Password = secret.New("hunter2")
	if text := fmt.Sprintf("%v %+v %#v", c, c, &c); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}

// FuzzSettings reads any settings, and puts a value into them.
func FuzzSettings(f *testing.F) {
	for _, s := range []string{
		"topic: home/{a}/set\njson: {a: '{a}'}\n", "topic: a{a}\npayload: '{a}'\nretain: true\n", "topic: a\nreply_topic: '{a}'\npayload: x\noutput: $.a\n", "[a]",
	} {
		for _, v := range []string{"kitchen", "#", "a/b", "", "\xff"} {
			f.Add(s, v)
		}
	}
	b, err := mqtt.New(config("mqtt://broker.invalid"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		if strings.Contains(text, "file:") {
			t.Skip("it would name a file")
		}
		node, faults := strictyaml.Parse("k.yaml", []byte(text))
		if len(faults) > 0 || node == nil {
			return
		}
		r, faults := b.Kind(knowledge.Action{Kind: "mqtt", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}})
		if len(faults) > 0 {
			return
		}
		var pairs []string
		for _, slot := range r.Slots() {
			pairs = append(pairs, slot, value)
		}
		preview := r.Preview(call(pairs...))
		topic, isTopic := strings.CutPrefix(preview, "publish to ")
		if !isTopic {
			return
		}
		topic, _, _ = strings.Cut(topic, " (QoS ")
		if strings.ContainsAny(topic, "#+\x00") && !strings.Contains(topic, " (") {
			t.Errorf("%q with %q goes to %q", text, value, topic)
		}
	})
}
