package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/adapters/terminal"
	"frontdesk/asr"

	"github.com/mattn/go-runewidth"
)

// mostNameWidth is how wide the column of the files gets, in columns of the
// terminal.
const mostNameWidth = 40

// A transcriptJSON is the JSON form of a transcript. Its fields stay what they are
// as long as V is 1.
type transcriptJSON struct {
	V              int      `json:"v"`
	File           string   `json:"file,omitempty"`
	Error          string   `json:"error,omitempty"`
	Seconds        float64  `json:"seconds"`
	Took           float64  `json:"took_seconds"`
	Engine         string   `json:"engine"`
	Language       string   `json:"language"`
	Text           string   `json:"text"`
	Gate           string   `json:"gate,omitempty"` // what held the text back
	Confidence     float64  `json:"confidence"`
	NoSpeech       float64  `json:"no_speech"`
	LogProbability float64  `json:"log_probability"`
	Alternatives   []string `json:"alternatives"`
	// The mean log-probability of each of Alternatives, where the engine says.
	AlternativesLog []float64     `json:"alternatives_log_probability,omitempty"`
	Expected        *readingJSON  `json:"expected,omitempty"`
	Trouble         string        `json:"trouble,omitempty"` // what kept Expected from being known
	Segments        []segmentJSON `json:"segments"`
}

// A readingJSON is the likeliest of the expected sentences.
type readingJSON struct {
	Text   string   `json:"text"`
	Margin *float64 `json:"margin,omitempty"`
}

type segmentJSON struct {
	Start  float64     `json:"start"` // seconds
	End    float64     `json:"end"`
	Text   string      `json:"text"`
	Tokens []tokenJSON `json:"tokens,omitempty"`
}

type tokenJSON struct {
	Text        string  `json:"text"`
	Probability float64 `json:"probability"`
}

func transcriptOf(file string, t asr.Transcript, err error) transcriptJSON {
	j := transcriptJSON{
		V: 1, File: file, Seconds: t.Sound.Seconds(), Took: t.Took.Seconds(), Engine: t.Engine, Language: t.Language, Text: t.Text,
		Gate: t.Gate, Confidence: t.Confidence, NoSpeech: t.NoSpeech, LogProbability: t.LogProbability, Trouble: t.Trouble,
		Alternatives: []string{}, Segments: []segmentJSON{},
	}
	for _, a := range t.Alternatives {
		j.Alternatives = append(j.Alternatives, a.Text)
		if a.LogProbability != 0 {
			j.AlternativesLog = append(j.AlternativesLog, a.LogProbability)
		}
	}
	if len(j.AlternativesLog) < len(j.Alternatives) { // one that came from an engine which does not say
		j.AlternativesLog = nil
	}
	if err != nil {
		j.Error = err.Error()
	}
	if t.Expected.Text != "" {
		j.Expected = &readingJSON{Text: t.Expected.Text}
		if t.Expected.Measured {
			j.Expected.Margin = &t.Expected.Margin
		}
	}
	for _, s := range t.Segments {
		one := segmentJSON{Start: s.Start.Seconds(), End: s.End.Seconds(), Text: s.Text}
		for _, token := range s.Tokens {
			one.Tokens = append(one.Tokens, tokenJSON(token))
		}
		j.Segments = append(j.Segments, one)
	}
	return j
}

// widths finds out how wide the names of the files are.
func (w *transcriptLines) widths(files []string) {
	for _, file := range files {
		w.width = max(w.width, min(runewidth.StringWidth(terminal.OneLine(file)), mostNameWidth))
	}
	w.width = max(w.width, len("file"))
}

