package importer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// A Change is what becomes of a knowledge file.
type Change struct {
	Add       []*knowledge.Entry  // new ones, at the ends of their lists
	Update    []*knowledge.Entry  // entries of the file, by their ids, as they become
	Phrasings map[string][]string // alternatives that entries get besides theirs, by id
	Remove    []string            // ids
	// Guides are put under guides: where their path is not there yet; else their
	// source is what changes.
	Guides       []GuideRef
	RemoveGuides []string // paths
}

// A GuideRef is an item of guides:.
type GuideRef struct {
	Path   string // as it is written
	URL    string
	Source knowledge.Source
}

var errByHand = errors.New("it cannot be changed where it stands; write its list, and each item, with a line for each key")

// Edit gives the text of a knowledge file with a change. Only the lines of what
// is changed are touched: comments, order and layout of all else stay. An empty
// text becomes a new file. An entry that is not there is an error. What comes
// out should be loaded before it replaces what was.
func Edit(file string, data []byte, c Change) ([]byte, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("format: 1\n")
	}
	root, faults := strictyaml.Parse(file, data)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if root == nil || root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 || root.Column != 1 {
		return nil, fmt.Errorf("%s: %w", file, errByHand)
	}
	t := newText(root, data)
	if err := t.apply(c); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t.bytes(), nil
}

// GuideRefs gives what stands under guides: of a knowledge file; nothing of a
// file at fault.
func GuideRefs(file string, data []byte) []GuideRef {
	var doc struct {
		Guides []struct {
			Path, URL string
			Source    struct{ From, Key, On, Sum string }
		}
	}
	if !bytes.Contains(data, []byte("guides")) {
		return nil // Most files are spared the parsing, which takes many times their size.
	}
	root, faults := strictyaml.Parse(file, data)
	if root == nil || len(faults) > 0 || root.Decode(&doc) != nil {
		return nil
	}
	var refs []GuideRef
	for _, g := range doc.Guides {
		refs = append(refs, GuideRef{Path: g.Path, URL: g.URL, Source: knowledge.Source(g.Source)})
	}
	return refs
}

