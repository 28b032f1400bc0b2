package hearing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"frontdesk/asr"
)

// joined makes one transcript of those of the pieces. Who says an expected sentence says
// that and no more: it is kept where nothing was heard in any other piece. The times of
// its segments are those of the recording; where the engine does not know any, a piece is one if the
// pieces say when somebody spoke.
func joined(heard []asr.Transcript, pieces []piece, timed bool) asr.Transcript {
	timed = timed || len(pieces) > 1
	if len(heard) == 1 {
		t := heard[0]
		t.Segments = placed(t, pieces[0], timed)
		return t
	}
	whole := heard[0] // the engine, and why the text is empty, if it is
	whole.Text, whole.Alternatives, whole.Segments, whole.Compression = "", onlyAlternatives(heard), nil, 0
	whole.Expected, whole.Trouble = onlyExpected(heard), ""
	var texts []string
	var weight, confidence, logProbability, noSpeech, sound float64
	for i, t := range heard {
		seconds := pieces[i].clip.Duration().Seconds()
		sound += seconds
		noSpeech += seconds * t.NoSpeech
		whole.Trouble = cmp.Or(whole.Trouble, t.Trouble)
		if t.Text == "" {
			continue
		}
		texts = append(texts, t.Text)
		w := float64(len(t.Text))
		weight += w
		confidence += w * t.Confidence
		logProbability += w * t.LogProbability
		whole.Compression = max(whole.Compression, t.Compression)
		whole.Segments = append(whole.Segments, placed(t, pieces[i], timed)...)
		if whole.Language == "" || len(texts) == 1 {
			whole.Language = t.Language
		}
	}
	whole.NoSpeech = noSpeech / sound
	if whole.Text = strings.Join(texts, " "); whole.Text != "" {
		whole.Gate = ""
		whole.Confidence, whole.LogProbability = confidence/weight, logProbability/weight
	}
	return whole
}

// onlyExpected gives the expected reading of the one piece in which anything was heard.
func onlyExpected(heard []asr.Transcript) (only asr.Reading) {
	pieces := 0
	for _, t := range heard {
		if t.Text != "" || t.Expected.Text != "" {
			only = t.Expected
			pieces++
		}
	}
	if pieces != 1 {
		return asr.Reading{}
	}
	return only
}

// placed gives the segments of a piece as parts of the recording.
func placed(t asr.Transcript, p piece, timed bool) []asr.Segment {
	if t.Text == "" {
		return nil
	}
	offset := time.Duration(p.start) * time.Second / asr.SampleRate
	end := offset + p.clip.Duration()
	if len(t.Segments) == 0 {
		if !timed {
			return nil
		}
		return []asr.Segment{{Start: offset, End: end, Text: t.Text}}
	}
	segments := slices.Clone(t.Segments)
	for i := range segments {
		s := &segments[i]
		// An engine that hears windows of 30 s may end beyond the sound.
		s.Start, s.End = min(max(0, s.Start)+offset, end), min(max(0, s.End)+offset, end)
	}
	return segments
}
