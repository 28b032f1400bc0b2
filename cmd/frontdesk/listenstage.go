package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"frontdesk/adapters/mic"
	"frontdesk/adapters/mic/capture"
	"frontdesk/adapters/terminal"
	"frontdesk/bot"
	"frontdesk/internal/config"

	"golang.org/x/term"
)

// maxListened bounds a recording that is played in the place of the microphone.
const maxListened = 4 * time.Hour

const (
	meterWidth   = 20  // characters
	meterLeast   = 4   // below which there is none
	meterFloor   = -60 // dBFS
	usualColumns = 80  // of a terminal that does not say
	eraseLine    = "\r\x1b[K"
)

// A stage shows what happens while the desk listens: to people, with a line that
// moves below, or as JSON.
type stage struct {
	out    io.Writer
	colour terminal.Colour
	json   bool
	moves  *os.File // the terminal with a line that moves; nil for none
	files  bool     // play in the place of the microphone: what is passed over is told, too
	pushed bool     // it listens after a push alone

	mu     sync.Mutex // guards what follows
	state  mic.State
	level  capture.Level // the loudest since it was shown
	levels int           // that were not shown yet
	fault  error         // of writing; nothing is written after it
	said   bool          // somebody spoke
	over   bool          // the line that moves has ended
}

func newStage(c *cli, cfg *config.Config, asJSON bool) *stage {
	s := &stage{out: c.out, colour: cfg.Terminal.Colour, json: asJSON, level: capture.Level{Peak: capture.Silence, RMS: capture.Silence}}
	if f, ok := c.out.(*os.File); ok && !asJSON && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		s.moves = f
	}
	return s
}

// show is told what happens.
func (s *stage) show(e mic.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return // nobody reads any more
	}
	if e.Kind == mic.Metered {
		s.levels++
		s.level.Peak, s.level.RMS = max(s.level.Peak, e.Level.Peak), max(s.level.RMS, e.Level.RMS)
		if s.json && s.levels < 10 { // one a second
			return
		}
		e.Level = s.level
	}
	if s.json {
		s.fault = writeJSON(s.out, happeningOf(e))
	} else {
		s.fault = s.tell(e)
	}
	if e.Kind == mic.Metered {
		s.levels, s.level = 0, capture.Level{Peak: capture.Silence, RMS: capture.Silence}
	}
}

// tell shows people what happens.
func (s *stage) tell(e mic.Event) error {
	text := ""
	switch e.Kind {
	case mic.Changed:
		s.state = e.State
	case mic.Metered:
		s.level = e.Level
	case mic.Ignored:
		s.said = true
		if s.files {
			text = "Passed over: " + e.Why + "\n"
		}
	case mic.Heard:
		s.said = true
		text = fmt.Sprintf(bot.LabelsFor("").Heard, terminal.OneLine(e.Text)) + "\n"
	case mic.Missed:
		s.said = true
		text = "Not worked on: " + terminal.OneLine(e.Why) + "\n"
	case mic.Replied:
		return s.reply(*e.Reply)
	}
	if s.moves == nil {
		_, err := io.WriteString(s.out, text)
		return err
	}
	_, err := io.WriteString(s.out, eraseLine+text+s.meter())
	return err
}

// reply shows a reply, laid out as wide as the terminal is.
func (s *stage) reply(r bot.Reply) error {
	r.Heard = "" // it is shown already
	before, after := "", "\n"
	if s.moves != nil {
		before, after = eraseLine, "\n"+s.meter()
	}
	if _, err := io.WriteString(s.out, before); err != nil {
		return err
	}
	if err := terminal.Print(s.out, s.colour, r); err != nil {
		return err
	}
	_, err := io.WriteString(s.out, after)
	return err
}

