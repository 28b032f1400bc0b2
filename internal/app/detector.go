package app

import (
	"errors"
	"fmt"

	"frontdesk/asr/vad"
	"frontdesk/asr/whisper"
	"frontdesk/internal/config"
	"frontdesk/internal/ort"
)

// A Detector finds where somebody speaks, and is open. It is safe for concurrent
// use.
type Detector struct {
	vad.Detector
	Name string // for people

	closers []func() error
}

// OpenDetector opens Silero's detector: in whisper.cpp where the program has it, else
// by ONNX Runtime. The error says what is missing. The caller must Close it, when
// its streams are closed.
func OpenDetector(cfg *config.Config) (*Detector, error) {
	if whisper.Built {
		v, err := whisper.OpenVAD("")
		if err != nil {
			return nil, err
		}
		return &Detector{Detector: v, Name: "Silero in whisper.cpp", closers: []func() error{v.Close}}, nil
	}
	rt, err := ort.Open(cfg.ONNXRuntime)
	if err != nil {
		return nil, fmt.Errorf("what finds speech in sound: %w", err)
	}
	s, err := vad.Open(rt)
	if err != nil {
		return nil, errors.Join(err, rt.Close())
	}
	return &Detector{Detector: s, Name: "Silero by ONNX Runtime " + rt.Version(), closers: []func() error{rt.Close, s.Close}}, nil
}

// Close gives back what it holds.
func (d *Detector) Close() error { return closeAll(d.closers) }
