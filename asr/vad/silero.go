package vad

import (
	"context"
	_ "embed"
	"fmt"

	"frontdesk/asr"
	"frontdesk/internal/ort"
)

// The detector of the Silero Team, https://github.com/snakers4/silero-vad at
// 806dcba; its licence is in silero_vad.LICENSE.
//
//go:embed silero_vad.onnx
var weights []byte

// What the model takes: a frame behind the end of the one before, and a state of
// two layers that it gives back for the next frame.
const (
	sileroContext = 64
	sileroState   = 2 * 1 * 128
)

// A Silero is Silero's detector, run by ONNX Runtime. It is safe for concurrent use.
type Silero struct {
	session *ort.Session
}

// Open gets the detector ready, which is part of the program. It must be closed.
func Open(rt *ort.Runtime) (*Silero, error) {
	// A frame is far too little work for two threads.
	s, err := rt.OpenModel("silero_vad.onnx", weights, ort.SessionOptions{Threads: 1})
	if err != nil {
		return nil, fmt.Errorf("opening the voice-activity detector: %w", err)
	}
	return &Silero{session: s}, nil
}

// Close waits for the frames that are being judged, and gives the memory back.
// The streams are of no use then.
func (d *Silero) Close() error {
	if err := d.session.Close(); err != nil {
		return fmt.Errorf("closing the voice-activity detector: %w", err)
	}
	return nil
}

// Stream begins a new stream of sound. It never fails.
func (d *Silero) Stream() (Stream, error) {
	s := &sileroStream{
		session: d.session,
		sound:   make([]float32, sileroContext+Frame),
		state:   make([]float32, sileroState),
		next:    make([]float32, sileroState),
		result:  make([]float32, 1),
	}
	s.in = []ort.Tensor{
		{Name: "input", Shape: []int64{1, sileroContext + Frame}, Data: s.sound},
		{Name: "state", Shape: []int64{2, 1, 128}, Data: s.state},
		{Name: "sr", Data: []int64{asr.SampleRate}},
	}
	s.out = []ort.Tensor{
		{Name: "output", Shape: []int64{1, 1}, Data: s.result},
		{Name: "stateN", Shape: []int64{2, 1, 128}, Data: s.next},
	}
	return s, nil
}

type sileroStream struct {
	session                    *ort.Session
	sound, state, next, result []float32
	in, out                    []ort.Tensor // of the above
}

func (s *sileroStream) Probability(frame []float32) (float32, error) {
	if len(frame) != Frame {
		return 0, fmt.Errorf("a frame of %d samples cannot be judged; it must have %d", len(frame), Frame)
	}
	copy(s.sound, s.sound[Frame:])
	copy(s.sound[sileroContext:], frame)
	// It takes much less than a millisecond: there is nothing to wait for.
	if err := s.session.RunInto(context.Background(), s.in, s.out); err != nil {
		return 0, fmt.Errorf("judging whether somebody speaks: %w", err)
	}
	copy(s.state, s.next)
	return s.result[0], nil
}

func (s *sileroStream) Reset() {
	clear(s.sound)
	clear(s.state)
}

// Close has nothing to give back: the detector holds the model.
func (s *sileroStream) Close() error { return nil }