// meter gives the line that moves: no longer than fits, since only one line can be
// taken back.
func (s *stage) meter() string {
	columns := usualColumns
	if n, _, err := term.GetSize(int(s.moves.Fd())); err == nil && n > 0 {
		columns = n
	}
	line := fmt.Sprintf(" %4.0f dB  %s", max(s.level.RMS, -99), s.state)
	width := min(meterWidth, columns-len(line)-len("[]")-1)
	if width < meterLeast {
		return line[:max(0, min(len(line), columns-1))]
	}
	full := int((s.level.RMS - meterFloor) / -meterFloor * float64(width))
	full = min(max(full, 0), width)
	return "[" + strings.Repeat("#", full) + strings.Repeat(" ", width-full) + "]" + line
}

// silent tells people where nothing came of the files that were played, and gives what
// went wrong with showing what happened.
func (s *stage) silent() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil || s.json || !s.files || s.said {
		return s.fault
	}
	text := "Nobody speaks in it.\n"
	if s.pushed {
		text = "It was never told to listen, which it waits for.\n"
	}
	if s.moves != nil {
		text = eraseLine + text
	}
	_, s.fault = io.WriteString(s.out, text)
	return s.fault
}

// close ends the line that moves.
func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moves != nil && s.fault == nil {
		_, s.fault = io.WriteString(s.out, eraseLine)
	}
	s.over = true
}

// keys has Enter and the space bar push, and Ctrl-C stop, where somebody sits at the
// terminal; the function that it gives sets the terminal back. A read that waits for a
// key then waits on: the process is expected to end.
func (s *stage) keys(ctx context.Context, stop, push func()) (back func()) {
	in := int(os.Stdin.Fd())
	if s.moves == nil || !term.IsTerminal(in) {
		return func() {}
	}
	back, err := eachKey(in)
	if err != nil {
		back = func() {} // Enter goes as well
	}
	go func() {
		key := make([]byte, 1)
		for ctx.Err() == nil {
			if n, err := os.Stdin.Read(key); n == 0 || err != nil {
				return
			}
			switch key[0] {
			case ' ', '\n', '\r':
				push()
			case 'q', 4: // Ctrl-D
				stop()
			}
		}
	}()
	return back
}

// A happening is the JSON form of an event. Its fields stay what they are as long as V
// is 1.
type happening struct {
	V          int           `json:"v"`
	Event      mic.EventKind `json:"event"`
	AtMS       int64         `json:"at_ms"` // of the sound, since the beginning
	State      mic.State     `json:"state,omitempty"`
	PeakDB     *float64      `json:"peak_db,omitempty"` // below full scale
	RMSDB      *float64      `json:"rms_db,omitempty"`
	Text       *string       `json:"text,omitempty"` // that was heard, without the wake phrase
	Engine     string        `json:"engine,omitempty"`
	Confidence *float64      `json:"confidence,omitempty"`
	TookMS     *float64      `json:"took_ms,omitempty"` // by the recogniser
	Why        string        `json:"why,omitempty"`
	Reply      *answer       `json:"reply,omitempty"`
	OverheadMS *float64      `json:"overhead_ms,omitempty"` // from the end of what was said until the decision, without the recogniser and the silence
}

func happeningOf(e mic.Event) happening {
	h := happening{V: 1, Event: e.Kind, AtMS: e.At.Milliseconds(), State: e.State, Why: e.Why}
	ms := func(d time.Duration) *float64 {
		v := float64(d.Microseconds()) / 1000
		return &v
	}
	tenth := func(v float64) *float64 {
		v = float64(int(v*10)) / 10
		return &v
	}
	switch e.Kind {
	case mic.Metered:
		h.PeakDB, h.RMSDB = tenth(e.Level.Peak), tenth(e.Level.RMS)
	case mic.Heard:
		h.Text = &e.Text
		if t := e.Transcript; t != nil {
			h.Engine, h.Confidence, h.TookMS = t.Engine, &t.Confidence, ms(t.Took)
		}
	case mic.Replied:
		a := answerOf(*e.Reply, false)
		h.Reply, h.OverheadMS = &a, ms(e.Overhead)
	}
	return h
}
