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
	meterWidth = 20  // characters
	meterFloor = -60 // dBFS
)

// A stage shows what happens while the desk listens: to people, with a line that
// moves below, or as JSON.
type stage struct {
	out    io.Writer
	colour terminal.Colour
	json   bool
	moves  bool // there is a line that moves

	mu     sync.Mutex // guards what follows
	state  mic.State
	level  capture.Level // the loudest since it was shown
	levels int           // that were not shown yet
	fault  error         // of writing; nothing is written after it
}

func newStage(c *cli, cfg *config.Config, asJSON bool) *stage {
	f, ok := c.out.(*os.File)
	return &stage{
		out: c.out, colour: cfg.Terminal.Colour, json: asJSON, level: capture.Level{Peak: capture.Silence, RMS: capture.Silence},
		moves: ok && !asJSON && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb",
	}
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
	case mic.Heard:
		text = fmt.Sprintf(bot.LabelsFor("").Heard, terminal.OneLine(e.Text)) + "\n"
	case mic.Missed:
		text = "Not worked on: " + terminal.OneLine(e.Why) + "\n"
	case mic.Replied:
		var b strings.Builder
		r := *e.Reply
		r.Heard = "" // it is shown already
		colour := s.colour
		if colour == terminal.Auto && s.moves && os.Getenv("NO_COLOR") == "" {
			colour = terminal.Always
		}
		if err := terminal.Print(&b, colour, r); err != nil {
			return err
		}
		text = b.String() + "\n"
	}
	if !s.moves {
		_, err := io.WriteString(s.out, text)
		return err
	}
	_, err := io.WriteString(s.out, "\r\x1b[K"+text+s.meter())
	return err
}

// meter gives the line that moves.
func (s *stage) meter() string {
	full := int((s.level.RMS - meterFloor) / -meterFloor * meterWidth)
	full = min(max(full, 0), meterWidth)
	return fmt.Sprintf("[%s%s] %4.0f dB  %s", strings.Repeat("#", full), strings.Repeat(" ", meterWidth-full), max(s.level.RMS, -99), s.state)
}

// close ends the line that moves.
func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moves && s.fault == nil {
		_, s.fault = io.WriteString(s.out, "\r\x1b[K")
	}
}

// keys has Enter and the space bar push, and Ctrl-C stop, where somebody sits at the
// terminal; the function that it gives sets the terminal back. A read that waits for a
// key then waits on: the process is expected to end.
func (s *stage) keys(ctx context.Context, stop, push func()) (back func()) {
	in := int(os.Stdin.Fd())
	if !s.moves || !term.IsTerminal(in) {
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
