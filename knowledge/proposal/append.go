package proposal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

// entry is an item of faq:, as it is written.
type entry struct {
	ID       string `yaml:"id"`
	Question string `yaml:"question"`
	Answer   string `yaml:"answer"`
}

var errByHand = errors.New("the entry cannot be put at the end of its faq: list; write the list with a line for each key, or add the entry by hand")

// appendEntry gives the text of a knowledge file with one more entry at the end
// of its faq: list. Nothing else of the text changes. The name stands in errors
// only.
func appendEntry(file string, data []byte, e entry, link string) ([]byte, error) {
	byHand := fmt.Errorf("%s: %w", file, errByHand)
	root, faults := strictyaml.Parse(file, data)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if root == nil || root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 || root.Column != 1 {
		return nil, byHand
	}
	newline := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		newline = "\r\n"
	}
	lines := strings.SplitAfter(string(data), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	} else {
		lines[last] += newline
	}
	place, indent, head := len(lines), 2, "" // after so many lines
	list, key, next := faqOf(root)
	switch {
	case key == nil:
		head = "\nfaq:\n"
	case list.Kind == yaml.ScalarNode && list.Tag == "!!null" && list.Value == "":
		place = key.Line
	case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0:
		if indent = list.Column - 1; next != nil {
			place = endOf(lines, list.Line, next.Line-1, indent)
		}
	default:
		return nil, byHand
	}
	text, err := entryText(e, link, indent)
	if err != nil {
		return nil, err
	}
	text = strings.ReplaceAll(head+text, "\n", newline)
	out := []byte(strings.Join(slices.Insert(lines, place, text), ""))
	// Whatever layout was not thought of here shows now.
	grown, faults := strictyaml.Parse(file, out)
	if len(faults) > 0 || grown == nil || !isGrown(root, grown, e) {
		return nil, byHand
	}
	return out, nil
}

// faqOf gives the list under faq: with its key, and the key that follows in the
// text; nil where there is none.
func faqOf(root *yaml.Node) (list, key, next *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "faq" {
			continue
		}
		list, key = root.Content[i+1], root.Content[i]
		if i+2 < len(root.Content) {
			next = root.Content[i+2]
		}
		return list, key, next
	}
	return nil, nil, nil
}

// endOf gives after how many lines a list ends whose items begin behind an
// indent: before the empty lines, and the comments for what follows, that stand
// at the end of its lines.
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

// entryText writes the entry as an item of a list, behind an indent.
func entryText(e entry, link string, indent int) (string, error) {
	var b bytes.Buffer
	if err := dump(&b, []entry{e}); err != nil {
		return "", err
	}
	margin := strings.Repeat(" ", indent)
	var out strings.Builder
	if link != "" {
		fmt.Fprintf(&out, "%s# from %s\n", margin, link)
	}
	for line := range strings.Lines(b.String()) {
		if line != "\n" {
			out.WriteString(margin)
		}
		out.WriteString(line)
	}
	return out.String(), nil
}

// isGrown says whether a file has become another one that has just one more
// entry, at the end.
func isGrown(old, grown *yaml.Node, e entry) bool {
	list, key, _ := faqOf(grown)
	if key == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		return false
	}
	last := len(list.Content) - 1
	item := list.Content[last]
	want := []string{"id", e.ID, "question", e.Question, "answer", e.Answer}
	if item.Kind != yaml.MappingNode || len(item.Content) != len(want) {
		return false
	}
	for i, n := range item.Content {
		if n.Kind != yaml.ScalarNode || n.Value != want[i] {
			return false
		}
	}
	before, _, _ := faqOf(old)
	rest := *list
	if rest.Content = list.Content[:last]; len(rest.Content) == 0 {
		return withoutFAQ(old, grown) && (before == nil || before.Tag == "!!null")
	}
	return withoutFAQ(old, grown) && before != nil && same(before, &rest)
}

// withoutFAQ says whether two files have the same keys and values, but for what
// is under faq:.
func withoutFAQ(a, b *yaml.Node) bool {
	others := func(n *yaml.Node) *yaml.Node {
		rest := &yaml.Node{Kind: n.Kind, Tag: n.Tag}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value != "faq" {
				rest.Content = append(rest.Content, n.Content[i], n.Content[i+1])
			}
		}
		return rest
	}
	return same(others(a), others(b))
}

// same says whether two values are, wherever they stand.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}
