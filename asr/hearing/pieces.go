package hearing

import (
	"context"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/vad"
)

const (
	// silence is the level below which no microphone gives a voice, about -66 dB of
	// full scale: what is muted or unplugged gives this.
	silence = 0.0005
	// shortest is how much sound says anything at all.
	shortest = asr.SampleRate / 10
	// longest is what an engine is given at once: Whisper hears 30 s.
	longest = 28 * asr.SampleRate
	// apart is how long a pause may be within one piece. In longer ones an engine has
	// time to invent something.
	apart = 3 * asr.SampleRate
	// Where nothing finds the pauses, a recording is cut in the quietest window
	// between earliest and longest.
	earliest = 18 * asr.SampleRate
	window   = asr.SampleRate / 5
	step     = window / 4
)

// A piece is a part of a recording.
type piece struct {
	start int // its first sample in the recording
	clip  asr.Clip
	// speech is how long somebody speaks in it; negative where that is not known.
	speech time.Duration
}

func (p piece) end() int { return p.start + len(p.clip.Samples) }

// isSilence says whether there is nothing to hear.
func isSilence(c asr.Clip) bool {
	if len(c.Samples) < shortest {
		return true
	}
	for _, s := range c.Samples {
		if s > silence || s < -silence {
			return false
		}
	}
	return true
}

// pieces gives what of a recording is to be recognised, in order: none where nobody
// speaks. Where it is known for how long somebody does, nothing is looked for.
func (r *Recognizer) pieces(ctx context.Context, c asr.Clip, spoken time.Duration) ([]piece, error) {
	switch {
	case spoken > 0:
		return cutAnywhere(piece{clip: c, speech: spoken}), nil
	case r.deps.Detector == nil:
		return cutAnywhere(piece{clip: c, speech: -1}), nil
	}
	settings := r.config.VAD
	settings.MaxLength = min(settings.MaxLength, longest*time.Second/asr.SampleRate)
	segments, err := vad.Segments(ctx, r.deps.Detector, c, settings)
	if err != nil {
		return nil, err
	}
	var pieces []piece
	for i, s := range segments {
		start, end := int(s.Start), int(s.End())
		spoken := max(0, s.Clip.Duration()-settings.PreRoll-settings.PostRoll)
		if i > 0 {
			last := &pieces[len(pieces)-1]
			if start-last.end() <= apart && end-last.start <= longest {
				last.clip.Samples = c.Samples[last.start:end]
				last.speech += spoken
				continue
			}
		}
		pieces = append(pieces, piece{start, asr.Clip{Samples: c.Samples[start:end]}, spoken})
	}
	var bounded []piece
	for _, p := range pieces {
		bounded = append(bounded, cutAnywhere(p)...)
	}
	return bounded, nil
}

// cutAnywhere cuts a piece that is too long where it is quietest.
func cutAnywhere(p piece) (pieces []piece) {
	for len(p.clip.Samples) > longest {
		at := quietest(p.clip.Samples[earliest:longest]) + earliest
		pieces = append(pieces, piece{p.start, asr.Clip{Samples: p.clip.Samples[:at]}, p.speech})
		p.start, p.clip.Samples = p.start+at, p.clip.Samples[at:]
	}
	return append(pieces, p)
}

// quietest gives the middle of the window with the least energy, of equal ones the
// last.
func quietest(samples []float32) int {
	best, least := len(samples), -1.0
	for from := 0; from+window <= len(samples); from += step {
		energy := 0.0
		for _, s := range samples[from : from+window] {
			energy += float64(s) * float64(s)
		}
		if least < 0 || energy <= least {
			best, least = from+window/2, energy
		}
	}
	return best
}
