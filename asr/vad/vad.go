// Package vad finds the speech in sound: a [Detector] tells for every frame how
// likely it is that somebody speaks, and a [Segmenter] makes of that where an
// utterance begins and ends.
package vad

import (
	"time"

	"frontdesk/asr"
)

// Frame is the number of samples that a detector judges at once: 32 ms.
const Frame = 512

// frameTime is the length of a frame.
const frameTime = Frame * time.Second / asr.SampleRate

// A Detector makes streams. It is safe for concurrent use.
type Detector interface {
	// Stream begins a new stream of sound, which must be closed.
	Stream() (Stream, error)
}

// A Stream judges one stream of sound, frame after frame; what it heard before
// enters its judgement. It is not safe for concurrent use.
type Stream interface {
	// Probability that somebody speaks in a frame, in [0, 1]. The frame has
	// [Frame] samples of 16 kHz in [-1, 1], and is not kept.
	Probability(frame []float32) (float32, error)
	// Reset forgets what was heard.
	Reset()
	Close() error
}
