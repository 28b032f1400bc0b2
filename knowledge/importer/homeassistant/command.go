package homeassistant

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// A command is what becomes of a block, or of several that differ in their
// wording alone.
type command struct {
	id       string
	intent   string
	block    *block
	say      []string
	names    map[string]bool   // of rules, as they stand in the files
	rules    map[string]string // those that its sentences name, also through each other
	lists    map[string]*list  // the same, by the names that they have here
	uses     []use             // in the order of the sentences
	fixed    []fixed
	context  []string // slots that are filled from the message
	reply    string
	ownRules []ruleOut // those that differ from what the whole file has under the name
	ownSlots []slotOut
}

// A use is a slot of an intent with the slots that fill it.
type use struct {
	slot       string
	from       []ref
	needed     bool // some value is said in every sentence
	multiplier float64
}

// A ref is a slot of ours, the list that it is of, and what that list is called
// in the files.
type ref struct{ name, list, origin string }

// factor gives what values are multiplied by.
func factor(multiplier float64) float64 {
	return cmp.Or(multiplier, 1)
}

// optional gives the slots that the command does without.
func (c *command) optional() []string {
	var out []string
	for _, u := range c.uses {
		if u.needed && len(u.from) == 1 || slices.Contains(c.context, u.slot) {
			continue
		}
		for _, f := range u.from {
			out = append(out, f.name)
		}
	}
	return out
}

// signature is equal for commands that may be one: they fill the same slots
// from the same lists, under the same conditions.
func (c *command) signature() string {
	var b strings.Builder
	fmt.Fprintln(&b, c.intent, c.reply, c.context)
	for _, f := range c.fixed {
		fmt.Fprintln(&b, f.slot, plainText(f.value))
	}
	for _, u := range slices.SortedFunc(slices.Values(c.uses), func(x, y use) int { return cmp.Compare(x.slot, y.slot) }) {
		fmt.Fprintln(&b, u.slot, u.from, u.needed)
	}
	return b.String()
}

// agrees says whether rules and lists of the same name are the same in both.
func (c *command) agrees(other *command) bool {
	for name, text := range other.rules {
		if own, ok := c.rules[name]; ok && own != text {
			return false
		}
	}
	for name, l := range other.lists {
		if own, ok := c.lists[name]; ok && !own.same(l) {
			return false
		}
	}
	return true
}

// merge takes the sentences of another command in.
func (c *command) merge(other *command) {
	for _, s := range other.say {
		if !slices.Contains(c.say, s) {
			c.say = append(c.say, s)
		}
	}
	maps.Copy(c.names, other.names)
	maps.Copy(c.rules, other.rules)
	maps.Copy(c.lists, other.lists)
}

// same says whether two lists have the same in them.
func (l *list) same(other *list) bool {
	return l == other || l.wildcard == other.wildcard && l.unknown == other.unknown && l.multiplier == other.multiplier &&
		(l.number == nil) == (other.number == nil) && (l.number == nil || *l.number == *other.number) &&
		slices.EqualFunc(l.values, other.values, func(a, b value) bool { return a.say == b.say && a.out == b.out })
}

// plainText gives the values of a fixed slot.
func plainText(n *yaml.Node) string {
	if n.Kind != yaml.SequenceNode {
		return n.Value
	}
	var all []string
	for _, c := range n.Content {
		all = append(all, c.Value)
	}
	return strings.Join(all, " ")
}

// name gives a command an id from what it does: the intent, the kind of device,
// and the slots that it needs.
func (c *command) name() string {
	id := strings.TrimPrefix(slug(c.intent, '-'), "hass-")
	has := func(word string) bool { return word == "" || strings.Contains("-"+id+"-", "-"+word+"-") }
	add := func(word string) {
		if word = slug(word, '-'); !has(word) {
			id += "-" + word
		}
	}
	for _, f := range c.fixed {
		if f.slot == "domain" {
			add(plainText(f.value))
		}
	}
	for _, r := range c.block.requires {
		if r.key == "domain" {
			add(strings.Join(r.values, " "))
		}
	}
	for _, u := range c.uses {
		switch {
		case !u.needed:
		case strings.Contains(u.from[0].origin, u.slot+"_"): // {brightness_level:brightness}
			add(u.from[0].origin)
		default:
			add(u.slot)
		}
	}
	for _, slot := range c.context {
		if slot == "area" {
			add("here")
		} else {
			add("this-" + slot)
		}
	}
	if id == "" {
		id = "intent"
	}
	return id
}

// rank has what a command is about stand before what it does with it.
func rank(slot string) int {
	if at := slices.Index([]string{"name", "area", "floor"}, slot); at >= 0 {
		return at
	}
	return len(houseLists)
}

// jinjaSlot is a place of a response that names a slot.
var jinjaSlot = regexp.MustCompile(`\{\{\s*slots\.([A-Za-z0-9_]+)\s*\}\}`)

// replyOf makes a reply of a response; problem says why that cannot be done.
func replyOf(response string, c *command) (reply, problem string) {
	rest := jinjaSlot.ReplaceAllString(response, "")
	if strings.Contains(rest, "{{") || strings.Contains(rest, "{%") || strings.Contains(rest, "{#") {
		return "", "it is a template that more than names slots"
	}
	var b strings.Builder
	at := 0
	for _, m := range jinjaSlot.FindAllStringSubmatchIndex(response, -1) {
		b.WriteString(knowledge.EscapeText(response[at:m[0]]))
		at = m[1]
		slot := response[m[2]:m[3]]
		u := slices.IndexFunc(c.uses, func(u use) bool { return u.slot == slot })
		f := slices.IndexFunc(c.fixed, func(f fixed) bool { return f.slot == slot })
		switch {
		case u >= 0 && c.uses[u].needed && len(c.uses[u].from) == 1:
			b.WriteString("{" + c.uses[u].from[0].name + "}")
		case f >= 0:
			b.WriteString(knowledge.EscapeText(plainText(c.fixed[f].value)))
		default:
			return "", fmt.Sprintf("it names the slot %q, which may have no value", slot)
		}
	}
	b.WriteString(knowledge.EscapeText(response[at:]))
	return strings.TrimSpace(b.String()), ""
}

// skipped says whether words of courtesy are skipped around a sentence.
func skipped(words string) bool {
	t, err := template.Parse("zebra crossing")
	if err != nil {
		return false
	}
	g, err := template.Compile([]template.Sentence{{ID: "x", Template: t}}, nil, nil)
	if err != nil {
		return false
	}
	return len(g.Match(words+" zebra crossing", nowhere)) > 0 || len(g.Match("zebra crossing "+words, nowhere)) > 0
}

// withSkips lets words stand before and after a sentence.
func withSkips(sentence, words string) string {
	depth := 0
	for i := 0; i < len(sentence); i++ {
		switch sentence[i] {
		case '\\':
			i++
		case '(', '[', '{', '<':
			depth++
		case ')', ']', '}', '>':
			depth--
		case '|':
			if depth == 0 {
				return words + " (" + sentence + ") " + words
			}
		}
	}
	return words + " " + sentence + " " + words
}
