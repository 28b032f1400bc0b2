package audio_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// resampled brings a sound to 16 kHz, in blocks of that many samples.
func resampled(r *audio.Resampler, sound []float64, block int) []float32 {
	in := make([]float32, len(sound))
	for i, x := range sound {
		in[i] = float32(x)
	}
	var out []float32
	for piece := range slices.Chunk(in, block) {
		out = r.Write(out, piece)
	}
	return r.Flush(out)
}

// heard gives how much louder a tone is than it was, in dB, and how loud
// everything beside it is, in dB below what the tone was.
func heard(got []float32, frequency float64) (gain, rest float64) {
	got = got[800 : len(got)-800] // the ends ring, as they must
	var s, c, ss, cc, sc float64
	for i, x := range got {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / asr.SampleRate)
		s, c = s+float64(x)*sin, c+float64(x)*cos
		ss, cc, sc = ss+sin*sin, cc+cos*cos, sc+sin*cos
	}
	det := ss*cc - sc*sc
	a, b := (s*cc-c*sc)/det, (c*ss-s*sc)/det
	var off float64
	for i, x := range got {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / asr.SampleRate)
		d := float64(x) - a*sin - b*cos
		off += d * d
	}
	level := 0.5 // of tone
	return 20 * math.Log10(math.Hypot(a, b)/level), 10*math.Log10(off/float64(len(got))+1e-30) - 20*math.Log10(level/math.Sqrt2)
}

// TestResamplerKeepsSpeech holds what a recogniser needs of other rates: below
// 7 kHz nothing changes and nothing is added, and of what is above 8 kHz nothing is
// left.
func TestResamplerKeepsSpeech(t *testing.T) {
	rates := []int{48000, 8000, 11025, 22050, 24000, 32000, 44100, 96000, 44101}
	if testing.Short() {
		rates = rates[:1]
	}
	for _, rate := range rates {
		r := audio.NewResampler(rate)
		lower := float64(min(rate, asr.SampleRate))
		most, images := 0.0, -200.0
		for _, part := range []float64{0.01, 0.1, 0.25, 0.4, 0.4375} {
			gain, rest := heard(resampled(r, tone(part*lower, 0.4, rate), 480), part*lower)
			most, images = max(most, math.Abs(gain)), max(images, rest)
		}
		if most > 0.1 || images > -80 {
			t.Errorf("%d Hz: a tone that is kept changes by %.3f dB, and %.1f dB are added", rate, most, images)
		}
		folded := -200.0
		for frequency := 8000.0; frequency < float64(rate)/2; frequency += 697 {
			out := resampled(r, tone(frequency, 0.4, rate), 480)
			loud := loudness(out[800:len(out)-800]) / (0.5 / math.Sqrt2)
			folded = max(folded, 20*math.Log10(loud+1e-12))
		}
		if folded > -80 {
			t.Errorf("%d Hz: what is above 8 kHz is %.1f dB down", rate, folded)
		}
		t.Logf("%6d Hz: within %.4f dB up to %.0f Hz, %.1f dB added, above 8 kHz %.1f dB", rate, most, 0.4375*lower, images, folded)
	}
}

// What comes in blocks gives the same samples as what comes at once, and as many
// as the sound is long.
func TestResamplerInBlocks(t *testing.T) {
	rates := []int{48000, 44101, 16000, 4000, 8000, 22050, 44100, 192000}
	if testing.Short() {
		rates = rates[:3]
	}
	for _, rate := range rates {
		r := audio.NewResampler(rate)
		for _, seconds := range []float64{0, 1 / float64(rate), 0.001, 0.333} {
			sound := voice(seconds, rate)
			if seconds < 0.01 {
				sound = make([]float64, len(sound))
				for i := range sound {
					sound[i] = 0.3
				}
			}
			want := resampled(r, sound, 1<<20)
			if n := int(math.Ceil(float64(len(sound)) * asr.SampleRate / float64(rate))); len(want) != n {
				t.Errorf("%d Hz: %d samples of %d", rate, len(want), len(sound))
			}
			for _, block := range []int{1, 7, 480, 5000} {
				if got := resampled(r, sound, block); !slices.Equal(got, want) {
					t.Errorf("%d Hz, %d samples, in blocks of %d: another result", rate, len(sound), block)
				}
			}
			if whole := decode(t, wav16(rate, sound), alone); len(whole) != len(want) {
				t.Errorf("%d Hz: a file of it has %d samples, not %d", rate, len(whole), len(want))
			}
		}
	}
}

// A microphone must not wait for the garbage collector.
func TestResamplerAllocatesNothing(t *testing.T) {
	r := audio.NewResampler(48000)
	block := make([]float32, 480)
	out := make([]float32, 0, 161)
	if n := testing.AllocsPerRun(100, func() { out = r.Write(out[:0], block) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

func TestResamplerStartsAnew(t *testing.T) {
	r := audio.NewResampler(48000)
	sound := voice(0.1, studio)
	want := resampled(r, sound, 480)
	noise := make([]float32, 1000)
	for i := range noise {
		noise[i] = rand.Float32()
	}
	r.Write(nil, noise)
	r.Reset()
	if got := resampled(r, sound, 480); !slices.Equal(got, want) {
		t.Error("what was before Reset is heard behind it")
	}
}

func BenchmarkResampler(b *testing.B) {
	for _, rate := range []int{8000, 44100, 48000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			r := audio.NewResampler(rate)
			in, out := make([]float32, rate), make([]float32, 0, asr.SampleRate+1) // a second
			for b.Loop() {
				out = r.Write(out[:0], in)
			}
		})
	}
}
