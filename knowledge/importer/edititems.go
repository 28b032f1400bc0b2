package importer

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// yamlGuide is an item of guides:, as it is written.
type yamlGuide struct {
	Path   string      `yaml:"path"`
	URL    string      `yaml:"url,omitempty"`
	Source *yamlSource `yaml:"source,omitempty,flow"`
}

// itemOf gives an entry as it is written: a [yamlFAQ] or a [yamlCommand].
func itemOf(e *knowledge.Entry) any {
	if e.Command != nil {
		return command(e)
	}
	return faqItem(e)
}

// listOf names the list in which an entry stands.
func listOf(e *knowledge.Entry) string {
	if e.Command != nil {
		return "commands"
	}
	return "faq"
}

// nodeOf gives a value as it would be read back.
func nodeOf(v any) (*yaml.Node, error) {
	var b bytes.Buffer
	if err := dumpYAML(&b, v); err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Load(b.Bytes(), &doc); err != nil {
		return nil, fmt.Errorf("reading back what would be written: %w", err)
	}
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		return doc.Content[0], nil
	}
	return &doc, nil
}

// indented writes a value behind an indent.
func indented(v any, indent int) (string, error) {
	var b bytes.Buffer
	if err := dumpYAML(&b, v); err != nil {
		return "", err
	}
	margin := strings.Repeat(" ", indent)
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		if line != "\n" {
			out.WriteString(margin)
		}
		out.WriteString(line)
	}
	return out.String(), nil
}

// appendItems puts items at the end of a list of the file.
func appendItems[T any](t *editing, name string, items []T) error {
	if len(items) == 0 {
		return nil
	}
	list, key, end := t.list(name)
	place, indent, head := len(t.lines), 2, ""
	switch {
	case key == nil:
		head = name + ":\n"
		if len(t.lines) > 1 {
			head = "\n" + head
		}
	case list.Kind == yaml.ScalarNode && list.Tag == "!!null" && list.Value == "":
		place = key.Line
	case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0:
		indent = list.Column - 1
		place = endOf(t.lines, list.Line, end, indent)
		if t.goes(list) {
			head = name + ":\n" // All that stood there goes, and its key with it.
		}
	default:
		return fmt.Errorf("the list %s: %w", name, errByHand)
	}
	var body strings.Builder
	body.WriteString(head)
	if err := dumpItems(&body, items, indent); err != nil {
		return err
	}
	t.edits = append(t.edits, edit{place, place, body.String()})
	return nil
}

// dumpItems writes the items of a list behind an indent. They are dumped some at
// a time: what the dumper makes of a text takes forty times its size.
func dumpItems[T any](w io.Writer, items []T, indent int) error {
	const some = 100
	for part := range slices.Chunk(items, some) {
		text, err := indented(part, indent)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return fmt.Errorf("writing YAML: %w", err)
		}
	}
	return nil
}

// goes says whether the only item of a list is removed, with the list's key.
func (t *editing) goes(list *yaml.Node) bool {
	return len(list.Content) == 1 && slices.ContainsFunc(t.edits, func(e edit) bool {
		return e.with == "" && e.from < list.Content[0].Line-1 && e.to >= list.Content[0].Line
	})
}

// endOf gives before which line, from 0, a text ends that begins at line first
// and at the latest ends before line last, both from 1 and 0: before the empty
// lines, and the comments for what follows, that stand at the end of its lines.
func endOf(lines []string, first, last, indent int) int {
	for last > first {
		text := strings.TrimRight(lines[last-1], " \t\r\n")
		bare := strings.TrimLeft(text, " ")
		if bare != "" && (bare[0] != '#' || len(text)-len(bare) > indent) {
			break
		}
		last--
	}
	return last
}

// underKey gives what stands under a key of a mapping; nil for nothing.
func underKey(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// sameNode says whether two values read the same, however they are written.
func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || strings.TrimSpace(a.Value) != strings.TrimSpace(b.Value) || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameNode(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
