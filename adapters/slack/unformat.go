package slack

import "strings"

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// unformat gives the words of a text in Slack's markup: references become what
// people see, and our own name is left out.
func unformat(s, self string) string {
	var b strings.Builder
	for {
		from := strings.IndexByte(s, '<')
		if from < 0 {
			break
		}
		to := strings.IndexByte(s[from:], '>')
		if to < 0 {
			break
		}
		b.WriteString(unescaper.Replace(s[:from]))
		b.WriteString(reference(s[from+1:from+to], self))
		s = s[from+to+1:]
	}
	b.WriteString(unescaper.Replace(s))
	return strings.TrimSpace(b.String())
}

// reference gives what people see of one reference.
func reference(r, self string) string {
	target, label, labelled := strings.Cut(r, "|")
	label = unescaper.Replace(label)
	switch {
	case strings.HasPrefix(target, "@"):
		if target[1:] == self {
			return ""
		}
		if labelled && label != "" {
			return "@" + label
		}
		return target
	case strings.HasPrefix(target, "#"):
		if labelled && label != "" {
			return "#" + label
		}
		return target
	case strings.HasPrefix(target, "!"):
		if labelled && label != "" {
			return label
		}
		name, _, _ := strings.Cut(target[1:], "^")
		return "@" + name
	}
	target = unescaper.Replace(target)
	bare := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	if !labelled || label == "" || label == bare {
		return bare
	}
	return label + " (" + bare + ")"
}
