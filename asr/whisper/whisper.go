// Package whisper recognises speech with whisper.cpp, in this process and on its
// processor. It is the only importer of its Go binding. The library comes with
// the build tag whisper; without it the package compiles, and [Open] and [OpenVAD]
// say what is missing.
package whisper

import (
	"errors"
	"time"
)

// ErrBusy is of a clip that came while as many were being recognised, and as many
// were waiting, as the configuration allows.
var ErrBusy = errors.New("as many recordings wait to be recognised as may; say it again in a moment, " +
	"or raise speech.whisper.queue")

// ErrClosed is of an engine that was closed.
var ErrClosed = errors.New("the recogniser is closed")

// An Info describes a model.
type Info struct {
	File         string
	Type         string // "tiny", "base", "small", "medium", "large", or "unknown"
	Multilingual bool
	Quantisation string // "f16", "q5_1", …
	Size         int64  // of the file, in bytes
	Weights      bool   // false: a file for tests, which hears nothing

	languages int // that have a token, from the library's first on
}

// Stats count what an engine does.
type Stats struct {
	Model   Info
	Running int // recordings being recognised
	Waiting int // recordings that wait for a state
	States  int // states that were made for the model in use, and are kept
	Runs    int64
	Stopped int64 // runs that ended because their context did
	Refused int64 // recordings that [ErrBusy] met
	Sound   time.Duration
	Took    time.Duration // of computing, waiting apart
}
