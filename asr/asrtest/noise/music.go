package noise

import (
	"math"

	"frontdesk/asr"
)

// A Music plays chords, a bass, a melody and drums for ever. It is music only to a
// machine.
type Music struct {
	random white
	at     int
	beat   int
	notes  []tone
	drum   []partial
	hiss   float64 // level of the snare or the hat
	fall   float64
	filter band
}

// A tone has harmonics that die away, and trembles.
type tone struct {
	frequency, phase, level, attack float64
	decay                           float64
	harmonics                       int
	tremble                         float64 // parts of the frequency
	age                             int
}

// progression are the chords, in semitones above A 110 Hz; each lasts a bar of four
// beats.
var progression = [][]int{{0, 3, 7, 12}, {8, 12, 15, 20}, {3, 7, 10, 15}, {10, 14, 17, 22}}

// beatLength is that of 104 beats a minute.
const beatLength = asr.SampleRate * 60 / 104

// NewMusic begins some.
func NewMusic(seed uint64) *Music {
	return &Music{random: newWhite(seed, 2), filter: newBand(5000, 0.6)}
}

// Fill makes the next samples.
func (m *Music) Fill(into []float32) {
	for i := range into {
		if m.at%(beatLength/2) == 0 {
			m.strike()
		}
		into[i] = soft(m.next())
		m.at++
	}
}

func pitch(semitone int) float64 { return 110 * math.Pow(2, float64(semitone)/12) }

// strike begins what sounds at a half beat.
func (m *Music) strike() {
	half := m.beat % 8
	chord := progression[m.beat/8%len(progression)]
	m.beat++
	if half == 0 || half == 5 {
		for _, n := range chord {
			m.notes = append(m.notes, tone{frequency: pitch(n + 12), level: 0.05, attack: 0.01, decay: 1.4, harmonics: 5})
		}
	}
	if half%2 == 0 {
		m.notes = append(m.notes, tone{frequency: pitch(chord[0] - 12), level: 0.12, attack: 0.005, decay: 0.5, harmonics: 3})
	}
	if m.random.IntN(3) > 0 { // the melody: a reed, which trembles
		n := chord[m.random.IntN(len(chord))] + 24
		m.notes = append(m.notes, tone{frequency: pitch(n), level: 0.06, attack: 0.04, decay: 0.7, harmonics: 7, tremble: 0.006})
	}
	switch half {
	case 0, 3, 4: // kick
		m.drum = append(m.drum, newPartial(0.3, 60, 0.25), newPartial(0.1, 95, 0.1))
	case 2, 6: // snare
		m.drum = append(m.drum, newPartial(0.1, 190, 0.15))
		m.hiss, m.fall = 0.2, math.Pow(1e-3, 1/(0.2*rate))
	default: // hat
		m.hiss, m.fall = 0.08, math.Pow(1e-3, 1/(0.06*rate))
	}
}

func (m *Music) next() float64 {
	var x float64
	rest := m.notes[:0]
	for _, t := range m.notes {
		x += t.next()
		if t.level > 1e-4 {
			rest = append(rest, t)
		}
	}
	m.notes = rest
	var d float64
	m.drum, d = ring(m.drum)
	m.hiss *= m.fall
	return x + d + m.hiss*m.filter.next(m.random.next())
}

func (t *tone) next() float64 {
	f := t.frequency
	seconds := float64(t.age) / rate
	t.age++
	if t.tremble > 0 {
		f *= 1 + t.tremble*math.Sin(2*math.Pi*5.5*seconds)
	}
	t.phase += 2 * math.Pi * f / rate
	level := t.level * min(1, seconds/t.attack)
	if seconds > t.attack {
		t.level *= math.Pow(1e-3, 1/(t.decay*rate))
	}
	var x float64
	for h := 1; h <= t.harmonics && float64(h)*f < rate/2; h++ {
		x += math.Sin(float64(h)*t.phase) / float64(h)
	}
	return level * x
}
