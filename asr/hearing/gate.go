package hearing

import (
	"bytes"
	"compress/zlib"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/asr"
)

// The rule of Whisper for what is no speech, and the bound on what repeats itself:
// A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision",
// 2022, section 4.5.
const (
	noSpeechAbove     = 0.6
	lowLogProbability = -1.0
	maxCompression    = 2.4
)

const (
	// unsureLogProbability is where a text is not told at all: its tokens have a
	// probability of a fifth.
	unsureLogProbability = -1.6
	// fits is the margin from which on an expected sentence speaks for what was heard.
	fits = -0.5

	// A known invention is believed where the signals are strong: as much speech as
	// this, and no doubt of the engine's.
	enoughSpeech    = 400 * time.Millisecond
	weakNoSpeech    = 0.3
	weakProbability = -0.6

	// fastest is how many characters a second nobody speaks: auctioneers come to
	// thirty. It counts from minCharacters on.
	fastest       = 45
	minCharacters = 30
)

// gate holds a text back that was not said.
func gate(t asr.Transcript, p piece) asr.Transcript {
	if t.Text == "" {
		return t
	}
	switch {
	case isAnnotation(t.Text), t.NoSpeech > noSpeechAbove && t.LogProbability < lowLogProbability:
		return heldBack(t, asr.NoSpeech)
	case t.Compression > maxCompression, loops(t.Text):
		return heldBack(t, asr.Repetition)
	case tooFast(t.Text, p):
		return heldBack(t, asr.Invented)
	case t.LogProbability < unsureLogProbability && !(t.Expected.Measured && t.Expected.Text != "" && t.Expected.Margin >= fits):
		return heldBack(t, asr.Unsure)
	case isInvention(t.Text) && weak(t, p) && words(t.Expected.Text) != words(t.Text):
		return heldBack(t, asr.Invented)
	}
	return t
}

// heldBack gives a transcript without what was read, so that it can be said what it
// might have been.
func heldBack(t asr.Transcript, gate string) asr.Transcript {
	return asr.Transcript{Language: t.Language, NoSpeech: t.NoSpeech, LogProbability: t.LogProbability, Compression: t.Compression,
		Engine: t.Engine, Gate: gate, Trouble: t.Trouble}
}

// weak says whether little speaks for a text. Where neither the engine nor a
// detector says anything, nothing does.
func weak(t asr.Transcript, p piece) bool {
	if t.NoSpeech > weakNoSpeech || t.LogProbability < weakProbability {
		return true
	}
	if p.speech >= 0 {
		return p.speech < enoughSpeech
	}
	return t.LogProbability == 0
}

// tooFast says whether nobody can have said so much in so little time.
func tooFast(text string, p piece) bool {
	n := utf8.RuneCountInString(text)
	return n >= minCharacters && float64(n) > fastest*p.clip.Duration().Seconds()
}

// compression gives how often a text holds its own content, as Whisper measures it.
func compression(text string) float64 {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, err := w.Write([]byte(text))
	if closed := w.Close(); err != nil || closed != nil {
		return 0 // memory never fails
	}
	return float64(len(text)) / float64(packed.Len())
}

// loops says whether a text goes round in circles: up to maxLoop words that come
// minTurns times in a row or more, and make up most of it. A short text compresses
// too badly to be found by that.
func loops(text string) bool {
	const maxLoop, minTurns, minWords = 6, 4, 8
	w := strings.Fields(words(text))
	for n := 1; n <= maxLoop; n++ {
		run := 0 // words that are the same as those n before
		for i := n; i < len(w); i++ {
			if w[i] != w[i-n] {
				run = 0
				continue
			}
			run++
			if whole := run + n; whole >= max(minWords, n*minTurns) && 2*whole > len(w) {
				return true
			}
		}
	}
	return false
}

// isAnnotation says whether a text tells of a sound and not what was said, as
// "[BLANK_AUDIO]", "(music)", "*sighs*" or "♪".
func isAnnotation(text string) bool {
	depth, inStars := 0, false
	for _, r := range text {
		switch {
		case r == '[' || r == '(' || r == '{' || r == '<':
			depth++
		case r == ']' || r == ')' || r == '}' || r == '>':
			depth = max(0, depth-1)
		case r == '*':
			inStars = !inStars
		case depth == 0 && !inStars && isWordRune(r):
			return false
		}
	}
	return true
}
