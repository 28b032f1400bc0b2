package app

import (
	"errors"
	"fmt"

	"frontdesk/asr/vad"
	"frontdesk/internal/config"
	"frontdesk/internal/ort"
)

// A Detector finds where somebody speaks, and is open. It is safe for concurrent
// use.
type Detector struct {
	vad.Detector
	Name    string
	closers []func() error
}

// OpenDetector opens Silero's detector. The caller must Close it.
func OpenDetector(cfg *config.Config) (*Detector, error) {
	rt, err := ort.Open(cfg.ONNXRuntime)
	if err != nil {
		return nil, fmt.Errorf("what finds where somebody speaks: %w", err)
	}
	s, err := vad.Open(rt)
	if err != nil {
		return nil, errors.Join(err, rt.Close())
	}
	return &Detector{Detector: s, Name: "Silero by ONNX Runtime " + rt.Version(), closers: []func() error{rt.Close, s.Close}}, nil
}

// Close gives back what it holds.
func (d *Detector) Close() error { return closeAll(d.closers) }
