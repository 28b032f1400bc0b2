package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"frontdesk/asr"
)

// Subtitles are written by these few lines, because the library for them
// (asticode/go-astisub v0.34.0) makes the program 3.5 MB larger for its many other
// forms, writes "-->" within a text as it is, which ends the subtitle, and writes
// "&lt;" into SubRip, which players show.

// writeSRT writes a transcript as SubRip, which is described nowhere but in what
// players read: a number, the times, the text.
func writeSRT(b *bytes.Buffer, t asr.Transcript) {
	for i, s := range cues(t) {
		if i > 0 {
			b.WriteByte('\n')
		}
		text := strings.ReplaceAll(s.Text, "-->", "→")
		fmt.Fprintf(b, "%d\n%s --> %s\n%s\n", i+1, cueTime(s.Start, ','), cueTime(s.End, ','), text)
	}
}

// cueEscapes are what a text cannot hold in WebVTT. https://www.w3.org/TR/webvtt1/,
// section 4.2.
var cueEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// writeVTT writes a transcript as WebVTT.
func writeVTT(b *bytes.Buffer, t asr.Transcript) {
	b.WriteString("WEBVTT\n")
	for _, s := range cues(t) {
		fmt.Fprintf(b, "\n%s --> %s\n%s\n", cueTime(s.Start, '.'), cueTime(s.End, '.'), cueEscapes.Replace(s.Text))
	}
}

// cues gives the parts of a transcript that have a text, each on one line; all of it
// as one where the recogniser does not say when what was said.
func cues(t asr.Transcript) (list []asr.Segment) {
	segments := t.Segments
	if len(segments) == 0 {
		segments = []asr.Segment{{End: t.Sound, Text: t.Text}}
	}
	for _, s := range segments {
		if s.Text = strings.Join(strings.Fields(strings.ToValidUTF8(s.Text, "\uFFFD")), " "); s.Text != "" {
			list = append(list, s)
		}
	}
	return list
}

// cueTime gives a time as hours, minutes, seconds and milliseconds.
func cueTime(d time.Duration, point byte) string {
	ms := max(0, d).Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d%c%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, point, ms%1000)
}
