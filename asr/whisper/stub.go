//go:build !whisper || !cgo

package whisper

import (
	"context"
	"errors"

	"frontdesk/asr"
	"frontdesk/asr/vad"
)

// Built says whether this program has whisper.cpp in it.
const Built = false

var errNotBuilt = errors.New("this frontdesk was built without whisper.cpp; build it with `make build`, " +
	"which gets the library, or take a release, whose programs have it")

// An Engine is a model of Whisper that is ready to hear. There is none in a build
// without whisper.cpp.
type Engine struct{}

// Open gives an error in a build without whisper.cpp.
func Open(context.Context, string, Config) (*Engine, error) { return nil, errNotBuilt }

// Transcribe gives an error in a build without whisper.cpp.
func (*Engine) Transcribe(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) {
	return asr.Transcript{}, errNotBuilt
}

// Swap gives an error in a build without whisper.cpp.
func (*Engine) Swap(context.Context, string) error { return errNotBuilt }

// Stats gives zeros in a build without whisper.cpp.
func (*Engine) Stats() Stats { return Stats{} }

// Info gives nothing in a build without whisper.cpp.
func (*Engine) Info() Info { return Info{} }

// Close gives nothing back.
func (*Engine) Close() error { return nil }

// Version is that of whisper.cpp; empty in a build without it.
func Version() string { return "" }

// Processor says what of the processor the library uses; empty in a build without it.
func Processor() string { return "" }

// A VAD is the voice-activity detector that comes with whisper.cpp. There is none
// in a build without it.
type VAD struct{}

// OpenVAD gives an error in a build without whisper.cpp.
func OpenVAD(string) (*VAD, error) { return nil, errNotBuilt }

// Stream gives an error in a build without whisper.cpp.
func (*VAD) Stream() (vad.Stream, error) { return nil, errNotBuilt }

// Close gives nothing back.
func (*VAD) Close() error { return nil }
