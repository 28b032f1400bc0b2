package vad

import "math"

// What adapts the wait for the end of an utterance: tuned on sentences of synthetic
// voices with pauses in the noise of a kitchen (TestSynthetic), where a fixed wait
// that is as long on average cuts several times as many of them in two.
const (
	shortSpeech, shortFactor = 12, 1.5 // up to 0.4 s of speech
	longSpeech, longFactor   = 63, 0.8 // from 2 s on
	shortPause               = 8       // 256 ms: less is no pause of somebody who thinks
)

// wait gives the frames of silence that end the utterance.
func (s *Segmenter) wait() int {
	part := float64(min(max(s.speech, shortSpeech), longSpeech)-shortSpeech) / (longSpeech - shortSpeech)
	wait := int(math.Ceil(float64(s.c.endSilence) * (shortFactor + part*(longFactor-shortFactor))))
	if s.longest > shortPause {
		wait = max(wait, s.longest+(s.longest+3)/4)
	}
	return min(wait, 2*s.c.endSilence)
}

// A noise is the level of the sound while nobody speaks, in decibels of full scale.
type noise struct {
	floor float64
	known bool
}

const (
	silence   = -90.0 // decibels: what is below counts as it
	learnRate = 1.0 / 32
	fallen    = 6.0 // decibels above the noise that count as having come near it
)

// level gives that of a frame.
func (noise) level(frame []float32) float64 {
	var sum float64
	for _, x := range frame {
		sum += float64(x) * float64(x)
	}
	return max(10*math.Log10(sum/float64(len(frame))), silence)
}

// learn takes the level of a frame without speech.
func (n *noise) learn(level float64) {
	if !n.known {
		*n = noise{floor: level, known: true}
	}
	n.floor += learnRate * (level - n.floor)
}

// above says whether a level is well above the noise.
func (n *noise) above(level float64) bool { return n.known && level > n.floor+fallen }
