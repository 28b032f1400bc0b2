package importer

import (
	"fmt"
	"io"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

type yamlFAQ struct {
	ID           string      `yaml:"id"`
	Question     string      `yaml:"question"`
	Alternatives []string    `yaml:"alternatives,omitempty"`
	Answer       string      `yaml:"answer"`
	Tags         []string    `yaml:"tags,omitempty"`
	Followups    []string    `yaml:"followups,omitempty"`
	Formerly     []string    `yaml:"formerly,omitempty"`
	Source       *yamlSource `yaml:"source,omitempty,flow"`
}

type yamlCommand struct {
	ID           string              `yaml:"id"`
	Title        string              `yaml:"title,omitempty"`
	Say          []string            `yaml:"say,omitempty"`
	Alternatives []string            `yaml:"alternatives,omitempty"`
	Slots        map[string]yamlSlot `yaml:"slots,omitempty"`
	Optional     []string            `yaml:"optional,omitempty,flow"`
	Rules        map[string]string   `yaml:"rules,omitempty"`
	Run          *yaml.Node          `yaml:"run,omitempty"`
	Reply        string              `yaml:"reply,omitempty"`
	Tags         []string            `yaml:"tags,omitempty"`
	Followups    []string            `yaml:"followups,omitempty"`
	Formerly     []string            `yaml:"formerly,omitempty"`
	Source       *yamlSource         `yaml:"source,omitempty,flow"`
	// Guards are the keys that guard the command, as they were written.
	Guards map[string]*yaml.Node `yaml:",inline"`
}

type yamlSource struct {
	From string `yaml:"from"`
	Key  string `yaml:"key,omitempty"`
	On   string `yaml:"on,omitempty"`
	Sum  string `yaml:"sum,omitempty"`
}

// sourceOf gives nil for an entry that was not imported.
func sourceOf(s knowledge.Source) *yamlSource {
	if s == (knowledge.Source{}) {
		return nil
	}
	return &yamlSource{From: s.From, Key: s.Key, On: s.On, Sum: s.Sum}
}

type yamlSlot struct {
	Type    string      `yaml:"type,omitempty"`
	Values  []yamlValue `yaml:"values,omitempty"`
	From    *float64    `yaml:"from,omitempty"`
	To      *float64    `yaml:"to,omitempty"`
	Step    *float64    `yaml:"step,omitempty"`
	Ask     string      `yaml:"ask,omitempty"`
	Default string      `yaml:"default,omitempty"`
	Context string      `yaml:"context,omitempty"`
	Open    bool        `yaml:"open,omitempty"`
	Adjust  *yamlAdjust `yaml:"adjust,omitempty"`
}

type yamlAdjust struct {
	By   float64  `yaml:"by"`
	Up   []string `yaml:"up,omitempty,flow"`
	Down []string `yaml:"down,omitempty,flow"`
}

type yamlValue struct {
	Say   []string `yaml:"say,flow"`
	Value string   `yaml:"value"`
}

// WriteYAML writes entries as a knowledge file that [knowledge.Load] reads
// back equal, but for two things that such a file has no place for: a passage
// becomes an FAQ item that ends in the link to its section, and the folder in
// which a program runs, where it is not given, is that of the new file.
func WriteYAML(w io.Writer, entries []*knowledge.Entry) error {
	var faq []yamlFAQ
	var commands []yamlCommand
	for _, e := range entries {
		if e.Command != nil {
			commands = append(commands, command(e))
			continue
		}
		faq = append(faq, faqItem(e))
	}
	if _, err := io.WriteString(w, "format: 1\n"); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	if err := dumpList(w, "faq", faq); err != nil {
		return err
	}
	return dumpList(w, "commands", commands)
}

// dumpList writes a list of a knowledge file; nothing of an empty one.
func dumpList[T any](w io.Writer, name string, items []T) error {
	if len(items) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, name+":\n"); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	return dumpItems(w, items, 0)
}

// dumpYAML writes a value as all knowledge files are written.
func dumpYAML(w io.Writer, v any) error {
	d, err := yaml.NewDumper(w, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err != nil {
		return fmt.Errorf("preparing the YAML dumper: %w", err)
	}
	if err := d.Dump(v); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	if err := d.Close(); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	return nil
}

// faqItem gives what an FAQ item, or a passage, is written as.
func faqItem(e *knowledge.Entry) yamlFAQ {
	item := yamlFAQ{
		ID: e.ID, Question: e.Question, Alternatives: e.Alternatives, Answer: e.Answer,
		Tags: e.Tags, Followups: e.Followups, Formerly: e.Formerly, Source: sourceOf(e.Source),
	}
	if e.Kind == knowledge.Passage && e.Link != "" {
		item.Answer += fmt.Sprintf("\n\n[%s](<%s>)", strings.Join(e.Headings, " › "), e.Link)
	}
	return item
}

func command(e *knowledge.Entry) yamlCommand {
	c := e.Command
	out := yamlCommand{
		ID: e.ID, Title: c.Title, Alternatives: e.Alternatives, Slots: slots(c), Optional: c.Optional, Reply: c.Reply,
		Tags: e.Tags, Followups: e.Followups, Formerly: e.Formerly, Source: sourceOf(e.Source),
	}
	for key, n := range c.Written {
		if out.Guards == nil {
			out.Guards = map[string]*yaml.Node{}
		}
		out.Guards[key] = plain(n)
	}
	for _, t := range c.Say {
		out.Say = append(out.Say, t.String())
	}
	for name, t := range c.Rules {
		if out.Rules == nil {
			out.Rules = map[string]string{}
		}
		out.Rules[name] = t.String()
	}
	if c.Action.Kind != knowledge.ReplyAction {
		out.Run = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Value: c.Action.Kind}, plain(c.Action.Node),
		}}
	}
	return out
}

// plain copies a node without its anchors and comments.
func plain(n *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value}
	for _, c := range n.Content {
		out.Content = append(out.Content, plain(c))
	}
	return out
}

// slots gives the declarations of a command's slots, under the names of their
// lists.
func slots(c *knowledge.Command) map[string]yamlSlot {
	out := map[string]yamlSlot{}
	named := map[string]bool{}
	note := func(t *template.Template) {
		for _, ref := range t.SlotRefs() {
			if s := c.Slots[ref.Slot]; s != nil && ref.List != "" {
				out[ref.List] = slot(s)
				named[ref.Slot] = true
			}
		}
	}
	for _, t := range c.Say {
		note(t)
	}
	for _, t := range c.Rules {
		note(t)
	}
	for name, s := range c.Slots {
		if !named[name] && (s.Context != "" || s.Default != "") {
			out[name] = slot(s) // no sentence names it
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func slot(s *knowledge.Slot) yamlSlot {
	out := yamlSlot{Type: string(s.Type), Ask: s.Ask, Default: s.Default, Context: s.Context, Open: s.Open}
	if a := s.Adjust; a != nil {
		out.Adjust = &yamlAdjust{By: a.By, Up: a.Up, Down: a.Down}
	}
	for _, v := range s.Values {
		value := yamlValue{Value: v.Canonical}
		for _, t := range v.Say {
			value.Say = append(value.Say, t.String())
		}
		out.Values = append(out.Values, value)
	}
	if s.Bounded {
		out.From, out.To = &s.From, &s.To
	}
	if s.Step != 0 {
		out.Step = &s.Step
	}
	return out
}
