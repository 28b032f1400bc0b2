package vad

import (
	"fmt"
	"slices"
	"time"

	"frontdesk/asr"
)

// A Kind of event.
type Kind int

const (
	// Began: somebody speaks. It comes when enough of it was heard, see
	// Config.MinSpeech; the Start of its Segment says where the utterance began.
	Began Kind = iota + 1
	// Ended: an utterance is there, in Segment. One follows every Began; those of
	// which Segment.Cut is set come before it.
	Ended
	// Dropped: what seemed to begin at the Start of its Segment was too short to be
	// speech. There was no Began.
	Dropped
)

func (k Kind) String() string {
	return [...]string{"nothing", "began", "ended", "dropped"}[min(max(int(k), 0), 3)]
}

// An Event is what was found in a stream of sound.
type Event struct {
	Kind Kind
	// At is how many samples of the stream had been heard when it was known.
	At      int64
	Segment Segment // of Began and Dropped its Start alone
}

// A Segment is an utterance, with a little of the sound around it.
type Segment struct {
	Start int64 // the sample of the stream that it begins with
	Clip  asr.Clip
	// Speech is how much of it somebody speaks, pauses apart.
	Speech time.Duration
	// Cut says that the maximal length ended it, not the speaker: the next segment
	// begins with the sample after its last.
	Cut bool
}

// End is the sample of the stream behind the segment.
func (s Segment) End() int64 { return s.Start + int64(len(s.Clip.Samples)) }

// A Segmenter finds the utterances in a stream of sound. What it finds depends on
// the samples alone, not on how they were divided among calls of Write. It holds
// no more sound than Config.MaxLength, Config.PreRoll and 2 s. It is not safe for
// concurrent use.
//
// An utterance begins with a frame that reaches Config.Threshold and goes on until
// one is below Config.EndThreshold; after such a pause it takes Config.Threshold
// again. It has ended when the pause reaches Config.EndSilence, which is adapted:
//
//   - it is half as long again after little speech, because people say a word and
//     think, and shorter after much of it (see shortSpeech and longSpeech);
//   - who has paused before within the utterance gets a quarter more than the
//     longest of these pauses;
//   - a frame counts half while it is doubtful: one between the two thresholds, or
//     one after the last word whose sound has not yet come near the noise before
//     the utterance.
//
// The first two make the wait at most twice Config.EndSilence, and the third twice of that.
type Segmenter struct {
	stream Stream
	config Config
	c      inFrames

	frame  [Frame]float32 // not yet full
	filled int

	held   []float32 // sound from the frame number first on
	judged []float32 // the probabilities of held
	first  int64
	now    int64 // number of frames that were judged
	free   int64 // the first frame that no segment has
	noise  noise

	state    state
	begin    int64   // of the utterance
	last     int64   // the frame after the last one with speech
	speech   int     // frames with speech
	evidence float64 // of them, each by how sure it is
	pause    int     // frames since last
	quiet    int     // of which half frames of silence
	longest  int     // pause within the utterance
	trailing bool    // the level has not fallen since last
}

type state int

const (
	idle state = iota
	maybe
	speaking
)

// inFrames is what a Config says, in frames.
type inFrames struct {
	minSpeech                                float64
	preRoll, postRoll, endSilence, maxLength int
}

// doubt is how long it takes until too little speech is given up: 256 ms.
const doubt = 8

