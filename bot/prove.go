package bot

import (
	"strings"

	"frontdesk/knowledge/template"

	"github.com/jellydator/ttlcache/v3"
)

// minPIN is from how many digits on a message is taken for a PIN, also a wrong or
// half-heard one.
const minPIN = 3

// redacted stands in the record for a message that holds a PIN.
const redacted = "***"

// prove asks for a PIN.
func (x *exchange) prove(p plan) {
	x.reply.Text = x.words.pin
	if p.again {
		x.reply.Text = x.words.pinAgain
	}
	x.wait(pending{decision: Prove, tasks: p.tasks, consent: p.consent,
		expires: x.start.Add(x.bot.cfg.ConfirmWithin)})
}

// resumeProve reads the message as a PIN.
func (x *exchange) resumeProve(was pending) (plan, bool) {
	if !x.secret {
		return plan{}, false
	}
	pin := digits(x.words, x.text)
	if !x.start.Before(was.expires) {
		return x.say(Cancel, x.words.expired), true
	}
	tasks, same, ok := x.commands(was.tasks)
	if !ok || !same || x.base.Rights == nil {
		return x.gone(), true
	}
	given := was.consent
	for _, t := range tasks {
		if !t.entry.Command.PIN {
			continue
		}
		person, locked := x.base.Rights.Prove(t.entry, x.caller(), pin)
		switch {
		case locked:
			// Who says it again all the same says a PIN again.
			x.bot.conversations.Set(x.place(), was, ttlcache.DefaultTTL)
			return x.refuse(tasks, Locked, Refuse, x.words.pinLocked), true
		case person == "":
			p := x.complete(tasks, given)
			p.again, p.refusal = true, WrongPIN
			return p, true
		case given.person != "" && given.person != person:
			return x.refuse(tasks, NoRight, Refuse, x.words.forbidden), true
		}
		given.person = person
	}
	return x.complete(tasks, given), true
}

// maxNumber is of how many words a number up to 99 is made at most: "quatre vingt
// dix neuf".
const maxNumber = 4

// digits reads a text in which only digits are said: "1 2 3 4", "12 34", "one
// two three four", "twelve thirty four". It gives "" for any other.
func digits(s *sentences, text string) string {
	var out strings.Builder
	words := strings.Fields(strings.ReplaceAll(template.Normalize(text), "-", " "))
	for len(words) > 0 {
		n, d := min(maxNumber, len(words)), ""
		for ; n > 0 && d == ""; n-- {
			d = s.digits[strings.Join(words[:n], " ")]
		}
		switch {
		case d != "":
			n++ // what was found is a word longer
		case strings.Trim(words[0], "0123456789") == "":
			n, d = 1, words[0]
		default:
			return ""
		}
		out.WriteString(d)
		words = words[n:]
	}
	return out.String()
}
