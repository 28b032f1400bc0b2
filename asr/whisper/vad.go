//go:build whisper && cgo

package whisper

// #include "shim.h"
import "C"

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"unsafe"

	"frontdesk/asr/vad"
)

// silero is the voice-activity detector Silero VAD 6.2.0 in whisper.cpp's format
// (https://github.com/snakers4/silero-vad, MIT: see silero-v6.2.0.LICENSE).
//
//go:embed silero-v6.2.0.bin
var silero []byte

// A VAD is the voice-activity detector that comes with whisper.cpp, Silero: a
// [vad.Detector]. It is safe for concurrent use. It judges a frame by itself, where
// the model under ONNX Runtime also gets the last samples before it.
type VAD struct {
	model []byte

	mu     sync.Mutex
	closed bool
}

// OpenVAD reads a detector from a file in whisper.cpp's format, or takes the one that
// is built in where file is empty.
func OpenVAD(file string) (*VAD, error) {
	logging.Do(logToGo)
	v := &VAD{model: silero}
	if file == "" {
		return v, nil
	}
	model, err := readVAD(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	v.model = model
	return v, nil
}

func readVAD(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, brief(err)
	}
	defer f.Close() // it was only read
	return readVADReader(f)
}

// Stream makes the state of one stream of sound.
func (v *VAD) Stream() (vad.Stream, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil, errors.New("the voice-activity detector is closed")
	}
	c := C.fd_vad_load(unsafe.Pointer(&v.model[0]), C.size_t(len(v.model)))
	if c == nil {
		return nil, errors.New("whisper.cpp cannot load the voice-activity detector; the log says why at the level debug")
	}
	return &vadStream{c: c}, nil
}

// Close lets no more streams be made. Those that there are go on.
func (v *VAD) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	return nil
}

// A vadStream is the state of one stream of sound. It is not safe for concurrent use.
type vadStream struct{ c *C.struct_whisper_vad_context }

// Probability is that of speech in the next 512 samples, 32 ms at 16 kHz. It depends
// on those before.
func (s *vadStream) Probability(samples []float32) (float32, error) {
	switch {
	case s.c == nil:
		return 0, errors.New("the stream of voice activity is closed")
	case len(samples) != vad.Frame:
		return 0, fmt.Errorf("voice activity is told of %d samples at once, not of %d", vad.Frame, len(samples))
	}
	var p [1]float32
	if err := s.frames(samples, p[:]); err != nil {
		return 0, err
	}
	return p[0], nil
}

// frames gives the probability of each of the next frames.
func (s *vadStream) frames(samples []float32, into []float32) error {
	code := C.fd_vad_frames(s.c, (*C.float)(&samples[0]), C.int(len(samples)), (*C.float)(&into[0]), C.int(len(into)))
	if code != 0 || slices.ContainsFunc(into, func(p float32) bool { return !(p >= 0 && p <= 1) }) {
		return errors.New("whisper.cpp cannot tell whether there is speech; the log says why at the level debug")
	}
	return nil
}

// Reset forgets what was heard.
func (s *vadStream) Reset() {
	if s.c != nil {
		C.whisper_vad_reset_state(s.c)
	}
}

// Close frees the stream. It may be called more than once.
func (s *vadStream) Close() error {
	if s.c != nil {
		C.whisper_vad_free(s.c)
		s.c = nil
	}
	return nil
}