// NewSegmenter makes one that listens with a stream, which stays the caller's to
// close. What is out of range in c is as in [DefaultConfig].
func NewSegmenter(stream Stream, c Config) *Segmenter {
	d := DefaultConfig()
	c.Check(func(key, _, _ string) {
		switch key {
		case "threshold", "end_threshold":
			c.Threshold, c.EndThreshold = d.Threshold, d.EndThreshold
		case "min_speech":
			c.MinSpeech = d.MinSpeech
		case "pre_roll":
			c.PreRoll = d.PreRoll
		case "post_roll":
			c.PostRoll = d.PostRoll
		case "end_silence":
			c.EndSilence = d.EndSilence
		case "max_length":
			c.MaxLength = d.MaxLength
		}
	})
	s := &Segmenter{stream: stream, config: c, c: inFrames{
		minSpeech: float64(c.MinSpeech) / float64(frameTime), preRoll: frames(c.PreRoll), postRoll: frames(c.PostRoll),
		endSilence: frames(c.EndSilence), maxLength: frames(c.MaxLength),
	}}
	s.Reset()
	return s
}

// Reset forgets what was heard; the next sample is number 0 of a new stream.
func (s *Segmenter) Reset() {
	s.stream.Reset()
	s.filled, s.held, s.judged = 0, s.held[:0], s.judged[:0]
	s.first, s.now, s.free = 0, 0, 0
	s.noise, s.state = noise{}, idle
}

// Speaking says whether somebody speaks: there was a Began, and not yet the Ended
// that belongs to it.
func (s *Segmenter) Speaking() bool { return s.state == speaking }

// Write hears samples, any number of them, and gives what was found. The error is
// the stream's; the Segmenter must be Reset then.
func (s *Segmenter) Write(samples []float32) ([]Event, error) {
	var events []Event
	for len(samples) > 0 {
		n := copy(s.frame[s.filled:], samples)
		samples = samples[n:]
		if s.filled += n; s.filled < Frame {
			break
		}
		s.filled = 0
		var err error
		if events, err = s.hear(events); err != nil {
			return events, err
		}
	}
	return events, nil
}

// Flush says that the stream has ended: an utterance that has begun ends here. The
// Segmenter is then as after Reset.
func (s *Segmenter) Flush() ([]Event, error) {
	var events []Event
	total := s.now*Frame + int64(s.filled)
	defer s.Reset()
	if s.filled > 0 {
		clear(s.frame[s.filled:])
		var err error
		if events, err = s.hear(events); err != nil {
			return events, err
		}
	}
	switch s.state {
	case maybe:
		events = s.drop(events)
	case speaking:
		events = s.end(events)
	}
	for i := range events { // nothing reaches beyond the stream
		e := &events[i]
		e.At = min(e.At, total)
		if over := e.Segment.End() - total; over > 0 && e.Kind == Ended {
			e.Segment.Clip.Samples = e.Segment.Clip.Samples[:len(e.Segment.Clip.Samples)-int(over)]
		}
	}
	return events, nil
}

// hear judges the frame that is full.
func (s *Segmenter) hear(events []Event) ([]Event, error) {
	for i, x := range s.frame { // what is no sound must not stay in the stream's memory
		if !(x >= -1 && x <= 1) {
			s.frame[i] = bounded(x)
		}
	}
	p, err := s.stream.Probability(s.frame[:])
	if err != nil {
		return events, fmt.Errorf("after %d samples: %w", s.now*Frame, err)
	}
	s.held = append(s.held, s.frame[:]...)
	s.judged = append(s.judged, p)
	s.now++
	return s.step(float64(p), s.noise.level(s.frame[:]), events), nil
}

// bounded gives the sample that one out of range stands for; one that is no number
// is silence.
func bounded(x float32) float32 {
	if x != x {
		return 0
	}
	return min(max(x, -1), 1)
}

