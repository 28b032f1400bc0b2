package bot

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/jellydator/ttlcache/v3"
)

// backreference is how long what follows may refer to the last command.
const backreference = time.Minute

// done is the last command that a conversation ran.
type done struct {
	base  string
	task  task
	until time.Time
}

// remember keeps a command for what may refer to it.
func (x *exchange) remember(t task) {
	x.bot.last.Set(x.place(), done{base: x.baseName, task: t, until: x.start.Add(backreference)}, backreference)
}

// lastTask gives the last command of the conversation, as it is now.
func (x *exchange) lastTask() (task, bool) {
	item := x.bot.last.Get(x.place())
	if item == nil || item.Value().base != x.baseName || x.m.Kind == Edit || x.late() || !x.start.Before(item.Value().until) {
		return task{}, false
	}
	tasks, _, ok := x.commands([]task{item.Value().task})
	if !ok {
		return task{}, false
	}
	return tasks[0], true
}

// again says what a message means that only makes sense after the last command:
// "no, the kitchen", "the bedroom too", "a bit warmer", "10 more".
func (x *exchange) again() (plan, bool) {
	if x.m.Kind == Choice {
		return plan{}, false
	}
	last, ok := x.lastTask()
	if !ok {
		return plan{}, false
	}
	t, ok := x.corrected(last)
	if !ok {
		t, ok = x.adjusted(last)
	}
	if !ok || !x.may(t.entry) {
		return plan{}, false
	}
	t.said = x.text
	t.likely = x.doubted || len(x.unsure) > 0
	return x.complete([]task{t}, consent{}), true
}

// corrected gives a command with one value replaced, where the message is a word
// of correction or of addition before a value that just one slot takes.
func (x *exchange) corrected(t task) (task, bool) {
	said := template.Normalize(x.text)
	rest := said
	for cut := true; cut; {
		cut = false
		for _, lead := range x.words.corrections {
			if after, ok := strings.CutPrefix(rest, lead+" "); ok {
				rest, cut = after, true
				break
			}
		}
	}
	for _, end := range x.words.additions {
		if before, ok := strings.CutSuffix(rest, " "+end); ok {
			rest = before
		}
	}
	if rest == said {
		return t, false
	}
	found := 0
	for name, s := range t.entry.Command.Slots {
		v, ok := s.Parse(rest, x.start)
		if s.Type != template.Text && !ok {
			v, ok = x.named(t.entry.ID, name, rest)
		}
		if s.Type != template.Text && ok && v.Canonical != t.slots[name].Canonical {
			t.slots = with(t.slots, name, v)
			found++
		}
	}
	return t, found == 1
}

// named reads a value that a noun follows, as "the back door" names a door.
func (x *exchange) named(id, slot, text string) (template.Value, bool) {
	words := strings.Fields(text)
	for len(words) > 0 && slices.Contains(x.words.articles, words[0]) {
		words = words[1:]
	}
	v, ok := x.base.Knowledge.Grammar.Extract(id, text, x.start)[slot]
	said := strings.Fields(template.Normalize(v.Said))
	return v, ok && len(words) <= len(said)+1 && slices.Equal(words[:min(len(said), len(words))], said)
}

// adjusted gives a command with its number moved, where the message says no more
// than that: "a bit warmer", "10 more".
func (x *exchange) adjusted(t task) (task, bool) {
	for _, name := range sortedSlots(t.entry.Command) {
		s := t.entry.Command.Slots[name]
		v, rest, ok := x.relative(s, t.slots[name])
		if !ok {
			continue
		}
		for word := range strings.FieldsSeq(rest) {
			if !slices.Contains(x.words.fillers, word) {
				ok = false
			}
		}
		if ok {
			t.slots = with(t.slots, name, v)
			return t, true
		}
	}
	return t, false
}

// relative reads a value relative to what it was, and gives what else the
// message says.
func (x *exchange) relative(s *knowledge.Slot, was template.Value) (v template.Value, rest string, ok bool) {
	if s.Adjust == nil {
		return template.Value{}, "", false
	}
	from, err := strconv.ParseFloat(was.Canonical, 64)
	if err != nil {
		return template.Value{}, "", false
	}
	rest = " " + template.Normalize(x.text) + " "
	said := func(words ...string) string {
		for _, w := range words {
			if strings.Contains(rest, " "+w+" ") {
				return w
			}
		}
		return ""
	}
	take := func(word string) bool {
		rest = strings.Replace(rest, " "+word+" ", " ", 1)
		return word != ""
	}
	up, down := said(slices.Concat(s.Adjust.Up, x.words.more)...), said(slices.Concat(s.Adjust.Down, x.words.less)...)
	if strings.Contains(" "+down+" ", " "+up+" ") { // "plus bas" is no "plus"
		up = ""
	}
	sign, step := 0.0, s.Adjust.By
	switch {
	case take(up):
		sign = 1
	case take(down):
		sign = -1
	default:
		return template.Value{}, "", false
	}
	if take(said(x.words.much...)) {
		step *= 2
	}
	number := template.Slot{Name: s.Name, Type: template.Number}
	for w := range strings.FieldsSeq(rest) {
		if n, ok := number.Parse(w, x.start); ok && w != "a" && w != "an" {
			step, _ = strconv.ParseFloat(n.Canonical, 64)
			rest = strings.Replace(rest, " "+w+" ", " ", 1)
			break
		}
	}
	to := from + sign*step
	if s.Bounded {
		to = max(s.From, min(s.To, to))
	}
	if s.Step > 0 {
		to = s.From + math.Round((to-s.From)/s.Step)*s.Step
	}
	text := strconv.FormatFloat(math.Round(to*1e6)/1e6, 'f', -1, 64)
	return template.Value{Slot: s.Name, Said: text, Canonical: text}, rest, true
}

// refer fills in what a command lacks from the last one, where the text says so
// ("turn them off again"), and numbers that are said relative to it.
func (x *exchange) refer(e *knowledge.Entry, slots map[string]template.Value) map[string]template.Value {
	last, ok := x.lastTask()
	if !ok {
		return slots
	}
	words := strings.Fields(template.Normalize(x.text))
	refers := slices.ContainsFunc(words, func(w string) bool { return slices.Contains(x.words.pronouns, w) })
	for _, name := range sortedSlots(e.Command) {
		s, was := e.Command.Slots[name], last.slots[name]
		if _, said := slots[name]; said || was.Canonical == "" {
			continue
		}
		if v, _, ok := x.relative(s, was); ok && last.entry.ID == e.ID && sameOthers(slots, last.slots, name) {
			slots = with(slots, name, v)
		} else if refers && takes(s, was, x.start) {
			slots = with(slots, name, was)
		}
	}
	return slots
}

// sameOthers says whether what was said now, but for one slot, is what was said
// then: a bedroom is not made warmer than a kitchen was.
func sameOthers(now, then map[string]template.Value, but string) bool {
	for name, v := range now {
		if was, ok := then[name]; name != but && (!ok || was.Canonical != v.Canonical) {
			return false
		}
	}
	return true
}

func sortedSlots(c *knowledge.Command) []string {
	names := make([]string, 0, len(c.Slots))
	for name := range c.Slots {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func newLast(most int) *ttlcache.Cache[string, done] {
	return ttlcache.New(ttlcache.WithCapacity[string, done](uint64(most)),
		ttlcache.WithDisableTouchOnHit[string, done]())
}
