package vad

import (
	"fmt"
	"time"
)

// Config is the section speech.vad: of config.yaml.
type Config struct {
	// Threshold is the probability of speech from which on somebody begins to
	// speak, above 0 and below 1.
	Threshold float64 `yaml:"threshold"`
	// EndThreshold is the probability below which who speaks is silent, above 0 and
	// at most Threshold: the gap between the two bridges soft sounds within words.
	EndThreshold float64 `yaml:"end_threshold"`
	// MinSpeech is how much sure speech makes an utterance, from 0 to 2 s; less is a
	// click or a cough, and dropped. A frame counts by where its probability is
	// between EndThreshold and 1.
	MinSpeech time.Duration `yaml:"min_speech"`
	// PreRoll is how much sound before the first sure frame belongs to an utterance,
	// from 0 to 2 s: words begin softly.
	PreRoll time.Duration `yaml:"pre_roll"`
	// PostRoll is how much sound after the last sure frame belongs to it, from 0 to 2 s.
	PostRoll time.Duration `yaml:"post_roll"`
	// EndSilence is for how long somebody must be silent until the utterance is
	// over, from 100 ms to 5 s. It is adapted to how they speak, see [Segmenter].
	EndSilence time.Duration `yaml:"end_silence"`
	// MaxLength is where an utterance that does not end is cut, from 2 s to 5 min.
	MaxLength time.Duration `yaml:"max_length"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config {
	return Config{
		Threshold: 0.5, EndThreshold: 0.35,
		MinSpeech: 160 * time.Millisecond,
		PreRoll:   640 * time.Millisecond, PostRoll: 960 * time.Millisecond,
		EndSilence: 600 * time.Millisecond,
		MaxLength:  28 * time.Second, // within the 30 s that whisper hears at once
	}
}

// Check reports every setting out of its range.
func (c Config) Check(report func(key, what, do string)) {
	if !(c.Threshold > 0 && c.Threshold < 1) {
		report("threshold", fmt.Sprintf("%v is no probability between 0 and 1", c.Threshold), "write a number such as 0.5")
	}
	if !(c.EndThreshold > 0 && c.EndThreshold <= c.Threshold) {
		report("end_threshold", fmt.Sprintf("%v is not above 0 and at most the threshold", c.EndThreshold),
			"write a number somewhat below the threshold, such as 0.35")
	}
	for _, d := range []struct {
		key         string
		value       time.Duration
		least, most time.Duration
	}{
		{"min_speech", c.MinSpeech, 0, 2 * time.Second},
		{"pre_roll", c.PreRoll, 0, 2 * time.Second},
		{"post_roll", c.PostRoll, 0, 2 * time.Second},
		{"end_silence", c.EndSilence, 100 * time.Millisecond, 5 * time.Second},
		{"max_length", c.MaxLength, 2 * time.Second, 5 * time.Minute},
	} {
		if d.value < d.least || d.value > d.most {
			report(d.key, fmt.Sprintf("%v is out of range", d.value), fmt.Sprintf("write a time between %v and %v", d.least, d.most))
		}
	}
}

// frames gives how many frames a time takes, rounded up.
func frames(d time.Duration) int { return int((d + frameTime - 1) / frameTime) }
