package homeassistant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"
)

// nowhere is a time for what hangs on none.
var nowhere time.Time

// A builder makes commands of blocks.
type builder struct {
	*reader
	house      map[string]*list
	commands   []*command
	slotsOut   []slotOut
	rulesOut   []ruleOut
	undeclared []string // slots that another file must declare
	skipRule   string   // of the skip words that we do not skip by ourselves; "" without any
	noted      map[string]bool
}

func newBuilder(r *reader) *builder {
	b := &builder{reader: r, house: map[string]*list{}, noted: map[string]bool{}}
	for _, name := range houseLists {
		if r.lists[name] == nil { // a list of the files goes before
			b.house[name] = houseList(name, r.house)
		}
	}
	return b
}

// once notes something one time, however often it is met.
func (b *builder) once(t text, format string, args ...any) {
	f := strictyaml.Fault(t.file, t.node, fmt.Sprintf(format, args...), "")
	if !b.noted[f.Error()] {
		b.noted[f.Error()] = true
		b.notes.Add(f)
	}
}

func (b *builder) build() {
	b.skips()
	alike := map[string][]*command{}
	for _, block := range b.blocks {
		c := b.command(block)
		if c == nil {
			continue
		}
		key := c.signature()
		if at := slices.IndexFunc(alike[key], func(o *command) bool { return o.agrees(c) }); at >= 0 {
			alike[key][at].merge(c)
			continue
		}
		b.commands = append(b.commands, c)
		alike[key] = append(alike[key], c)
	}
	used := map[string]int{}
	for _, c := range b.commands {
		c.id = c.name()
		if used[c.id]++; used[c.id] > 1 {
			c.id = fmt.Sprintf("%s-%d", c.id, used[c.id])
		}
	}
	b.share()
	b.unused()
}

// skips finds out which skip words are not skipped anyway.
func (b *builder) skips() {
	var own []string
	for _, t := range b.skip {
		if _, err := template.Parse(t.value); err != nil {
			b.once(t, "the skip word %q is left out: %v", t.value, err)
		} else if !skipped(t.value) && !slices.Contains(own, t.value) {
			own = append(own, t.value)
		}
	}
	if len(own) == 0 {
		return
	}
	b.skipRule = "skip_words"
	for b.rules[b.skipRule].node != nil {
		b.skipRule += "_2"
	}
	b.rules[b.skipRule] = text{value: "(" + strings.Join(own, "|") + ")"}
}

// command makes a command of a block; nil where no sentence is left of it.
func (b *builder) command(block *block) *command {
	s := &scope{b: b, block: block, rules: map[string]*template.Template{}, inside: map[string]bool{}, added: map[string]string{}, lists: map[string]*list{}}
	c := &command{intent: block.intent, block: block, names: map[string]bool{}, rules: map[string]string{}, lists: map[string]*list{}}
	for _, r := range block.requires {
		if r.slot {
			c.context = append(c.context, r.key)
			if len(r.values) > 0 {
				b.once(text{file: r.file, node: r.node}, "that %s is %s is not checked: it comes from the message", r.key, strings.Join(r.values, " or "))
			}
		}
	}
	var kept []*template.Template
	for _, t := range block.sentences {
		parsed, err := parse(t.value)
		if err != nil {
			b.once(t, "the sentence cannot be read and is left out: %v", err)
			continue
		}
		if b.skipRule != "" {
			if parsed, err = template.Parse(withSkips(parsed.String(), "[<"+b.skipRule+">]")); err != nil {
				b.once(t, "the sentence cannot be read and is left out: %v", err)
				continue
			}
		}
		if pruned, ok := s.prune(t, parsed); !ok {
			b.once(t, "nothing of the sentence is left, and it is left out")
		} else if s.fits(t, pruned) {
			kept = append(kept, pruned)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	s.fill(c, kept)
	s.fixed(c)
	b.respond(c)
	return c
}

// respond gives a command its reply.
func (b *builder) respond(c *command) {
	key := cmp.Or(c.block.response.value, "default")
	response, ok := b.responses[c.intent][key]
	if !ok {
		if c.block.response.node != nil {
			b.once(c.block.response, "the response %q is not in these files: what Home Assistant says itself is shown", key)
		}
		return
	}
	reply, problem := replyOf(response.value, c)
	if problem != "" {
		b.once(response, "the response is left out: %s", problem)
	}
	c.reply = reply
}

// unused tells of rules and lists that no sentence names.
func (b *builder) unused() {
	byFile := map[string][]string{}
	used := map[string]bool{}
	for _, c := range b.commands {
		for name := range c.names {
			used["<"+name+">"] = true
		}
		for name := range c.lists {
			used["{"+name+"}"] = true
		}
	}
	for name, t := range b.rules {
		if n := "<" + name + ">"; !used[n] && t.node != nil {
			byFile[t.file] = append(byFile[t.file], n)
		}
	}
	for name, l := range b.lists {
		taken := false
		for u := range used {
			taken = taken || u == "{"+name+"}" || strings.HasPrefix(u, "{"+name+"_")
		}
		if !taken {
			byFile[l.file] = append(byFile[l.file], "{"+name+"}")
		}
	}
	for file, names := range byFile {
		slices.Sort(names)
		b.notes.Add(fault.Fault{File: file, What: "no sentence uses these, and they are left out: " + strings.Join(names, ", ")})
	}
}
