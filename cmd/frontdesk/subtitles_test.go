package main

import (
	"bytes"
	"testing"
	"time"

	"frontdesk/asr"
)

// What is said cannot end a subtitle or begin another.
func TestSubtitles(t *testing.T) {
	said := asr.Transcript{Text: "all of it", Sound: time.Minute, Segments: []asr.Segment{
		{Start: 1500 * time.Millisecond, End: 2 * time.Second, Text: " Tom <b>& Jerry</b> --> here "},
		{Start: 2 * time.Second, End: 3 * time.Second, Text: " \n "},
		{Start: 26 * time.Hour, End: 26*time.Hour + 61*time.Second, Text: "a\n\n2\n00:00:01,000 --> 00:00:02,000\n\xff"},
	}}
	var srt, vtt bytes.Buffer
	writeSRT(&srt, said)
	writeVTT(&vtt, said)
	const wantSRT = "1\n00:00:01,500 --> 00:00:02,000\nTom <b>& Jerry</b> → here\n\n" +
		"2\n26:00:00,000 --> 26:01:01,000\na 2 00:00:01,000 → 00:00:02,000 \uFFFD\n"
	if srt.String() != wantSRT {
		t.Errorf("SubRip:\n%s", srt.String())
	}
	const wantVTT = "WEBVTT\n\n00:00:01.500 --> 00:00:02.000\nTom &lt;b&gt;&amp; Jerry&lt;/b&gt; --&gt; here\n\n" +
		"26:00:00.000 --> 26:01:01.000\na 2 00:00:01,000 --&gt; 00:00:02,000 \uFFFD\n"
	if vtt.String() != wantVTT {
		t.Errorf("WebVTT:\n%s", vtt.String())
	}
}
