package whisper

import (
	"bytes"
	"compress/zlib"
	"math"
	"strings"
	"time"

	"frontdesk/asr"
)

// Bounds on the sound.
const (
	longest    = time.Hour
	maxSamples = int(longest/time.Second) * asr.SampleRate
	minSamples = asr.SampleRate / 10 // less is no speech, and the library refuses it
	// short sound is taken for one text without times.
	short = 10 * time.Second
)

// The encoder's positions: 50 for each second of sound.
const (
	positions = 50
	// minPositions are enough for 5 s. Fewer save little time, and models were trained
	// on windows of 1500.
	minPositions = 256
	// stepPositions is what they are rounded up to, so that ggml's blocks are full.
	stepPositions = 64
	// flashPositions takes its place with attention in one pass, in which whisper.cpp
	// (1.9.1, src/whisper.cpp, whisper_build_graph_encoder and _decoder) attends to the
	// next multiple of it: to zeros, or to what a longer recording left there.
	flashPositions = 256
)

// audioContext gives the positions to encode for samples and the silence after them, a
// multiple of step, and 0 for all of them.
func audioContext(samples int, margin time.Duration, most, step int) int {
	window := int(wholeWindow/time.Second) * asr.SampleRate
	samples += int(margin.Seconds() * asr.SampleRate)
	if samples >= window {
		return 0
	}
	n := (samples*positions + asr.SampleRate - 1) / asr.SampleRate
	n = max(minPositions, (n+step-1)/step*step)
	if n >= most {
		return 0
	}
	return n
}

// mostTokens bounds the text of a short clip: models that hear noise may repeat
// themselves to the end of their window. Nobody speaks faster than 8 words a second;
// what is not English may take several tokens a word.
func mostTokens(sound time.Duration, english bool) int {
	perSecond := 40.0
	if english {
		perSecond = 16
	}
	return 24 + int(math.Ceil(sound.Seconds()*perSecond))
}

// clean gives a copy of samples in [-1, 1] without what is no number: one such sample
// makes all that is computed of the sound none.
func clean(samples []float32) []float32 {
	cleaned := make([]float32, len(samples))
	for i, x := range samples {
		switch {
		case x >= -1 && x <= 1:
			cleaned[i] = x
		case x > 1:
			cleaned[i] = 1
		case x < -1:
			cleaned[i] = -1
		}
	}
	return cleaned
}

// trim makes the text of tokens proper: these may end inside a letter.
func trim(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", ""))
}

func join(texts []string) string { return strings.Join(texts, " ") }

// compression is the length of a text over its length when compressed, as
// compression_ratio in OpenAI's whisper/utils.py.
func compression(text string) float64 {
	if text == "" {
		return 0
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // into memory
	_ = w.Close()
	return float64(len(text)) / float64(b.Len())
}

// sureness gives the confidence in a text and the mean log-probability of its tokens.
// The confidence is that in its least sure word: one word that was misheard changes a
// command, however sure the others are.
func sureness(tokens []asr.Token) (confidence, mean float64) {
	if len(tokens) == 0 {
		return 0, 0
	}
	sum, confidence := 0.0, 1.0
	for _, t := range tokens {
		sum += math.Log(max(t.Probability, 1e-10))
	}
	for _, w := range asr.Words(tokens) {
		confidence = min(confidence, w.Probability)
	}
	return confidence, min(sum/float64(len(tokens)), 0)
}

// softmaxOf gives the probability of one of the tokens.
func softmaxOf(logits []float32, of int32) float64 {
	most := float32(math.Inf(-1))
	for _, x := range logits {
		most = max(most, x)
	}
	sum := 0.0
	for _, x := range logits {
		sum += math.Exp(float64(x - most))
	}
	if p := math.Exp(float64(logits[of]-most)) / sum; p >= 0 && p <= 1 {
		return p
	}
	return 0 // weights that are no numbers
}
