// Package wyoming recognises speech with a server of the Wyoming protocol, as Home
// Assistant's add-ons for faster-whisper, whisper.cpp and Vosk are:
// https://github.com/OHF-Voice/wyoming. It holds the protocol's events, too: a line of
// JSON each, followed by data in JSON and a payload whose lengths the line says. The event
// transcript carries one text, its language and a context (wyoming/asr.py there), so that a
// transcript has no Alternatives.
package wyoming

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/asr"

	"golang.org/x/sync/semaphore"
)

const (
	// Name is that of the engine in a transcript.
	Name = "wyoming"
	// chunk is how many samples one event carries: 64 ms.
	chunk = 1024
	// maxEvents bounds what a server says before its answer.
	maxEvents = 10_000
	// maxTerms bounds the words that are told beforehand.
	maxTerms = 100
	// maxSaid is how many characters of a server's own words are shown.
	maxSaid = 200
	// atOnce is how many recordings are sent at the same time; others wait.
	atOnce = 8
)

// Types of events.
const (
	describe   = "describe"
	info       = "info"
	transcribe = "transcribe"
	audioStart = "audio-start"
	audioChunk = "audio-chunk"
	audioStop  = "audio-stop"
	transcript = "transcript"
	problem    = "error"
)

// An Engine is a server. It is safe for concurrent use: every recording has a
// connection of its own.
type Engine struct {
	config           Config
	network, address string
	places           *semaphore.Weighted
}

// Open makes an engine of a configuration that [Config.Check] has nothing against.
// It connects to nothing.
func Open(c Config) (*Engine, error) {
	network, address, err := c.place()
	if err != nil {
		return nil, fmt.Errorf("speech.wyoming.address: %w", err)
	}
	return &Engine{config: c, network: network, address: address, places: semaphore.NewWeighted(atOnce)}, nil
}

// Host is that of the server, with its port; empty for a socket of this machine.
func (e *Engine) Host() string {
	if e.network == "unix" {
		return ""
	}
	return e.address
}

// String names the server.
func (e *Engine) String() string {
	if e.config.Model == "" {
		return "the Wyoming server at " + e.address
	}
	return e.config.Model + " of the Wyoming server at " + e.address
}

// Transcribe implements [asr.Recognizer]. The protocol does not tell how sure a
// server is, so it is believed.
func (e *Engine) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	start := time.Now()
	events, err := e.question(c, h)
	if err != nil {
		return asr.Transcript{}, err
	}
	var heard struct {
		Text     string `json:"text"`
		Language string `json:"language"`
	}
	answer, err := e.ask(ctx, events, transcript)
	if err == nil {
		err = e.explained(answer.Into(&heard))
	}
	if err != nil {
		return asr.Transcript{}, err
	}
	t := asr.Transcript{Text: strings.Join(strings.Fields(heard.Text), " "), Language: heard.Language, Engine: Name, Sound: c.Duration(), Took: time.Since(start)}
	if t.Text != "" {
		t.Confidence = 1
	}
	return t, nil
}

// question gives the events of a recording.
func (e *Engine) question(c asr.Clip, h asr.Hints) (wire []byte, err error) {
	add := func(kind string, data any, payload []byte) {
		if err != nil {
			return
		}
		var event Event
		if event, err = NewEvent(kind, data, payload); err == nil {
			wire, err = AppendEvent(wire, event)
		}
	}
	language, _, _ := strings.Cut(h.Language, "-")
	add(transcribe, struct {
		Name     string   `json:"name,omitempty"`
		Language string   `json:"language,omitempty"`
		Terms    []string `json:"transcript_terms,omitempty"`
	}{e.config.Model, strings.ToLower(language), h.Words[:min(len(h.Words), maxTerms)]}, nil)
	type format struct {
		Rate     int `json:"rate"`
		Width    int `json:"width"`
		Channels int `json:"channels"`
		// Timestamp is in milliseconds.
		Timestamp int `json:"timestamp"`
	}
	add(audioStart, format{asr.SampleRate, 2, 1, 0}, nil)
	for at := 0; at < len(c.Samples); at += chunk {
		samples := c.Samples[at:min(at+chunk, len(c.Samples))]
		add(audioChunk, format{asr.SampleRate, 2, 1, at * 1000 / asr.SampleRate}, pcm(samples))
	}
	add(audioStop, struct {
		Timestamp int `json:"timestamp"`
	}{len(c.Samples) * 1000 / asr.SampleRate}, nil)
	return wire, err
}

// pcm gives samples as numbers of 16 bits, little-endian.
func pcm(samples []float32) []byte {
	b := make([]byte, 0, 2*len(samples))
	for _, s := range samples {
		if s != s {
			s = 0
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(float64(min(1, max(-1, s)))*math.MaxInt16))))
	}
	return b
}

// ask sends events and waits for one of a kind.
func (e *Engine) ask(ctx context.Context, wire []byte, want string) (answer Event, err error) {
	timed, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	if err := e.places.Acquire(timed, 1); err != nil {
		return Event{}, e.broken(ctx, err)
	}
	defer e.places.Release(1)
	conn, err := (&net.Dialer{}).DialContext(timed, e.network, e.address)
	if err != nil {
		return Event{}, e.broken(ctx, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(timed, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // what waits for it ends
	defer stop()
	// A server may talk while it is being talked to.
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(wire)
		written <- err
	}()
	answer, err = e.wait(bufio.NewReader(conn), want)
	if err != nil {
		_ = conn.Close() // so that the writing ends
		if w := <-written; w != nil && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) && !errors.Is(w, net.ErrClosed) {
			err = w
		}
		if timed.Err() != nil {
			err = timed.Err()
		}
		return Event{}, e.broken(ctx, err)
	}
	_ = conn.Close() // it has answered; whether it had heard all is its own affair
	<-written
	return answer, nil
}

// wait reads events until one of a kind comes.
func (e *Engine) wait(r *bufio.Reader, want string) (Event, error) {
	for range maxEvents {
		event, err := ReadEvent(r)
		if err != nil {
			return Event{}, err
		}
		switch event.Type {
		case want:
			return event, nil
		case problem:
			var said struct {
				Text string `json:"text"`
				Code string `json:"code"`
			}
			if err := event.Into(&said); err != nil {
				return Event{}, err
			}
			return Event{}, &saidError{quoted(strings.TrimSpace(said.Code + " " + said.Text))}
		}
	}
	return Event{}, fmt.Errorf("%w: %d events and no %s", ErrProtocol, maxEvents, want)
}

// A saidError is an error that a server tells.
type saidError struct{ text string }

func (e *saidError) Error() string { return "it tells an error: " + e.text }

// broken says why there is no answer. One that was called off is just that.
func (e *Engine) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("asking the Wyoming server at %s: %w", e.address, context.Cause(ctx))
	}
	return e.explained(err)
}

// explained says what to do about an error; nil for nil.
func (e *Engine) explained(err error) error {
	do := "is the server running, and address: right?"
	var said *saidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said):
		do = "its log may say more"
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("it did not answer within %s", e.config.Timeout)
		do = "write a longer timeout: under speech: wyoming:"
	case errors.Is(err, ErrProtocol):
		do = "is address: that of a Wyoming server for speech to text?"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it closed the connection before it had answered")
		do = "its log may say more"
	}
	return fmt.Errorf("the Wyoming server at %s: %w; %s", e.address, err, do)
}

// quoted shows a text of a stranger on one line and not too long.
func quoted(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(text); len(runes) > maxSaid {
		text = string(runes[:maxSaid]) + "…"
	}
	return strconv.Quote(text)
}
