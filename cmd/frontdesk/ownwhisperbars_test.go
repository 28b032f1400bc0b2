//go:build whisper && cgo

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/audio"
	"frontdesk/bot"
	"frontdesk/internal/app"
)

// An ownWhisperTally counts what became of sentences that were said.
type ownWhisperTally struct {
	clips         int
	words, errors int // of the free reading
	free, guided  int // commands right without and with expected sentences
	wrong         int // guided, and another command run, or with other slots
	run           int // other talk that was run as a command
}

func (y ownWhisperTally) line(name string) string {
	return fmt.Sprintf("%s: %d clips, word error %.1f %%, right %.1f %% freely and %.1f %% guided, %d run wrongly",
		name, y.clips, percentOf(y.errors, y.words), percentOf(y.free, y.clips), percentOf(y.guided, y.clips), y.wrong)
}

func percentOf(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

// add hears a command and counts it.
func (y *ownWhisperTally) add(t *testing.T, a *app.App, c ownWhisperCase, id, voice string, clip asr.Clip) {
	t.Helper()
	heard, r := ownWhisperHear(t, a, c.base, id, clip)
	alone := heard
	alone.Expected = asr.Reading{}
	y.clips++
	said := ownWhisperAsHeard(c.text)
	y.words += len(said)
	y.errors += ownWhisperErrors(said, ownWhisperAsHeard(heard.Text))
	if c.right(ownWhisperGive(t, a, c.base, id+"free", alone)) {
		y.free++
	}
	good := c.right(r)
	if good {
		y.guided++
	} else if r.Decision == bot.Run {
		y.wrong++
	}
	t.Logf("%v %s %q: free %q, expected %q %.2f: %s %s %v", good, voice, c.text, heard.Text, heard.Expected.Text, heard.Expected.Margin, r.Decision, r.Entry, r.Slots)
}

// ownWhisperAsHeard gives the words of a text, in small letters and without signs.
func ownWhisperAsHeard(text string) []string {
	text = strings.ReplaceAll(strings.ToLower(text), "%", " percent")
	return strings.Fields(regexp.MustCompile(`[^a-z0-9'.: ]`).ReplaceAllString(text, " "))
}

// ownWhisperErrors counts the words to put in, leave out and exchange (Levenshtein 1966).
func ownWhisperErrors(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		last := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := last
			if x != y {
				cost++
			}
			last, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, cost)
		}
	}
	return row[len(b)]
}

