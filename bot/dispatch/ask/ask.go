// Package ask is the kind of command that hands something to a human: it sends
// what was asked to the places where somebody reads it.
//
//	commands:
//	  - id: human
//	    say: "(ask|tell) (somebody|a human) [about] {what}"
//	    slots: {what: {type: text}}
//	    run:
//	      ask:
//	        to: [slack:C123, terminal:local]  # at most 20
//	        text: "Somebody needs help: {what}"  # default: what was said
//	        from: true       # say who asked, and where; that is the default
//	        timeout: 10s     # for all of to:, at most 10m
//	        webhook: {url: "https://tickets.example.org/new"}  # as the kind webhook
//	    reply: I have asked my colleagues.
//
// # Addresses
//
// An address is that of a person or a channel, as its adapter knows it:
// "adapter:id". It is fixed, so that nobody can choose where the desk writes.
// Where its adapter is not running, or does not take the message, the command
// has failed, and says which address got nothing; the others got theirs.
//
// # What is sent
//
// The text is Markdown. The words that somebody said are made plain in it, at
// most 1500 characters of each, and cannot call people: a character without
// width behind "@" and "<" keeps "@everyone" and "<!channel>" from being more
// than letters.
package ask

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/knowledge"
)

// maxValue bounds, in characters, what is sent of one value.
const maxValue = 1500

// A runner hands on one question.
type runner struct {
	outbox  bot.Outbox
	to      []bot.Address
	text    knowledge.Text
	said    bool // what was said is sent, and not the text
	from    bool
	timeout time.Duration
	webhook dispatch.Runner // nil where there is none
	slots   []string
}

func (r *runner) Slots() []string { return r.slots }

func (r *runner) Preview(c bot.Call) string {
	var parts []string
	if len(r.to) > 0 {
		parts = append(parts, fmt.Sprintf("send to %s: %s", r.names(), r.message(c)))
	}
	if r.webhook != nil {
		parts = append(parts, r.webhook.Preview(c))
	}
	return strings.Join(parts, "\n")
}

func (r *runner) names() string {
	names := make([]string, len(r.to))
	for i, a := range r.to {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}

// Run sends the question everywhere, whatever fails in between.
func (r *runner) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	var result bot.Result
	var problems []string
	reached := 0
	if len(r.to) > 0 {
		message := r.message(c)
		sending, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		for _, to := range r.to {
			if err := r.send(sending, to, message); err != nil {
				problems = append(problems, fmt.Sprintf("%s could not be asked: %v", to, err))
			} else {
				reached++
			}
		}
	}
	if r.webhook != nil {
		answer, err := r.webhook.Run(ctx, c)
		switch {
		case err != nil:
			problems = append(problems, "the webhook: "+err.Error())
		case answer.Failed:
			problems = append(problems, "the webhook: "+answer.Problem)
		default:
			reached++
		}
		result = bot.Result{Output: answer.Output, Text: answer.Text, Warning: answer.Warning}
	}
	if len(problems) > 0 {
		if reached > 0 {
			problems = append(problems, "others were asked")
		}
		result.Failed, result.Problem = true, strings.Join(problems, "; ")
	}
	return result, nil
}

func (r *runner) send(ctx context.Context, to bot.Address, message string) error {
	if r.outbox == nil {
		return fmt.Errorf("nothing can be sent from here")
	}
	return r.outbox.Send(ctx, to, bot.Reply{To: to, Decision: bot.Notice, Text: message})
}

// message gives what is sent, as Markdown.
func (r *runner) message(c bot.Call) string {
	text := plain(c.Said)
	if !r.said {
		text = r.text.Expand(func(slot string) string { return plain(c.Slots[slot].Said) })
	}
	text = cmp.Or(strings.TrimSpace(text), "(nothing was said)")
	if !r.from {
		return text
	}
	from := "Asked by " + plain(string(cmp.Or(c.Caller.Sender, "somebody unknown")))
	if c.Caller.Person != "" {
		from = "Asked by " + plain(c.Caller.Person) + " (" + plain(string(c.Caller.Sender)) + ")"
	}
	if c.Caller.Channel != "" {
		from += " in " + plain(string(c.Caller.Channel))
	}
	if room := c.Caller.Room(); room != "" {
		from += ", room " + plain(room)
	}
	return text + "\n\n" + from + "."
}

// plain makes what somebody said plain in Markdown, and unable to call anybody.
func plain(s string) string {
	if r := []rune(s); len(r) > maxValue {
		s = string(r[:maxValue]) + "…"
	}
	return bot.Escape(mute(s))
}

// mute puts a space without width behind each character that begins a mention:
// "@everyone", "<!channel>", "<@U123>". An address of mail stays what it is.
func mute(s string) string {
	const still = '\u200b'
	var b strings.Builder
	before := ' '
	for i, r := range s {
		b.WriteRune(r)
		inWord := unicode.IsLetter(before) || unicode.IsDigit(before) || before == '_' || before == '-' || before == '.'
		if r == '<' || r == '＠' || r == '@' && !(inWord && !callsAll(s[i+1:])) {
			b.WriteRune(still)
		}
		before = r
	}
	return b.String()
}

// callsAll says whether a text begins with a word that calls a whole channel.
func callsAll(s string) bool {
	s = strings.ToLower(s[:min(len(s), 20)])
	for _, word := range []string{"everyone", "here", "channel", "all", "group", "room"} {
		if strings.HasPrefix(s, word) {
			return true
		}
	}
	return false
}