// step takes one frame's probability of speech and its level in decibels.
func (s *Segmenter) step(p, level float64, events []Event) []Event {
	switch s.state {
	case idle:
		if p < s.config.Threshold {
			s.noise.learn(level)
			s.forget()
			return events
		}
		s.state = maybe
		s.begin = max(s.free, s.now-1-int64(s.c.preRoll))
		s.speech, s.evidence, s.pause, s.longest = 0, 0, 0, 0
		s.spoke(p)
	case maybe, speaking:
		switch {
		case p >= s.config.Threshold || p >= s.config.EndThreshold && s.pause == 0:
			s.spoke(p)
		default:
			s.silent(p, level)
		}
	}
	switch {
	case s.state == maybe && s.evidence >= s.c.minSpeech:
		s.state = speaking
		events = append(events, Event{Kind: Began, At: s.now * Frame, Segment: Segment{Start: s.begin * Frame}})
	case s.state == maybe && s.pause >= doubt:
		return s.drop(events)
	case s.state == speaking && s.pause > 0 && s.quiet >= 2*s.wait():
		return s.end(events)
	}
	if s.now-s.begin >= int64(s.c.maxLength) {
		return s.cut(events)
	}
	return events
}

// spoke counts a frame with speech. What is only just taken for it, as some noises
// are for a moment, is little evidence that it is.
func (s *Segmenter) spoke(p float64) {
	s.longest = max(s.longest, s.pause)
	s.speech++
	s.evidence += (p - s.config.EndThreshold) / (1 - s.config.EndThreshold)
	s.last = s.now
	s.pause, s.quiet, s.trailing = 0, 0, true
}

// silent counts a frame without.
func (s *Segmenter) silent(p, level float64) {
	s.pause++
	s.trailing = s.trailing && s.noise.above(level)
	if s.trailing || p >= s.config.EndThreshold {
		s.quiet++
	} else {
		s.quiet += 2
	}
}

// drop gives up what was too short.
func (s *Segmenter) drop(events []Event) []Event {
	s.state = idle
	events = append(events, Event{Kind: Dropped, At: s.now * Frame, Segment: Segment{Start: s.begin * Frame}})
	s.forget()
	return events
}

// end gives the utterance with what belongs to it of the silence.
func (s *Segmenter) end(events []Event) []Event {
	s.state = idle
	events = append(events, s.segment(min(s.now, s.last+int64(s.c.postRoll)), s.speech, false))
	s.forget()
	return events
}

// cut ends a segment of the maximal length: in the pause, if there is one just now,
// or else at the frame of the last quarter that is the least like speech.
func (s *Segmenter) cut(events []Event) []Event {
	if s.state == maybe { // of rare, short sounds
		return s.drop(events)
	}
	if s.pause > 0 {
		return s.end(events)
	}
	at := s.now - 1 - int64(s.c.maxLength/4)
	for i := at; i < s.now-1; i++ {
		if s.judged[i-s.first] <= s.judged[at-s.first] {
			at = i
		}
	}
	rest := 0
	for _, p := range s.judged[at+1-s.first:] {
		if float64(p) >= s.config.EndThreshold {
			rest++
		}
	}
	events = append(events, s.segment(at+1, max(s.speech-rest, 0), true))
	s.begin, s.speech, s.longest = at+1, rest, 0
	s.keep(s.begin)
	return events
}

// segment is the event of a segment that ends before a frame, with so many frames of
// speech.
func (s *Segmenter) segment(to int64, speech int, cut bool) Event {
	sound := slices.Clone(s.held[(s.begin-s.first)*Frame : (to-s.first)*Frame])
	s.free = to
	return Event{Kind: Ended, At: s.now * Frame, Segment: Segment{
		Start: s.begin * Frame, Clip: asr.Clip{Samples: sound}, Speech: time.Duration(speech) * frameTime, Cut: cut,
	}}
}

// slack is by how many frames the sound that is held may exceed what is needed, so
// that it is not moved for every frame.
const slack = 64

// forget gives up the sound that no utterance can need any more.
func (s *Segmenter) forget() {
	if from := s.now - int64(s.c.preRoll); from-s.first >= slack {
		s.keep(from)
	}
}

// keep gives up the sound before a frame.
func (s *Segmenter) keep(from int64) {
	n := from - s.first
	s.held = s.held[:copy(s.held, s.held[n*Frame:])]
	s.judged = s.judged[:copy(s.judged, s.judged[n:])]
	s.first = from
}
