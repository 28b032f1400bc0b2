package bot

import (
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// expandReply puts what was said into a command's reply, and what the command
// gave back where the reply names that; shown says that it does. All of it is
// escaped: somebody else wrote it, and a reply is Markdown.
func expandReply(reply string, slots map[string]template.Value, output string) (said string, shown bool, err error) {
	text, err := knowledge.ParseText(reply)
	if err != nil {
		return "", false, err
	}
	said = text.Expand(func(slot string) string {
		if v, ok := slots[slot]; ok || slot != knowledge.OutputSlot {
			return escape(v.Said)
		}
		shown = true
		return escape(output)
	})
	return said, shown, nil
}

// escape makes a text plain in Markdown: a backslash before each character
// that could mean something (CommonMark 0.31, section 2.4), and no line breaks,
// for a line may begin a block. What is harmless inside a line stays as it is,
// so that "21.5" and "9:30" read well where Markdown is not rendered.
func escape(s string) string {
	var b strings.Builder
	line := strings.Join(strings.Fields(s), " ")
	digits := 0
	for i, r := range line {
		switch {
		case strings.ContainsRune("\\`*_{}[]<>()#|~&@!", r):
			b.WriteByte('\\')
		case strings.ContainsRune("-+=:", r) && i == 0: // a list, a heading's underline
			b.WriteByte('\\')
		case r == '.' && digits == i: // "1. " begins a list
			b.WriteByte('\\')
		case r == ':' && strings.HasPrefix(line[i:], "://"): // no link without being asked
			b.WriteByte('\\')
		}
		if r >= '0' && r <= '9' {
			digits++
		}
		b.WriteRune(r)
	}
	return b.String()
}

// codeBlock shows a command's output as it is, in a fence longer than any run
// of backticks inside it; "" for no output.
func codeBlock(output string) string {
	output = strings.Trim(output, "\n")
	if strings.TrimSpace(output) == "" {
		return ""
	}
	longest, run := 2, 0
	for _, r := range output {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	return fence + "\n" + output + "\n" + fence
}

// paragraphs joins texts as paragraphs, without the empty ones.
func paragraphs(texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, "\n\n")
}
