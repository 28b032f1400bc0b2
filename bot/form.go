package bot

import (
	"fmt"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

const (
	// maxNumbered is how many values of a slot are offered alone, to be pressed,
	// or said by their number.
	maxNumbered = 10
	// maxOptions is how many are offered beside a form; menus on most platforms
	// take about so many.
	maxOptions = 100
)

// ask asks for the value of a slot: with the values as options where they are
// few, else with a form.
func (x *exchange) ask(p plan) {
	slot := p.tasks[p.at].entry.Command.Slots[p.missing]
	name := strings.ReplaceAll(p.missing, "_", " ")
	x.reply.Text = slot.Ask
	if slot.Ask == "" {
		x.reply.Text = fmt.Sprintf(x.words.ask, escape(name))
	}
	options, all := values(slot)
	x.reply.Options = options
	if !all {
		title := slot.Ask
		if title == "" {
			title = fmt.Sprintf(x.words.ask, name)
		}
		x.reply.Form = &Form{Title: title, Label: name}
	}
	tries := 1
	if p.again {
		x.reply.Text = x.words.askAgain + " " + x.reply.Text
		tries = x.asked.tries + 1
	}
	x.wait(pending{decision: Ask, tasks: p.tasks, consent: p.consent, at: p.at, missing: p.missing, tries: tries,
		options: options, unnumbered: !all})
}

// values gives the values of a slot as options, as far as there are not too many;
// all says that it takes no others and they are few enough to be numbered.
func values(s *knowledge.Slot) (options []Option, all bool) {
	if s.Type != template.List || len(s.Values) > maxOptions {
		return nil, false
	}
	for _, v := range s.Values {
		options = append(options, Option{ID: v.Canonical, Label: nameOf(v)})
	}
	return options, !s.Open && len(s.Values) <= maxNumbered
}
