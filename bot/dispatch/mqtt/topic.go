package mqtt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

const (
	maxTopic = 1000 // bytes; the protocol has 65535
	maxLevel = 200  // bytes of a value within a topic
)

// unfit says whether a character can stand in no text of the protocol (MQTT 5,
// section 1.5.4).
func unfit(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
}

// topic reads the name of a topic.
func (c *checker) topic(t strictyaml.At[string], what string) knowledge.Text {
	known := len(c.Faults)
	text := c.Text(t)
	if len(c.Faults) > known {
		return text
	}
	written := text.Expand(func(string) string { return "x" })
	switch {
	case strings.TrimSpace(written) == "":
		c.Fault(t.Node, what+" is empty", "write one as home/kitchen/light/set")
	case strings.ContainsAny(written, "+#"):
		c.Fault(t.Node, what+" holds + or #, which stand for any level", "name the one topic that is meant")
	case !utf8.ValidString(written) || strings.ContainsFunc(written, unfit):
		c.Fault(t.Node, what+" holds characters that no topic can", "remove them")
	case len(written) > maxTopic:
		c.Fault(t.Node, what+" is too long", "write at most 1000 bytes")
	}
	return text
}

// expandTopic puts the values into a topic, each within its level. Refused says,
// to the person who gave the command, why one cannot be used.
func expandTopic(t knowledge.Text, c bot.Call, expand func(knowledge.Text, func(string) string) string) (topic, refused string) {
	topic = expand(t, func(slot string) string {
		value := c.Slots[slot].Canonical
		switch {
		case value == "":
			refused = "a value is empty"
		case len(value) > maxLevel:
			refused = "a value is too long"
		case strings.ContainsAny(value, "/+#") || strings.HasPrefix(value, "$") || !utf8.ValidString(value) || strings.ContainsFunc(value, unfit):
			refused = "a value holds characters that cannot be part of a topic"
		}
		return value
	})
	if refused == "" && len(topic) > maxTopic {
		refused = "a value is too long"
	}
	return topic, refused
}
