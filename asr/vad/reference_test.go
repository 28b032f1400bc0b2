package vad_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"frontdesk/asr/vad"
)

// scripted is a stream whose probabilities are given.
type scripted struct {
	probabilities []float32
	at            int
	err           error // instead of the last
}

func (s *scripted) Probability([]float32) (float32, error) {
	p := s.probabilities[min(s.at, len(s.probabilities)-1)]
	if s.at++; s.err != nil && s.at >= len(s.probabilities) {
		return 0, s.err
	}
	return p, nil
}
func (s *scripted) Reset()       { s.at = 0 }
func (s *scripted) Close() error { return nil }

// reference finds the utterances with all frames before it, as the documentation of
// Segmenter has it; sound has whole frames.
func reference(sound []float32, probabilities []float32, c vad.Config) (events []vad.Event) {
	inFrames := func(d time.Duration) int { return int(math.Ceil(d.Seconds() * 16000 / vad.Frame)) }
	n, longest := len(probabilities), inFrames(c.MaxLength)
	p := func(i int) float64 { return float64(probabilities[i]) }
	level := func(i int) float64 {
		var sum float64
		for _, x := range sound[i*vad.Frame : (i+1)*vad.Frame] {
			sum += float64(x) * float64(x)
		}
		return max(10*math.Log10(sum/vad.Frame), -90)
	}
	add := func(kind vad.Kind, at, from, to, speech int, cut bool) {
		e := vad.Event{Kind: kind, At: int64(at) * vad.Frame, Segment: vad.Segment{Start: int64(from) * vad.Frame, Cut: cut}}
		if kind == vad.Ended {
			e.Segment.Clip.Samples = sound[from*vad.Frame : to*vad.Frame]
			e.Segment.Speech = time.Duration(speech) * 32 * time.Millisecond
		}
		events = append(events, e)
	}
	floor, known, free := 0.0, false, 0
	for i := 0; i < n; i++ {
		if p(i) < c.Threshold {
			if l := level(i); known {
				floor += (l - floor) / 32
			} else {
				floor, known = l, true
			}
			continue
		}
		begin := max(free, i-inFrames(c.PreRoll))
		began, evidence, speech, thought := false, 0.0, 0, 0
		last, half, soft := i, 0, false // of the pause: where speech ended, half frames, whether still loud
		for ; ; i++ {
			if i == n { // the stream ends
				if began {
					add(vad.Ended, n, begin, min(n, last+inFrames(c.PostRoll)), speech, false)
				} else {
					add(vad.Dropped, n, begin, 0, 0, false)
				}
				return events
			}
			if p(i) >= c.Threshold || last == i && p(i) >= c.EndThreshold {
				thought = max(thought, i-last)
				last, half, soft = i+1, 0, true
				speech++
				evidence += (p(i) - c.EndThreshold) / (1 - c.EndThreshold)
			} else {
				soft = soft && known && level(i) > floor+6
				half += 2
				if soft || p(i) >= c.EndThreshold {
					half--
				}
			}
			pause := i + 1 - last
			if !began {
				if evidence >= c.MinSpeech.Seconds()*16000/vad.Frame {
					began = true
					add(vad.Began, i+1, begin, 0, 0, false)
				} else if pause >= 8 || i+1-begin >= longest {
					add(vad.Dropped, i+1, begin, 0, 0, false)
					break
				}
			} else if pause > 0 {
				part := float64(min(max(speech, 12), 63)-12) / 51
				wait := int(math.Ceil(float64(inFrames(c.EndSilence)) * (1.5 - 0.7*part)))
				if thought > 8 {
					wait = max(wait, int(math.Ceil(float64(thought)*1.25)))
				}
				if half >= 2*min(wait, 2*inFrames(c.EndSilence)) || i+1-begin >= longest {
					free = min(i+1, last+inFrames(c.PostRoll))
					add(vad.Ended, i+1, begin, free, speech, false)
					break
				}
				continue
			}
			if began && i+1-begin >= longest { // in the middle of speech
				at := i - longest/4
				for k := at; k < i; k++ {
					if p(k) <= p(at) {
						at = k
					}
				}
				rest := 0
				for k := at + 1; k <= i; k++ {
					if p(k) >= c.EndThreshold {
						rest++
					}
				}
				add(vad.Ended, i+1, begin, at+1, max(speech-rest, 0), true)
				begin, speech, thought, free = at+1, rest, 0, at+1
			}
		}
	}
	return events
}

// story makes probabilities as of somebody who speaks now and then, and the sound to
// them, from bytes: each is a stretch of one kind.
func story(script []byte) (sound, probabilities []float32) {
	random := rand.New(rand.NewPCG(1, uint64(len(script))))
	for _, b := range script {
		stretch := 1 + int(b>>3)
		for range stretch {
			p, level := 0.02, 0.01
			switch b & 7 {
			case 0, 1: // speech
				p, level = 0.97, 0.3
			case 2: // soft speech
				p, level = 0.45, 0.1
			case 3: // something like it
				p, level = 0.6, 0.05
			case 4: // what rings on
				level = 0.08
			case 5: // anything
				p, level = random.Float64(), random.Float64()
			}
			probabilities = append(probabilities, float32(p))
			for i := range vad.Frame { // no two frames near each other are the same
				sound = append(sound, float32(level*(1-1e-3*float64(len(probabilities)%97))*float64(1-i%2*2)))
			}
		}
	}
	return sound, probabilities
}

