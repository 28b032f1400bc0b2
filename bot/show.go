package bot

import (
	"fmt"
	"time"
)

// Escape makes a text that somebody typed plain in Markdown, on one line.
func Escape(s string) string { return escape(s) }

// Show gives what a command did as the Markdown that a reply shows: what it
// says and what it printed, or why it failed or was not run. It is empty for a
// command that succeeded without a word.
func (r Result) Show(now time.Time) string {
	if r.Refused != "" {
		return english.refusal(r, now)
	}
	output := codeBlock(r.Output)
	if r.Failed {
		return paragraphs(fmt.Sprintf(english.failed, escape(r.Problem)), output)
	}
	return paragraphs(r.Text, output)
}
