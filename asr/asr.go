// Package asr holds the types of speech recognition: the sound that goes in,
// what is known of it beforehand, and the text that comes out.
package asr

import (
	"context"
	"time"
)

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

// A Recognizer turns sound into text. It stops when ctx ends, and is safe for
// concurrent use. It does not change or keep the samples. Sound in which nobody
// speaks gives a Transcript without Text, and no error.
type Recognizer interface {
	Transcribe(ctx context.Context, c Clip, h Hints) (Transcript, error)
}

// Hints are what is known of the sound beforehand. The zero value knows nothing.
// A recogniser takes what it can use of them.
type Hints struct {
	// Language as BCP 47: "en", "de-CH". Empty: what the recogniser is set to.
	Language string
	// Expected are the sentences that may well be said, such as the commands of a
	// base; nil where there are none. Anything else may be said all the same. Who says
	// one says it in less than 30 seconds and without longer pauses: in longer sound, and
	// in several stretches of speech, a recogniser need not look for any.
	Expected *Expected
	// Words are names and rare words of the base, the most telling first, spelt as
	// they are to be written.
	Words []string
	// Spoken is how long somebody speaks in the sound, where that has been found out
	// before, and it need not be looked for again; 0 where it has not.
	Spoken time.Duration
	// Unkept says that the recording is not to be kept, even where recordings are: it may
	// not have been meant for whoever hears it.
	Unkept bool
}

// A Transcript is what was heard. An empty Text is a normal result: nobody spoke.
type Transcript struct {
	// Text is the free reading: what was heard by a recogniser that expects
	// nothing in particular.
	Text     string
	Language string // as BCP 47: "en"; empty where the recogniser does not say
	// Alternatives are other free readings, likeliest first, none twice. Nil where the
	// recogniser knows none, or is sure.
	Alternatives []Alternative
	// Expected is the likeliest of the sentences in [Hints.Expected]; its Text is
	// empty where there were none, where all are so much less likely than Text that
	// nobody said them, and where the recogniser cannot tell.
	Expected Reading
	// Trouble says, in words for the owner, what kept the recogniser from telling what else
	// may have been said, which of the expected sentences or which alternatives, although it
	// recognised speech; empty for nothing.
	Trouble string
	// Confidence that Text is what was said, in [0, 1].
	Confidence float64
	// NoSpeech is the probability that nobody speaks, in [0, 1]; 0 where the
	// recogniser does not say. Of sound of more than 30 seconds, a recogniser may say it
	// of the first or the last 30 alone.
	NoSpeech float64
	// LogProbability is the mean natural log-probability of the tokens of Text; 0
	// where the recogniser does not say.
	LogProbability float64
	// Compression is how often Text holds its own content: its length over its
	// length when compressed. Above 2.4, Whisper repeats itself. 0 where there is no text.
	Compression float64
	// Segments are the parts of Text in the order of time, for subtitles. Nil where
	// the recogniser does not say when what was said.
	Segments []Segment
	// Engine names what made the transcript: "whisper", "openai", "wyoming", "exec".
	Engine string
	// Gate says, where Text is empty although something was recognised or there was
	// sound, what held it back, for those who ask why: [NoSpeech], [Unsure],
	// [Repetition] or [Invented]. Empty otherwise.
	Gate string
	// Sound is the length of the sound, Took how long it was worked on.
	Sound, Took time.Duration
}

// What holds a text back; see [Transcript].
const (
	NoSpeech   = "no speech"
	Unsure     = "unsure"
	Repetition = "repetition" // a decoder that goes round in circles
	Invented   = "invented"   // what models write where nobody speaks
)

// An Alternative is a free reading beside [Transcript.Text].
type Alternative struct {
	Text string
	// LogProbability is the mean natural log-probability of its tokens and its end, at
	// most 0; 0 where the recogniser does not say.
	LogProbability float64
}

// A Reading is one way to understand the sound.
type Reading struct {
	Text string
	// Margin is how much likelier this reading is than the free one, as a natural
	// logarithm for each of its tokens: near 0 where the sound fits this one as well,
	// well below 0 where it was forced. An engine that knows no more than the mean
	// log-probability of a token gives the difference of these. Only of meaning where
	// Measured.
	Margin   float64
	Measured bool // that the recogniser gives a Margin
}

// A Segment is a part of a transcript, from Start to End of the sound.
type Segment struct {
	Start, End time.Duration
	Text       string
	Tokens     []Token
}

// A Token is a piece of text, most often a word or less.
type Token struct {
	Text        string
	Probability float64 // in [0, 1]
}