// in gives what is found when the sound comes in blocks.
func in(t *testing.T, s *vad.Segmenter, sound []float32, block func() int) (events []vad.Event) {
	t.Helper()
	speaking := false
	see := func(found []vad.Event, err error) {
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found {
			if e.Kind == vad.Began || e.Kind == vad.Ended && !e.Segment.Cut {
				speaking = e.Kind == vad.Began
			}
		}
		if speaking != s.Speaking() {
			t.Fatalf("Speaking is %v after %v", s.Speaking(), found)
		}
		events = append(events, found...)
	}
	for len(sound) > 0 {
		n := min(max(block(), 0), len(sound))
		see(s.Write(sound[:n]))
		sound = sound[n:]
	}
	see(s.Flush())
	return events
}

// sane says what speaks against events of a sound.
func sane(t *testing.T, events []vad.Event, sound []float32, c vad.Config) {
	t.Helper()
	began, free, at := false, int64(0), int64(0)
	for i, e := range events {
		g := e.Segment
		if e.At < at || e.At > int64(len(sound)) || g.Start < free || g.Start > e.At || g.End() > e.At {
			t.Fatalf("event %d, %v at %d, is out of order: it is from %d to %d, after %d at %d", i, e.Kind, e.At, g.Start, g.End(), free, at)
		}
		at = e.At
		switch {
		case e.Kind == vad.Ended != began:
			t.Fatalf("event %d, %v at %d, is no answer to what was before", i, e.Kind, e.At)
		case e.Kind == vad.Began:
			began = true
		case e.Kind == vad.Ended:
			began = g.Cut
			free = g.End()
			if !slices.Equal(g.Clip.Samples, sound[g.Start:g.End()]) {
				t.Fatalf("event %d: the clip is not what was heard from %d on", i, g.Start)
			}
			if g.Clip.Duration() > c.MaxLength+vad.Frame*time.Second/16000 || len(g.Clip.Samples) == 0 {
				t.Fatalf("event %d: a segment of %v", i, g.Clip.Duration())
			}
			if i > 0 && events[i-1].Segment.Cut && events[i-1].Segment.End() != g.Start {
				t.Fatalf("event %d: sound was lost between the segments", i)
			}
		}
	}
	if began {
		t.Fatal("an utterance has no end")
	}
}

// configs are some that are far apart.
func configs() []vad.Config {
	short, plain, eager := vad.DefaultConfig(), vad.DefaultConfig(), vad.DefaultConfig()
	short.MaxLength, short.EndSilence = 2*time.Second, 100*time.Millisecond
	plain.PreRoll, plain.PostRoll, plain.MinSpeech, plain.EndThreshold = 0, 0, 0, 0.5
	eager.Threshold, eager.EndThreshold, eager.MaxLength, eager.MinSpeech = 0.3, 0.1, 3*time.Second, 2*time.Second
	return []vad.Config{vad.DefaultConfig(), short, plain, eager}
}

// check holds a segmenter against the reference, however the sound is divided, and
// gives what was found.
func check(t *testing.T, script []byte, seed uint64) (found []vad.Event) {
	t.Helper()
	sound, probabilities := story(script)
	random := rand.New(rand.NewPCG(seed, seed))
	for i, c := range configs() {
		want := reference(sound, probabilities, c)
		sane(t, want, sound, c)
		s := vad.NewSegmenter(&scripted{probabilities: probabilities}, c)
		whole := in(t, s, sound, func() int { return len(sound) })
		same(t, i, whole, want)
		for _, most := range []int{1700, 20000} {
			same(t, i, in(t, s, sound, func() int { return random.IntN(most) }), want)
		}
		// The end may come within a frame.
		cut := sound[:len(sound)-min(len(sound), random.IntN(vad.Frame))]
		rest := in(t, s, cut, func() int { return random.IntN(3000) })
		sane(t, rest, cut, c)
		same(t, i, rest, in(t, s, cut, func() int { return len(cut) }))
		found = append(found, want...)
	}
	return found
}

func same(t *testing.T, config int, got, want []vad.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("config %d: %d events, not %d", config, len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Kind != w.Kind || g.At != w.At || g.Segment.Start != w.Segment.Start || g.Segment.Cut != w.Segment.Cut || g.Segment.Speech != w.Segment.Speech ||
			!slices.Equal(g.Segment.Clip.Samples, w.Segment.Clip.Samples) {
			t.Fatalf("config %d, event %d: %v at %d from %d to %d, cut %v; not %v at %d from %d to %d, cut %v", config, i,
				g.Kind, g.At, g.Segment.Start, g.Segment.End(), g.Segment.Cut, w.Kind, w.At, w.Segment.Start, w.Segment.End(), w.Segment.Cut)
		}
	}
}

// TestReference: the segmenter finds what the reference finds.
func TestReference(t *testing.T) {
	stories := 40
	if testing.Short() {
		stories = 5
	}
	random := rand.New(rand.NewPCG(3, 3))
	kinds := map[vad.Kind]int{}
	cuts := 0
	for i := range stories {
		script := make([]byte, 1+random.IntN(40))
		for j := range script {
			script[j] = byte(random.IntN(256))
		}
		for _, e := range check(t, script, uint64(i)) {
			kinds[e.Kind]++
			if e.Segment.Cut {
				cuts++
			}
		}
	}
	if kinds[vad.Began] < stories || kinds[vad.Dropped] < stories/2 || cuts < stories/2 {
		t.Errorf("the stories show little: %v, %d cuts", kinds, cuts)
	}
}

func FuzzSegmenter(f *testing.F) {
	f.Add([]byte{0, 255, 7, 12, 250}, uint64(1))
	f.Add([]byte{248, 248, 248, 252, 6, 3, 2}, uint64(2))
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		if len(script) == 0 || len(script) > 60 {
			return
		}
		check(t, script, seed)
	})
}
