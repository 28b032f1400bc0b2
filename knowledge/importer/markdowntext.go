package importer

import "strings"

// escapeMarkdown gives the Markdown that shows a line of plain text as it stands.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// bold gives a line of plain text in bold.
func bold(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	return "**" + escapeMarkdown(s) + "**"
}

// picture gives an image; nothing where there is no address.
func picture(address string) string {
	if address == "" {
		return ""
	}
	return "![](" + mdAddress(address) + ")"
}

// mdLink gives a link with a plain text as its label; without an address the text.
func mdLink(label, address string) string {
	switch label = strings.TrimSpace(label); {
	case address == "":
		return escapeMarkdown(label)
	case label == "" || label == address:
		return mdAddress(address)
	}
	return "[" + escapeMarkdown(label) + "](" + mdAddress(address) + ")"
}

// mdAddress gives an address in angle brackets, where nothing in it can end it.
func mdAddress(address string) string {
	return "<" + strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "\n", "", "\r", "", "\\", "%5C").Replace(address) + ">"
}

// isAddress says whether a text is the address of a page.
func isAddress(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "mailto:") || strings.HasPrefix(s, "tel:")
}
