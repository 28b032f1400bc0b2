package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"frontdesk/asr"
)

// maxSegments bounds how many parts of an answer are looked at.
const maxSegments = 10_000

// An answer is what a server says, in json or verbose_json; all but text may be
// missing.
type answer struct {
	Text     *string   `json:"text"`
	Language string    `json:"language"` // "en", or "english"
	Segments []segment `json:"segments"`
	// Logprobs are of the tokens, from models of OpenAI that have no segments.
	Logprobs []struct {
		Token   string  `json:"token"`
		Logprob float64 `json:"logprob"`
	} `json:"logprobs"`
}

type segment struct {
	Text        string            `json:"text"`
	Start       float64           `json:"start"` // in seconds
	End         float64           `json:"end"`
	Tokens      []json.RawMessage `json:"tokens"` // their numbers, of which only the count is of use
	Logprob     float64           `json:"avg_logprob"`
	Compression float64           `json:"compression_ratio"`
	NoSpeech    float64           `json:"no_speech_prob"`
	// Words are those of whisper.cpp's server.
	Words []struct {
		Word        string  `json:"word"`
		Probability float64 `json:"probability"`
	} `json:"words"`
}

// A saidError is an error that a server tells as if all were well.
type saidError struct{ text string }

func (e *saidError) Error() string { return e.text }

// read takes an answer apart.
func read(body []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("no answer of this API: %w", err)
	}
	if a.Text == nil {
		if said := errorIn(body); said != "" {
			return a, &saidError{said}
		}
		return a, errors.New("an answer without a text")
	}
	if len(a.Segments) > maxSegments || len(a.Logprobs) > maxSegments {
		return a, fmt.Errorf("more than %d segments", maxSegments)
	}
	return a, nil
}

// transcript gives what an answer says.
func (a answer) transcript() asr.Transcript {
	t := asr.Transcript{Text: strings.Join(strings.Fields(*a.Text), " "), Language: code(a.Language)}
	var weight, logprob, noSpeech float64
	for _, s := range a.Segments {
		w := float64(max(1, len(s.Tokens), len(s.Words)))
		weight += w
		logprob += w * likely(s.Logprob)
		noSpeech += w * s.NoSpeech
		t.Compression = max(t.Compression, s.Compression)
		t.Segments = append(t.Segments, s.segment())
	}
	for _, l := range a.Logprobs {
		weight++
		logprob += likely(l.Logprob)
	}
	if weight > 0 {
		t.LogProbability, t.NoSpeech = logprob/weight, min(1, max(0, noSpeech/weight))
	}
	if t.Text == "" {
		t.Segments, t.LogProbability = nil, 0
		return t
	}
	t.Confidence = math.Exp(t.LogProbability) // a server that does not say is believed
	return t
}

// likely gives a log-probability, of any number.
func likely(logprob float64) float64 { return min(0, max(-1000, logprob)) }

func (s segment) segment() asr.Segment {
	out := asr.Segment{Start: seconds(s.Start), End: seconds(s.End), Text: strings.TrimSpace(s.Text)}
	for _, w := range s.Words {
		out.Tokens = append(out.Tokens, asr.Token{Text: w.Word, Probability: min(1, max(0, w.Probability))})
	}
	return out
}

// seconds gives a time, of any number.
func seconds(s float64) time.Duration {
	const day = 24 * 60 * 60
	return time.Duration(min(day, max(0, s)) * float64(time.Second))
}

// code gives a language as BCP 47; Whisper names some in full. "" where it is not
// known.
func code(language string) string {
	language = strings.ToLower(language)
	if n := len(language); n == 2 || n == 3 {
		return language
	}
	return codes[language]
}

var codes = map[string]string{
	"arabic": "ar", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr", "czech": "cs", "danish": "da", "dutch": "nl",
	"english": "en", "estonian": "et", "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi",
	"hungarian": "hu", "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko", "latvian": "lv", "lithuanian": "lt",
	"norwegian": "no", "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr",
	"slovak": "sk", "slovenian": "sl", "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
	"welsh": "cy",
}