// TestOwnWhisperBars measures the model of asr/whisper/fortests through the whole path: on
// commands that were left out of training, by voices of training and a new one; on other
// talk; and on recordings that are not part of the repository. -update writes the figures.
func TestOwnWhisperBars(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	var known, unknown, talk, people, machines ownWhisperTally
	t.Run("each", func(t *testing.T) {
		// Each has a desk of its own, so that as many are heard at once as there are processors.
		part := func(name string, do func(t *testing.T, a *app.App)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				do(t, ownWhisperDesk(t))
			})
		}
		part("known", func(t *testing.T, a *app.App) {
			for i, c := range ownWhisperCases(t, 2) {
				voice := ownWhisperVoices[i%len(ownWhisperVoices)]
				known.add(t, a, c, fmt.Sprint("known", i), voice, ownWhisperSaid(t, voice, c.text))
			}
		})
		part("new", func(t *testing.T, a *app.App) {
			for i, c := range ownWhisperCases(t, 2) {
				unknown.add(t, a, c, fmt.Sprint("new", i), ownWhisperNew, ownWhisperSaid(t, ownWhisperNew, c.text))
			}
		})
		part("talk", func(t *testing.T, a *app.App) { talk.overhear(t, a) })
		part("recordings", func(t *testing.T, a *app.App) {
			for _, r := range ownWhisperRecordings(t) {
				of := &machines
				if strings.HasPrefix(r.File, "h") {
					of = &people
				}
				of.recorded(t, a, r)
			}
		})
	})
	lines := []string{known.line("known voices"), unknown.line("new voice"),
		fmt.Sprintf("other talk: %d clips, word error %.1f %%, %d run as commands", talk.clips, percentOf(talk.errors, talk.words), talk.run)}
	if people.clips > 0 {
		lines = append(lines, people.line("recordings of a person"), machines.line("recordings of other synthetic voices"))
	}

	for _, l := range lines {
		t.Log(l)
	}
	for _, bar := range []struct {
		what      string
		got, most float64
	}{
		{"word errors, known voices", percentOf(known.errors, known.words), 10},
		{"word errors, new voice", percentOf(unknown.errors, unknown.words), 35},
		{"commands not right, known voices", 100 - percentOf(known.guided, known.clips), 5},
		{"commands not right, new voice", 100 - percentOf(unknown.guided, unknown.clips), 20},
		{"other talk run as commands", float64(talk.run), 0},
	} {
		if bar.got > bar.most {
			t.Errorf("%s: %.1f, and %.1f is the most", bar.what, bar.got, bar.most)
		}
	}
	if *update {
		var b bytes.Buffer
		b.WriteString("format: 1\n# What TestOwnWhisperBars measures; FRONTDESK_TEST_LOAD=1 and -update write it.\n")
		b.WriteString(strings.Join(lines, "\n") + "\n")
		if err := os.WriteFile("testdata/ownwhisper.golden", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// overhear says other talk to the bases in turn.
func (y *ownWhisperTally) overhear(t *testing.T, a *app.App) {
	t.Helper()
	voices := append(slices.Clone(ownWhisperVoices), ownWhisperNew)
	for i, text := range append(spokenLines(t, "testdata/overheard-spoken.lines"), spokenLines(t, "testdata/overheard-meeting.lines")...) {
		if strings.HasPrefix(text, "[") || i%3 > 0 {
			continue // another language; a third is enough
		}
		voice, base := voices[i/3%len(voices)], []string{"home", "example"}[i/3/len(voices)%2]
		heard, r := ownWhisperHear(t, a, base, fmt.Sprint("talk", i), ownWhisperSaid(t, voice, text))
		said := ownWhisperAsHeard(text)
		y.clips++
		y.words += len(said)
		y.errors += ownWhisperErrors(said, ownWhisperAsHeard(heard.Text))
		if r.Decision == bot.Run {
			y.run++
		}
		t.Logf("%s %s %q: free %q, expected %q %.2f: %s %s %v", base, voice, text, heard.Text, heard.Expected.Text, heard.Expected.Margin, r.Decision, r.Entry, r.Slots)
	}
}

// recorded hears a recording of home and counts it, where what is said is a command.
func (y *ownWhisperTally) recorded(t *testing.T, a *app.App, r spokenRecording) {
	t.Helper()
	c := ownWhisperCase{base: "home", text: r.Text, slots: map[string]string{}}
	if c.entry = ownWhisperEntry(t, &c); c.entry == "" {
		return
	}
	data, err := os.ReadFile(filepath.Join("../../../shared/voice/home", r.File))
	if err != nil {
		t.Fatal(err)
	}
	clip, err := audio.Decode(t.Context(), data, audio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	y.add(t, a, c, r.File, r.File, clip)
}

// ownWhisperRecordings gives the recordings of home, or none where they are not at hand.
func ownWhisperRecordings(t *testing.T) []spokenRecording {
	t.Helper()
	if _, err := os.Stat("../../../shared/voice/home/labels.jsonl"); err != nil {
		t.Log("the recordings are not at hand")
		return nil
	}
	return spokenRecordings(t, "home")
}

// ownWhisperEntry gives the command that a sentence is, with its slots; "" for none.
func ownWhisperEntry(t *testing.T, c *ownWhisperCase) string {
	t.Helper()
	matches := spokenVoiceBase(t, c.base).Grammar.Match(c.text, ownWhisperNow)
	if len(matches) == 0 {
		return ""
	}
	for name, v := range matches[0].Slots {
		c.slots[name] = v.Canonical
	}
	return matches[0].ID
}
