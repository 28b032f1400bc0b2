package importer

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// MarkdownWriter writes a page of headings with their answers. What a page
// does not show, such as ids and other phrasings, stands in a comment below the
// heading, which [Markdown] reads back.
func MarkdownWriter() Writer {
	return Writer{Format: "markdown", Title: "Markdown FAQ", Ext: ".md", Write: func(w Output, entries []*knowledge.Entry) (left []Left, err error) {
		err = writeFile(w, "", func(f io.Writer) error {
			if _, err := fmt.Fprintf(f, "---\nformat: %d\n---\n\n# FAQ\n", version); err != nil {
				return err
			}
			for _, e := range entries {
				what := fmt.Sprintf("the entry %q", e.ID)
				switch {
				case e.Kind == knowledge.Do:
					left = append(left, Left{e.Pos, what, "it is a command, and a page has answers alone"})
					continue
				case e.Kind != knowledge.FAQ:
					left = append(left, Left{e.Pos, what, "it is a passage of a guide; take the guide itself"})
					continue
				}
				section, err := markdownSection(e)
				if err != nil {
					return err
				}
				why, whole := markdownLoses(e, section)
				if why != "" {
					left = append(left, Left{e.Pos, what, why})
				}
				if whole {
					continue
				}
				if _, err := io.WriteString(f, section); err != nil {
					return err
				}
			}
			return nil
		})
		return left, err
	}}
}

// markdownSection gives an entry as a part of a page.
func markdownSection(e *knowledge.Entry) (string, error) {
	meta, err := yaml.Dump(markdownMeta{ID: e.ID, Alternatives: e.Alternatives, Tags: e.Tags, Followups: e.Followups, Formerly: e.Formerly}, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err != nil {
		return "", fmt.Errorf("writing the entry %q: %w", e.ID, err)
	}
	return fmt.Sprintf("\n## %s\n\n<!--\n%s-->\n\n%s\n", headingMarkdown(oneLine(e.Question)), meta, e.Answer), nil
}

// headingMarkdown writes a text so that no mark in it means anything.
func headingMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>#!&|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// markdownLoses says why a section does not give its entry back as it is, ""
// if it does; and whether it must be left out as a whole, for what follows it
// must stay what it is.
func markdownLoses(e *knowledge.Entry, section string) (why string, whole bool) {
	const next = "\n## next\n\n<!--\nid: next\n-->\n\nnext\n"
	found := &Found{}
	text, _, err := decode(fmt.Appendf(nil, "---\nformat: %d\n---\n%s%s", version, section, next), "page")
	if err == nil {
		err = readMarkdown(found, text, "page")
	}
	if err != nil {
		return "a page cannot hold it: " + err.Error(), true
	}
	if len(found.Items) != 2 || found.Items[1].Entry.Answer != "next" {
		return "its answer would swallow the next question: something in it is opened and not closed", true
	}
	got := found.Items[0].Entry
	for _, f := range []struct {
		name string
		same bool
	}{
		{"id", got.ID == e.ID}, {"question", got.Question == e.Question}, {"answer", got.Answer == e.Answer}, {"alternatives", slices.Equal(got.Alternatives, e.Alternatives)},
		{"tags", slices.Equal(got.Tags, e.Tags)}, {"follow-ups", slices.Equal(got.Followups, e.Followups)}, {"former ids", slices.Equal(got.Formerly, e.Formerly)},
	} {
		if !f.same {
			return fmt.Sprintf("a page does not hold its %s as they are: line breaks, spaces at the ends or control characters", f.name), false
		}
	}
	return "", false
}