// apply notes all edits of a change.
func (t *editing) apply(c Change) error {
	for _, e := range c.Update {
		item, err := t.item(listOf(e), "id", e.ID)
		if err != nil {
			return err
		}
		want, err := nodeOf(itemOf(e))
		if err != nil {
			return err
		}
		if err := t.update(item, want); err != nil {
			return fmt.Errorf("the entry %q: %w", e.ID, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Phrasings)) {
		item, err := t.item("", "id", id)
		if err != nil {
			return err
		}
		if err := t.addPhrasings(item, c.Phrasings[id]); err != nil {
			return fmt.Errorf("the entry %q: %w", id, err)
		}
	}
	for _, id := range c.Remove {
		item, err := t.item("", "id", id)
		if err != nil {
			return err
		}
		t.remove(item)
	}
	for _, p := range c.RemoveGuides {
		item, err := t.item("guides", "path", p)
		if err != nil {
			return err
		}
		t.remove(item)
	}
	var faq []yamlFAQ
	var commands []yamlCommand
	var guides []yamlGuide
	for _, e := range c.Add {
		switch made := itemOf(e).(type) {
		case yamlFAQ:
			faq = append(faq, made)
		case yamlCommand:
			commands = append(commands, made)
		}
	}
	for _, g := range c.Guides {
		made := yamlGuide{Path: g.Path, URL: g.URL, Source: sourceOf(g.Source)}
		item, err := t.item("guides", "path", g.Path)
		if err != nil {
			guides = append(guides, made)
			continue
		}
		want, err := nodeOf(made)
		if err != nil {
			return err
		}
		if err := t.update(item, want); err != nil {
			return fmt.Errorf("the guide %q: %w", g.Path, err)
		}
	}
	return errors.Join(appendItems(t, "faq", faq), appendItems(t, "commands", commands), appendItems(t, "guides", guides))
}

// An editing is a knowledge file while it is edited.
type editing struct {
	root    *yaml.Node
	lines   []string // with their ends
	newline string
	edits   []edit
}

// An edit puts a text in the place of the lines from (inclusive) to (exclusive),
// which count from 0.
type edit struct {
	from, to int
	with     string
}

func newText(root *yaml.Node, data []byte) *editing {
	t := &editing{root: root, newline: "\n"}
	if bytes.Contains(data, []byte("\r\n")) {
		t.newline = "\r\n"
	}
	t.lines = strings.SplitAfter(string(data), "\n")
	if last := len(t.lines) - 1; t.lines[last] == "" {
		t.lines = t.lines[:last]
	} else {
		t.lines[last] += t.newline
	}
	return t
}

func (t *editing) bytes() []byte {
	slices.SortStableFunc(t.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var b strings.Builder
	at := 0
	for _, e := range t.edits {
		b.WriteString(strings.Join(t.lines[at:max(at, e.from)], ""))
		b.WriteString(strings.ReplaceAll(e.with, "\n", t.newline))
		at = max(at, e.to)
	}
	b.WriteString(strings.Join(t.lines[at:], ""))
	return []byte(b.String())
}

// list gives the value under a key of the file, the key, and the line (from 0)
// at which what follows begins.
func (t *editing) list(name string) (list, key *yaml.Node, end int) {
	end = len(t.lines)
	for i := 0; i+1 < len(t.root.Content); i += 2 {
		if t.root.Content[i].Value != name {
			continue
		}
		if i+2 < len(t.root.Content) {
			end = t.root.Content[i+2].Line - 1
		}
		return t.root.Content[i+1], t.root.Content[i], end
	}
	return nil, nil, end
}

// A spot is an item of a list, with where it ends.
type spot struct {
	list, node *yaml.Node
	end        int // the line, from 0, before which its text ends
	only       *yaml.Node
}

// item finds an item by one of its keys; in any list of entries for the list "".
func (t *editing) item(list, key, value string) (spot, error) {
	for _, name := range []string{"faq", "commands", "guides"} {
		if list != "" && list != name || list == "" && name == "guides" {
			continue
		}
		seq, top, end := t.list(name)
		if seq == nil || seq.Kind != yaml.SequenceNode {
			continue
		}
		for i, n := range seq.Content {
			if v := underKey(n, key); v == nil || v.Value != value {
				continue
			}
			if seq.Style&yaml.FlowStyle != 0 {
				return spot{}, fmt.Errorf("%q: %w", value, errByHand)
			}
			s := spot{list: seq, node: n}
			if i+1 < len(seq.Content) {
				end = seq.Content[i+1].Line - 1
			}
			if len(seq.Content) == 1 {
				s.only = top
			}
			s.end = endOf(t.lines, n.Line, end, seq.Column-1)
			return s, nil
		}
	}
	return spot{}, fmt.Errorf("it has no entry %q", value)
}

// update has an item say what another mapping says; keys that the other never
// has stay.
func (t *editing) update(s spot, want *yaml.Node) error {
	if s.node.Kind != yaml.MappingNode || s.node.Style&yaml.FlowStyle != 0 || s.node.Anchor != "" {
		return t.rewrite(s, want)
	}
	for i := 0; i+1 < len(want.Content); i += 2 {
		key, value := want.Content[i], want.Content[i+1]
		old := underKey(s.node, key.Value)
		if old != nil && sameNode(old, value) {
			continue
		}
		if err := t.put(s, key.Value, value); err != nil {
			return err
		}
	}
	for _, name := range mayGo {
		if underKey(s.node, name) != nil && underKey(want, name) == nil {
			if err := t.put(s, name, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayGo are the keys that an item loses where what it becomes has none of them.
var mayGo = []string{"alternatives", "tags", "followups"}

// rewrite puts an item in the place of one that stands on a line as a whole. What
// keys it has besides stay.
func (t *editing) rewrite(s spot, want *yaml.Node) error {
	if s.node.Kind != yaml.MappingNode {
		return errByHand
	}
	made := plain(want)
	made.Style = 0
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		name := s.node.Content[i].Value
		if underKey(want, name) == nil && !slices.Contains(mayGo, name) {
			made.Content = append(made.Content, plain(s.node.Content[i]), plain(s.node.Content[i+1]))
		}
	}
	item, err := indented([]*yaml.Node{made}, s.list.Column-1)
	if err != nil {
		return err
	}
	t.edits = append(t.edits, edit{s.node.Line - 1, s.end, item})
	return nil
}

// put writes a key of an item anew, or at its end; a nil value takes it away.
func (t *editing) put(s spot, name string, value *yaml.Node) error {
	indent := s.node.Column - 1
	at, to := s.end, s.end
	prefix := strings.Repeat(" ", indent)
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		key := s.node.Content[i]
		if key.Value != name {
			continue
		}
		at = key.Line - 1
		if i+2 < len(s.node.Content) {
			to = endOf(t.lines, key.Line, s.node.Content[i+2].Line-1, indent)
		}
		if i > 0 && s.node.Content[i-2].Line == key.Line {
			return errByHand
		}
		if line := t.lines[at]; len(line) >= indent {
			prefix = line[:indent]
		}
		if value == nil && i == 0 {
			return errByHand
		}
	}
	if value == nil {
		t.edits = append(t.edits, edit{at, to, ""})
		return nil
	}
	body, err := indented(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: name}, plain(value)}}, indent)
	if err != nil {
		return err
	}
	t.edits = append(t.edits, edit{at, to, prefix + body[min(indent, len(body)):]})
	return nil
}

// addPhrasings adds alternatives to an item, at the end of those that it has.
func (t *editing) addPhrasings(s spot, phrasings []string) error {
	var added []*yaml.Node
	for _, p := range phrasings {
		n, err := nodeOf(p)
		if err != nil {
			return err
		}
		added = append(added, n)
	}
	old := underKey(s.node, "alternatives")
	if old != nil && old.Kind == yaml.SequenceNode && old.Style&yaml.FlowStyle == 0 && s.node.Style&yaml.FlowStyle == 0 && len(old.Content) > 0 {
		// Lines for the new ones alone, so that comments between the others stay.
		end := s.end
		for i := 0; i+2 < len(s.node.Content); i += 2 {
			if s.node.Content[i].Value == "alternatives" {
				end = s.node.Content[i+2].Line - 1
			}
		}
		end = endOf(t.lines, old.Content[len(old.Content)-1].Line, end, old.Column-1)
		body, err := indented(added, old.Column-1)
		if err != nil {
			return err
		}
		t.edits = append(t.edits, edit{end, end, body})
		return nil
	}
	all := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if old != nil {
		for _, c := range old.Content {
			all.Content = append(all.Content, plain(c))
		}
	}
	all.Content = append(all.Content, added...)
	if s.node.Style&yaml.FlowStyle != 0 {
		want := plain(s.node)
		want.Content = slices.Clone(want.Content)
		set := false
		for i := 0; i+1 < len(want.Content); i += 2 {
			if want.Content[i].Value == "alternatives" {
				want.Content[i+1], set = all, true
			}
		}
		if !set {
			want.Content = append(want.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "alternatives"}, all)
		}
		return t.rewrite(s, want)
	}
	if err := t.put(s, "alternatives", all); err != nil || old == nil || old.LineComment == "" {
		return err
	}
	// What stood behind a list in brackets stays behind its key.
	last := &t.edits[len(t.edits)-1]
	last.with = strings.Replace(last.with, "\n", " "+old.LineComment+"\n", 1)
	return nil
}

// remove takes an item away; with the last one goes the key of the list.
func (t *editing) remove(s spot) {
	from := s.node.Line - 1
	if s.only != nil {
		from = s.only.Line - 1
	}
	t.edits = append(t.edits, edit{from, s.end, ""})
}
