package mqtt

import (
	"fmt"
	"math"
	"time"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"github.com/eclipse/paho.golang/paho"
	"go.yaml.in/yaml/v4"
)

const (
	defaultTimeout = 10 * time.Second
	defaultExpire  = time.Minute
	maxExpire      = 24 * time.Hour
	defaultOutput  = 4096      // bytes
	maxPayload     = 256 << 10 // bytes; what brokers commonly take
)

// settings are what stands under mqtt: in a knowledge file.
type settings struct {
	Topic       strictyaml.At[string]        `yaml:"topic"`
	JSON        *yaml.Node                   `yaml:"json"`
	Payload     strictyaml.At[string]        `yaml:"payload"`
	Numbers     bool                         `yaml:"numbers"`
	QoS         strictyaml.At[int]           `yaml:"qos"`
	Retain      bool                         `yaml:"retain"`
	Expire      strictyaml.At[time.Duration] `yaml:"expire"`
	Timeout     strictyaml.At[time.Duration] `yaml:"timeout"`
	ReplyTopic  strictyaml.At[string]        `yaml:"reply_topic"`
	Output      strictyaml.At[string]        `yaml:"output"`
	OutputLimit strictyaml.At[int]           `yaml:"output_limit"`
}

// A checker reads one command's settings.
type checker struct{ *dispatch.Reader }

// Kind checks the settings of a command of this broker; it is a
// [dispatch.Kind]. It asks nobody.
func (b *Broker) Kind(a knowledge.Action) (dispatch.Runner, fault.List) {
	s := settings{
		Numbers:     true,
		QoS:         strictyaml.At[int]{Value: 1},
		Expire:      strictyaml.At[time.Duration]{Value: defaultExpire},
		Timeout:     strictyaml.At[time.Duration]{Value: defaultTimeout},
		Output:      strictyaml.At[string]{Value: "text"},
		OutputLimit: strictyaml.At[int]{Value: defaultOutput},
	}
	c := checker{dispatch.NewReader(a, &s, `mqtt: {topic: home/light/set, payload: "ON"}`)}
	if b.url == nil {
		c.Faults.Add(fault.Fault{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col,
			What: "there is no broker to send this to", Do: "name it in config.yaml: mqtt: {url: mqtt://broker:1883}"})
	}
	if len(c.Faults) > 0 {
		c.Faults.Sort()
		return nil, c.Faults // what could not be read is not worth checking
	}
	r := &runner{
		broker: b, qos: byte(s.QoS.Value), retain: s.Retain, expire: s.Expire.Value,
		timeout: c.Timeout(s.Timeout), mapping: c.Mapping(s.Output), limit: c.Limit(s.OutputLimit),
	}
	if s.Topic.Node == nil {
		c.Fault(nil, "the topic is missing", "write for example topic: home/light/set")
	} else {
		r.topic = c.topic(s.Topic, "the topic")
	}
	c.payload(s, r)
	if s.QoS.Value < 0 || s.QoS.Value > 2 {
		c.Fault(s.QoS.Node, fmt.Sprintf("there is no quality of service %d", s.QoS.Value), "write 0, 1 or 2")
	}
	if s.Expire.Value < time.Second || s.Expire.Value > maxExpire {
		c.Fault(s.Expire.Node, fmt.Sprintf("a message cannot expire after %s", s.Expire.Value), "write a time between 1s and 24h")
	}
	if s.Retain && s.Expire.Node != nil {
		c.Fault(s.Expire.Node, "a retained message is a state and does not expire", "remove expire: or retain:")
	}
	if s.ReplyTopic.Node != nil {
		reply := c.topic(s.ReplyTopic, "the reply_topic")
		r.reply = &reply
		if s.ReplyTopic.Value == s.Topic.Value {
			c.Fault(s.ReplyTopic.Node, "the answer would come where the command goes", "name another topic")
		}
	} else if s.Output.Node != nil {
		c.Fault(s.Output.Node, "there is no answer to show", "write reply_topic: or remove the key")
	}
	c.Faults.Sort()
	if len(c.Faults) > 0 {
		return nil, c.Faults
	}
	r.slots, r.redactor = c.Slots(), c.Redactor()
	return r, nil
}

// payload reads what is sent.
func (c *checker) payload(s settings, r *runner) {
	switch {
	case s.JSON != nil && s.Payload.Node != nil:
		c.Fault(s.Payload.Node, "a message has one payload", "keep json: or payload:")
	case s.JSON != nil:
		j := c.JSON(s.JSON, s.Numbers)
		r.json = &j
	case s.Payload.Node == nil:
		c.Fault(nil, "the payload is missing", `write json: or payload:, which may be empty: payload: ""`)
	default:
		r.payload = c.Text(s.Payload)
		if dispatch.LooksLikeJSON(r.payload) {
			c.Fault(s.Payload.Node, "values cannot be put safely into JSON that is written as a text", "write it under json:")
		}
	}
}

// publication gives the packet of a message.
func (r *runner) publication(m message) *paho.Publish {
	p := &paho.Publish{QoS: r.qos, Retain: r.retain, Topic: m.topic, Payload: m.payload, Properties: &paho.PublishProperties{}}
	if !r.retain {
		seconds := uint32(math.Ceil(r.expire.Seconds()))
		p.Properties.MessageExpiry = &seconds
	}
	if r.json != nil {
		p.Properties.ContentType = "application/json"
	}
	return p
}
