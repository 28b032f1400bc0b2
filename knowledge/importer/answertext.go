package importer

import (
	"regexp"
	"strings"
)

// htmlTag matches what only HTML has.
var htmlTag = regexp.MustCompile(`(?i)</?(p|br|a|b|i|u|strong|em|ul|ol|li|div|span|h[1-6]|table|tr|td|img|font)(\s[^<>]*)?/?>`)

// answerText gives an answer as Markdown, which other programs may have as
// HTML. A line break alone does not make it that.
func answerText(s string) string {
	onlyBreaks := true
	for _, tag := range htmlTag.FindAllStringSubmatch(s, -1) {
		onlyBreaks = onlyBreaks && strings.EqualFold(tag[1], "br")
	}
	if onlyBreaks {
		return htmlTag.ReplaceAllString(s, "\n")
	}
	if md, err := markdownOf(s); err == nil {
		return md
	}
	return s // Nested too deep to be an answer; as it stands it harms nobody.
}
