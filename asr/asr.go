// Package asr holds the types of speech recognition: the sound that goes in
// and the text that comes out.
package asr

import "time"

// SampleRate is that of every [Clip], in Hz; whisper.cpp asks for it.
const SampleRate = 16000

// A Clip is sound: 16 kHz mono, samples in [-1, 1].
type Clip struct {
	Samples []float32
}

// Duration gives the length of the sound.
func (c Clip) Duration() time.Duration {
	return time.Duration(len(c.Samples)) * time.Second / SampleRate
}

// A Transcript is what was heard. An empty Text is a normal result: nobody spoke.
type Transcript struct {
	Text         string
	Language     string   // as BCP 47: "en"
	Alternatives []string // other readings, likeliest first
	Confidence   float64  // in [0, 1]
}
