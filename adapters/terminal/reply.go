package terminal

import (
	"fmt"
	"io"
	"strings"

	"frontdesk/bot"
)

// Print writes a reply to w: laid out where w is a terminal, else its Markdown
// as it was written, but for the escapes.
func Print(w io.Writer, c Colour, r bot.Reply) error {
	_, err := io.WriteString(w, render(r, deviceFor(c, w), Width(w)))
	return err
}

// render gives a reply in whole lines.
func render(r bot.Reply, d device, width int) string {
	var b strings.Builder
	if r.Heard != "" {
		heard := d.wrap([]span{{fmt.Sprintf(bot.LabelsFor("").Heard, OneLine(r.Heard)), dim}}, width)
		b.WriteString(strings.Join(heard, "\n") + "\n")
	}
	if r.Form != nil { // many can be typed: a long list of some would hide the question
		r.Options = nil
	}
	if r.Text != "" {
		text := Plain(strings.TrimRight(r.Text, "\n"))
		if d != plainText {
			text = markdown(r.Text, d, width)
		}
		b.WriteString(text + "\n")
	}
	if r.Text != "" && len(r.Options) > 0 && (d != plainText || r.OptionsHead != "") {
		b.WriteString("\n")
	}
	if r.OptionsHead != "" {
		b.WriteString(OneLine(r.OptionsHead) + "\n")
	}
	for i, o := range r.Options {
		number := fmt.Sprintf("%3d. ", i+1)
		lines := d.wrap([]span{{OneLine(o.Label), 0}}, max(width-len(number), minWidth))
		b.WriteString(strings.Join(indent(lines, d.paint(number, accent), strings.Repeat(" ", len(number))), "\n") + "\n")
	}
	if r.Warning != "" {
		b.WriteString(d.paint("Note: "+OneLine(r.Warning), alert) + "\n")
	}
	return b.String()
}