func (w *transcriptLines) row(file, seconds, language, confidence, text string) error {
	file = runewidth.FillRight(runewidth.Truncate(file, w.width, "…"), w.width)
	line := strings.TrimRight(fmt.Sprintf("%s  %7s  %-8s  %10s  %s", file, seconds, language, confidence, text), " ")
	if _, err := fmt.Fprintln(w.to, line); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

func (w *transcriptLines) add(file string, t asr.Transcript, err error) error {
	if w.json {
		return writeJSON(w.to, transcriptOf(file, t, err))
	}
	if !w.headed { // not before there is something to stand below it
		w.headed = true
		if err := w.row("file", "seconds", "language", "confidence", "text"); err != nil {
			return err
		}
	}
	name := terminal.OneLine(file)
	switch {
	case err != nil:
		return w.row(name, "-", "-", "-", "(failed)")
	case t.Text == "":
		return w.row(name, fmt.Sprintf("%.1f", t.Sound.Seconds()), modelCell(t.Language), "-", "("+silenceText(t)+")")
	}
	return w.row(name, fmt.Sprintf("%.1f", t.Sound.Seconds()), modelCell(terminal.OneLine(t.Language)), fmt.Sprintf("%.2f", t.Confidence), terminal.OneLine(t.Text))
}

// silenceText says why there is no text.
func silenceText(t asr.Transcript) string {
	if t.Gate == "" || t.Gate == asr.NoSpeech {
		return "nothing is said"
	}
	return "nothing is sure: " + terminal.OneLine(t.Gate)
}

// subtitleFiles write a file of subtitles for each recording.
type subtitleFiles struct {
	c      *cli
	ext    string
	inputs []string
	names  map[string]string // by recording; "" for the standard output
}

// newSubtitleFiles chooses the files, before anything is transcribed: of one
// recording what out names, else the standard output; of several those in the folder
// that it names, else beside each.
func newSubtitleFiles(c *cli, ext, out string, files []string) (*subtitleFiles, error) {
	w := &subtitleFiles{c: c, ext: ext, inputs: files, names: map[string]string{}}
	info, err := os.Stat(out)
	folder := out != "" && err == nil && info.IsDir()
	if len(files) == 1 && !folder {
		if out != "-" {
			w.names[files[0]] = out
		}
		return w, nil
	}
	if out != "" && !folder {
		return nil, usage(fmt.Errorf("%s is no folder; name one with -o for the subtitles of several recordings, or leave it out to have them beside each", out))
	}
	taken := map[string]string{}
	for _, file := range files {
		if file == "-" {
			return nil, usage(errors.New("the standard input has no name for a file of subtitles; transcribe it alone"))
		}
		name := strings.TrimSuffix(file, filepath.Ext(file)) + ext
		if folder {
			name = filepath.Join(out, filepath.Base(name))
		}
		if other, ok := taken[name]; ok {
			return nil, usage(fmt.Errorf("the subtitles of %s and of %s would both be %s; transcribe them one by one", other, file, name))
		}
		taken[name], w.names[file] = file, name
	}
	return w, nil
}

func (w *subtitleFiles) add(file string, t asr.Transcript, err error) error {
	if err != nil {
		return nil // it is reported at the end
	}
	var b bytes.Buffer
	if w.ext == ".vtt" {
		writeVTT(&b, t)
	} else {
		writeSRT(&b, t)
	}
	return writeTo(w.names[file], w.c.out, w.inputs, func(out io.Writer) error {
		_, err := out.Write(b.Bytes())
		return err
	})
}

func (w *subtitleFiles) close() error { return nil }

// explainTranscript prints the parts of what was heard.
func explainTranscript(w io.Writer, t asr.Transcript) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nHeard by %s in %.1f s of sound, within %.2f s: %q\n", modelCell(t.Engine), t.Sound.Seconds(), t.Took.Seconds(), terminal.OneLine(t.Text))
	if t.Gate != "" {
		fmt.Fprintf(&b, "It was held back: %s.\n", terminal.OneLine(t.Gate))
	}
	fmt.Fprintf(&b, "Language %s, confidence %.3f, no speech %.3f, log-probability %.3f, compression %.2f.\n",
		modelCell(terminal.OneLine(t.Language)), t.Confidence, t.NoSpeech, t.LogProbability, t.Compression)
	if t.Expected.Text != "" {
		margin := "no margin is known"
		if t.Expected.Measured {
			margin = fmt.Sprintf("margin %.3f", t.Expected.Margin)
		}
		fmt.Fprintf(&b, "Of what was expected: %q, %s.\n", terminal.OneLine(t.Expected.Text), margin)
	}
	for _, other := range t.Alternatives {
		fmt.Fprintf(&b, "Or: %q", terminal.OneLine(other.Text))
		if other.LogProbability != 0 {
			fmt.Fprintf(&b, ", log-probability %.3f", other.LogProbability)
		}
		b.WriteString("\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}
