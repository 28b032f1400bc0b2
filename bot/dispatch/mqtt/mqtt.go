// Package mqtt is the kind of command that sends a message to an MQTT broker,
// and may wait for an answer.
//
//	commands:
//	  - id: lights-on
//	    say: "lights on in [the] {area}"
//	    slots: {area: {values: [kitchen, office]}}
//	    allow: {roles: [household]}
//	    run:
//	      mqtt:
//	        topic: "home/{area}/light/set"
//	        json: {state: "ON", brightness: 50}
//	    reply: The {area} lights are on.
//
// These settings may be added:
//
//	payload: "on {area}"                  # instead of json:
//	numbers: false                        # number slots are texts in json:
//	qos: 1                                # the default; 0, 1 or 2
//	retain: true                          # the broker keeps the message for those who come later
//	expire: 1m                            # the default, at most 24h; see below
//	timeout: 10s                          # at most 10m
//	reply_topic: "home/{area}/light"      # wait for a message there
//	output: text                          # of the answer: none, text, or a path into its JSON (RFC 9535)
//	output_limit: 4096                    # bytes that are shown, at most 1 MiB
//
// The broker is named once, in the section mqtt: of config.yaml; see [Config].
//
// # Values
//
// A value takes the place of its slot within one level of a topic. One that is
// empty, begins with $, holds / + or # or control characters, is no UTF-8, or is
// longer than 200 bytes, is refused. In json: it is encoded, as the package
// webhook has it; a payload: that looks like JSON must not hold slots. A value
// does not make a retained message empty, which would remove it.
//
// # Too late
//
// A command is meant for now. A message is never kept for a broker that is not
// there, and the broker is told to forget it after the time under expire:, when
// whoever it is for is away. A retained message is a state, and does not expire.
//
// # Answers
//
// With reply_topic: the command waits for a message on that topic that was sent
// after its own, and is not a retained one. Those who speak MQTT 5 are given
// correlation data and send it back; an answer with other data is somebody
// else's. From those who do not, the first message is taken for the answer, and
// one command at a time waits on a topic.
//
// # The protocol
//
// It is MQTT 5, by eclipse/paho.golang. The older 3.1.1 has brokers acknowledge
// messages that they then drop, because we lack the right, and a command would
// count as done; it also knows neither expiry nor correlation.
package mqtt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/secret"
	"frontdesk/knowledge"
)

var errTimeout = errors.New("its time is over")

// A runner sends one message.
type runner struct {
	broker   *Broker
	topic    knowledge.Text
	json     *dispatch.JSON // else payload
	payload  knowledge.Text
	qos      byte
	retain   bool
	expire   time.Duration
	timeout  time.Duration
	reply    *knowledge.Text // the topic of the answer; nil for none
	mapping  dispatch.Mapping
	limit    int
	slots    []string
	redactor *secret.Redactor
}

// A message is what one call sends.
type message struct {
	topic   string
	payload []byte
	reply   string // the topic of the answer, or ""
}

func (r *runner) Slots() []string { return r.slots }

// Preview gives the topic and the message.
func (r *runner) Preview(c bot.Call) string {
	m, refused := r.message(c, knowledge.Text.Show)
	if refused != "" {
		return "refuse: " + refused
	}
	how := []string{"QoS " + strconv.Itoa(int(r.qos))}
	if r.retain {
		how = append(how, "retained")
	}
	if m.reply != "" {
		how = append(how, "answer on "+m.reply)
	}
	return fmt.Sprintf("publish to %s (%s): %s", m.topic, strings.Join(how, ", "), printable(string(m.payload)))
}

// printable gives a text as it stands where all of it can be seen.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// message puts the values into their places. Refused says, to the person who
// gave the command, why one cannot be used.
func (r *runner) message(c bot.Call, expand func(knowledge.Text, func(string) string) string) (m message, refused string) {
	if m.topic, refused = expandTopic(r.topic, c, expand); refused != "" {
		return m, refused
	}
	if r.reply != nil {
		if m.reply, refused = expandTopic(*r.reply, c, expand); refused != "" {
			return m, refused
		}
		if m.reply == m.topic {
			return m, "the answer would come where the command goes"
		}
	}
	if r.json != nil {
		if m.payload, refused = r.json.ExpandWith(c, expand); refused != "" {
			return m, refused
		}
	} else {
		m.payload = []byte(expand(r.payload, func(slot string) string { return c.Slots[slot].Canonical }))
	}
	switch {
	case len(m.payload) > maxPayload:
		return m, fmt.Sprintf("a value is too long: no more than %d bytes can be sent", maxPayload)
	case r.retain && len(m.payload) == 0 && len(r.payload.Slots()) > 0:
		return m, "a value is empty"
	}
	return m, ""
}

// Run sends the message, and waits for the answer where one is wanted.
func (r *runner) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	m, refused := r.message(c, knowledge.Text.Expand)
	if refused != "" {
		return bot.Result{Failed: true, Problem: refused}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, errTimeout)
	defer cancel()
	if m.reply == "" {
		warning, err := r.broker.publish(ctx, r.publication(m))
		if err != nil {
			return r.failure(ctx, err), nil
		}
		return bot.Result{Warning: warning}, nil
	}
	return r.ask(ctx, m), nil
}

// ask sends the message and waits for the answer.
func (r *runner) ask(ctx context.Context, m message) bot.Result {
	p := r.publication(m)
	p.Properties.ResponseTopic = m.reply
	p.Properties.CorrelationData = []byte(rand.Text())
	answer, err := r.broker.ask(ctx, p, r.qos)
	if err != nil {
		return r.failure(ctx, err)
	}
	output := dispatch.NewOutput(r.limit, r.redactor)
	result := bot.Result{}
	// It was answered, so it was done; that the answer is not as the owner
	// thought is nothing that the person who asked can mend.
	if err := r.mapping.Map(answer, output); err != nil {
		result.Warning = err.Error()
	}
	result.Output = output.String()
	return result
}

// failure says why it failed: in a few words to the person who asked, and in
// full to whoever runs the desk.
func (r *runner) failure(ctx context.Context, err error) bot.Result {
	result := bot.Result{Failed: true, Warning: r.redactor.Redact(err.Error())}
	var p *problem
	switch {
	case errors.As(err, &p):
		result.Problem = p.words
	case context.Cause(ctx) == errTimeout:
		result.Problem = fmt.Sprintf("it took longer than %s and was stopped", r.timeout)
	case ctx.Err() != nil:
		result.Problem = "it was stopped before it had finished"
	default:
		result.Problem = "the message could not be sent"
	}
	return result
}
