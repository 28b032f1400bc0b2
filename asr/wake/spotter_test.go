//go:build cgo

package wake_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"frontdesk/asr/wake"
	"frontdesk/internal/ort/orttest"
)

func spotter(t testing.TB, embeddings int64, change func(c *wake.SpotterConfig)) *wake.Spotter {
	t.Helper()
	c := wake.DefaultSpotterConfig()
	c.Melspectrogram, c.Embedding, c.Keyword = melModel(t), embedModel(t), keyModel(t, embeddings)
	if change != nil {
		change(&c)
	}
	s, err := wake.OpenSpotter(orttest.Open(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// sound is some, as numbers of 16 bit.
func sound(seconds float64) []float32 {
	random := rand.New(rand.NewPCG(5, 5))
	all := make([]float32, int(seconds*16000))
	for i := range all {
		swell := math.Sin(float64(i) * 2 * math.Pi / 16000 / 1.7)
		all[i] = float32(math.Round(9000*swell*math.Sin(float64(i)*0.2)+float64(random.IntN(600)-300))) / 32768
	}
	return all
}

// offline computes from the whole sound what the models say at the end of every hop
// that has enough of it before.
func offline(samples []float32, embeddings int) map[int]float64 {
	padded := make([]float64, 480, 480+len(samples))
	for _, x := range samples {
		padded = append(padded, float64(x)*32768)
	}
	melW, embedW := melWeights(), embedWeights()
	var mel [][32]float64
	for at := 0; at+window <= len(padded); at += 160 {
		var m [32]float64
		for b := range m {
			for i := range window {
				m[b] += padded[at+i] * float64(melW[b*window+i])
			}
			m[b] = m[b]/10 + 2
		}
		mel = append(mel, m)
	}
	// Hop h ends with spectrum 8h+7, and its embedding has the last 76: for all to be
	// of sound it must be hop 9 or later.
	const first = 9
	var embed [][96]float64
	for at := 8*first + 8 - 76; at+76 <= len(mel); at += 8 {
		var e [96]float64
		for f := range e {
			for i := range 76 * 32 {
				e[f] += mel[at+i/32][i%32] * float64(embedW[i*96+f])
			}
		}
		embed = append(embed, e)
	}
	scores := map[int]float64{}
	for last := embeddings - 1; last < len(embed); last++ {
		var sum float64
		for i := range embeddings * 96 {
			sum += embed[last-embeddings+1+i/96][i%96] * float64(keyWeight(i))
		}
		scores[first+last] = 1 / (1 + math.Exp(-sum))
	}
	return scores
}

// score of every hop.
func scores(t *testing.T, s *wake.Spotter, samples []float32, block func() int) (all []float32, heard []int) {
	t.Helper()
	for n := 0; n < len(samples); {
		k := min(block(), len(samples)-n, 1280-n%1280) // within a hop, so that each score is seen
		p, h, err := s.Write(samples[n : n+k])
		if err != nil {
			t.Fatal(err)
		}
		if n += k; n%1280 == 0 {
			all = append(all, p)
			if h {
				heard = append(heard, n/1280-1)
			}
		} else if p != 0 || h {
			t.Fatalf("after %d samples, within a hop: %v, %v", n, p, h)
		}
	}
	return all, heard
}

// TestSpotter: what is heard in blocks of any size is what the models say of the
// whole sound.
func TestSpotter(t *testing.T) {
	for _, embeddings := range []int64{16, 5} {
		s := spotter(t, embeddings, nil)
		samples := sound(4)
		want := offline(samples, int(embeddings))
		if len(want) < 20 {
			t.Fatalf("only %d hops are compared", len(want))
		}
		whole, heard := scores(t, s, samples, func() int { return 1280 })
		var low, high int
		for hop, p := range whole {
			if hop < 5 && p != 0 {
				t.Errorf("hop %d of a stream has the score %v", hop, p)
			}
			if w, ok := want[hop]; ok {
				if math.Abs(w-float64(p)) > 2e-3 {
					t.Errorf("%d embeddings, hop %d: %v, not %v", embeddings, hop, p, w)
				}
				if w < 0.4 {
					low++
				} else if w > 0.6 {
					high++
				}
			}
		}
		if low < 3 || high < 3 || len(heard) == 0 {
			t.Errorf("the sound does not show much: %d scores are low, %d high, heard at %v", low, high, heard)
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 2 {
			s.Reset()
			again, h := scores(t, s, samples, func() int { return 1 + random.IntN(1500) })
			if !slices.Equal(again, whole) || !slices.Equal(h, heard) {
				t.Error("other blocks have other scores")
			}
		}
	}
}

// TestHeard: patience and the refractory time.
func TestHeard(t *testing.T) {
	samples := sound(5)
	s := spotter(t, 16, nil)
	all, _ := scores(t, s, samples, func() int { return 1280 })
	for _, c := range []struct {
		threshold float64
		patience  int
		quiet     time.Duration
	}{{0.5, 1, 0}, {0.02, 3, 0}, {0.5, 1, time.Second}, {0.5, 2, 3 * time.Second}, {0.7, 2, 100 * time.Millisecond}, {1, 1, 0}} {
		var want []int
		row, until := 0, 0
		for hop, p := range all {
			if float64(p) < c.threshold {
				row = 0
				continue
			}
			if row++; row == c.patience && hop >= until {
				want = append(want, hop)
				until = hop + int(math.Ceil(c.quiet.Seconds()/0.08))
			}
		}
		s := spotter(t, 16, func(d *wake.SpotterConfig) { d.Threshold, d.Patience, d.Refractory = c.threshold, c.patience, c.quiet })
		if _, heard := scores(t, s, samples, func() int { return 1280 }); !slices.Equal(heard, want) {
			t.Errorf("%+v: heard at %v, not %v", c, heard, want)
		}
		if len(want) == 0 != (c.threshold == 1) {
			t.Errorf("%+v shows nothing: %v", c, want)
		}
	}
}

// TestNoNumbers: samples that are no numbers, or out of range, leave nothing behind.
func TestNoNumbers(t *testing.T) {
	s := spotter(t, 16, nil)
	bad := make([]float32, 12800)
	for i := range bad {
		bad[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e30}[i%4]
	}
	if _, _, err := s.Write(bad); err != nil {
		t.Fatal(err)
	}
	samples := sound(4)
	got, _ := scores(t, s, samples, func() int { return 1280 })
	for hop, want := range offline(samples, 16) {
		if hop > 25+9 && math.Abs(want-float64(got[hop])) > 2e-3 { // all that is remembered is of samples
			t.Errorf("hop %d: %v, not %v", hop, got[hop], want)
		}
	}
}

// TestSpotterMemory: an hour of sound leaves nothing behind.
func TestSpotterMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	s := spotter(t, 16, nil)
	block := sound(2)
	listen := func(seconds int) uint64 {
		for range seconds / 2 {
			if _, _, err := s.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := listen(10)
	if after := listen(100); after > before+256<<10 {
		t.Errorf("the heap went from %d to %d bytes", before, after)
	}
}

func BenchmarkSpotter(b *testing.B) {
	s := spotter(b, 16, nil)
	hop := sound(0.08)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Write(hop); err != nil {
			b.Fatal(err)
		}
	}
}
