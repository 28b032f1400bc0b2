package speaker

import (
	"math"

	"frontdesk/asr"
)

// What a tone says.
const (
	Heard         Signal = "heard"          // the desk listens now
	Thinking      Signal = "thinking"       // what was said is worked on
	Done          Signal = "done"           // it was answered or done
	NotUnderstood Signal = "not_understood" // it was meant for the desk, and came to nothing
	Asleep        Signal = "asleep"         // the desk does not listen any more
)

// A Signal is a moment that a tone tells of.
type Signal string

// A note is a part of a tone: a frequency in Hz, and how long it sounds.
type note struct{ frequency, seconds float64 }

// tones are the notes of each signal, told apart by their direction: up for what
// goes well, down for what does not.
var tones = map[Signal][]note{
	Heard:         {{660, 0.07}, {880, 0.09}},
	Thinking:      {{587, 0.05}},
	Done:          {{784, 0.07}, {1047, 0.12}},
	NotUnderstood: {{440, 0.10}, {330, 0.16}},
	Asleep:        {{660, 0.07}, {494, 0.10}},
}

// toneLevel is how loud a tone is: quiet beside a voice.
const toneLevel = 0.12

// tone makes the sound of a signal; without samples for one that has none.
func tone(s Signal) asr.Clip {
	var samples []float32
	for _, n := range tones[s] {
		count := int(n.seconds * asr.SampleRate)
		for i := range count {
			t := float64(i) / asr.SampleRate
			// It swells and fades, for a tone that begins at once clicks.
			swell := math.Sin(math.Pi * float64(i) / float64(count))
			x := math.Sin(2*math.Pi*n.frequency*t) + 0.2*math.Sin(4*math.Pi*n.frequency*t)
			samples = append(samples, float32(toneLevel*swell*x/1.2))
		}
	}
	if samples == nil {
		return asr.Clip{}
	}
	// What plays it may swallow the end.
	return asr.Clip{Samples: append(samples, make([]float32, asr.SampleRate/20)...)}
}
