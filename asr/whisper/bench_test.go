//go:build whisper && cgo && linux

package whisper

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/whisper/ggmltest"
)

// base is of the shape of base.en.
var base = numbers{Vocabulary: englishOnly, AudioContext: 1500, AudioState: 512, AudioHeads: 8, AudioLayers: 6,
	TextContext: 448, TextState: 512, TextHeads: 8, TextLayers: 6, Mels: 80, Type: 1}

var baseModel = sync.OnceValue(func() []byte {
	model, _ := modelOf(base)
	return model
})

// worked is the processor's time of the process: on a machine that others use too, it
// says more than the clock.
func worked(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPipeline compares a run of ours with the bare library, on the same clip of
// 2.5 s and in turns, each going first as often: all of ours over the library's may be
// 3 % of time, by the median of the pairs, and 20 MB.
// With ten tokens, as a command has, and as many as a clip may have.
func BenchmarkPipeline(b *testing.B) {
	for name, tokens := range map[string]int{"command": 10, "most": 0} {
		b.Run(name, func(b *testing.B) {
			c := quick()
			c.Lazy = false
			e := open(b, writeFile(b, baseModel()), c)
			e.mostTokens = tokens
			clip := tone(2.5, 1)
			bare := how{threads: 1, audioContext: audioContext(len(clip.Samples), c.Margin, 1500, e.model.lib.step), maxTokens: mostTokens(clip.Duration(), true)}
			if tokens > 0 {
				bare.maxTokens = tokens
			}
			runBare := func() {
				if err := e.model.idle[0].full(clip.Samples, bare); err != nil {
					b.Fatal(err)
				}
			}
			runBare()
			peakBare := peak()
			transcribe(b, e, clip, asr.Hints{})
			runs := [2]func(){runBare, func() { transcribe(b, e, clip, asr.Hints{}) }}
			var of [2]time.Duration
			var more []float64
			first := 0
			for b.Loop() {
				var took [2]time.Duration
				for _, i := range []int{first, 1 - first} {
					begin := worked(b)
					runs[i]()
					took[i] = worked(b) - begin
					of[i] += took[i]
				}
				more = append(more, took[1].Seconds()/took[0].Seconds()-1)
				first = 1 - first
			}
			slices.Sort(more)
			b.ReportMetric(of[0].Seconds()*1000/float64(b.N), "bare-ms/op")
			b.ReportMetric(of[1].Seconds()*1000/float64(b.N), "ours-ms/op")
			b.ReportMetric(100*more[len(more)/2], "%-more")
			b.ReportMetric(float64(peak()-peakBare)/1e6, "MB-more")
		})
	}
}

// BenchmarkAudioContext compares a command of 2.5 s with as many positions as it needs
// with the model's whole window.
func BenchmarkAudioContext(b *testing.B) {
	file := writeFile(b, baseModel())
	cut, whole := quick(), quick()
	whole.Margin = wholeWindow
	engines := [2]*Engine{open(b, file, cut), open(b, file, whole)}
	var of [2]time.Duration
	for b.Loop() {
		for i, e := range engines {
			begin := worked(b)
			transcribe(b, e, tone(2.5, 1), asr.Hints{})
			of[i] += worked(b) - begin
		}
	}
	b.ReportMetric(of[0].Seconds()*1000/float64(b.N), "cut-ms/op")
	b.ReportMetric(of[1].Seconds()*1000/float64(b.N), "whole-ms/op")
	b.ReportMetric(of[1].Seconds()/of[0].Seconds(), "times-faster")
}

// BenchmarkCancel measures how long who waits goes on waiting when a run is stopped in
// the encoder, and how long its place is taken.
func BenchmarkCancel(b *testing.B) {
	c := quick()
	c.Margin = wholeWindow
	e := open(b, writeFile(b, baseModel()), c)
	var waited, taken time.Duration
	for b.Loop() {
		ctx, cancel := context.WithCancel(context.Background())
		var at time.Time
		time.AfterFunc(time.Second, func() {
			at = time.Now()
			cancel()
		})
		if _, err := e.Transcribe(ctx, tone(29, 1), asr.Hints{}); err == nil {
			b.Fatal("it is not stopped")
		}
		waited += time.Since(at)
		for e.Stats().Running > 0 {
			time.Sleep(time.Millisecond)
		}
		taken += time.Since(at)
	}
	b.ReportMetric(waited.Seconds()*1000/float64(b.N), "waited-ms/op")
	b.ReportMetric(taken.Seconds()*1000/float64(b.N), "taken-ms/op")
}

// BenchmarkState measures what a state costs that is made anew, as after a fallback.
func BenchmarkState(b *testing.B) {
	e := open(b, writeFile(b, baseModel()), quick())
	for b.Loop() {
		s, err := e.model.lib.newState()
		if err != nil {
			b.Fatal(err)
		}
		s.free()
	}
}

// BenchmarkFlash compares attention in one pass with that in several.
func BenchmarkFlash(b *testing.B) {
	file := writeFile(b, baseModel())
	for name, flash := range map[string]bool{"flash": true, "plain": false} {
		b.Run(name, func(b *testing.B) {
			c := quick()
			c.FlashAttention = flash
			e := open(b, file, c)
			begin := worked(b)
			for b.Loop() {
				transcribe(b, e, tone(2.5, 1), asr.Hints{})
			}
			b.ReportMetric((worked(b)-begin).Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// BenchmarkGuided measures what the guided reading costs beside the free one, with a
// model of the shape of base.en, on 2.5 s of sound. Its
// weights are random, so that no sentence fits, and none is so far off that it is left
// out: it is the worst that there is.
func BenchmarkGuided(b *testing.B) {
	file := ggmltest.Base().File(b)
	var sentences []string
	for _, verb := range []string{"turn on", "turn off", "dim", "brighten"} {
		for _, room := range []string{"kitchen", "bedroom", "office", "hall", "living room"} {
			for n := range 100 {
				sentences = append(sentences, fmt.Sprintf("%s the %s light to %d percent", verb, room, n))
			}
		}
	}
	e := open(b, file, quick())
	hints := [2]asr.Hints{{}, {Expected: asr.NewExpected(sentences, "", nil)}}
	for _, h := range hints {
		transcribe(b, e, tone(2.5, 1), h)
	}
	var of [2]time.Duration
	measured := 0
	for b.Loop() {
		for i, h := range hints {
			begin := worked(b)
			if transcribe(b, e, tone(2.5, 1), h).Expected.Measured {
				measured++
			}
			of[i] += worked(b) - begin
		}
	}
	b.ReportMetric(of[0].Seconds()*1000/float64(b.N), "free-ms/op")
	b.ReportMetric((of[1]-of[0]).Seconds()*1000/float64(b.N), "guided-ms-more/op")
	b.ReportMetric(float64(measured)/float64(b.N), "found/op")
}

// BenchmarkAlternatives measures what other readings cost beside the free one, with a model
// of the shape of base.en, on 2.5 s of sound. Its weights are random, so that every token
// is as likely as any other: it is the worst that there is. Where all is heard surely it
// costs nothing.
func BenchmarkAlternatives(b *testing.B) {
	file := ggmltest.Base().File(b)
	with := quick()
	with.Alternatives = 3
	engines := [2]*Engine{open(b, file, quick()), open(b, file, with)}
	var of [2]time.Duration
	found := 0
	for b.Loop() {
		for i, e := range engines {
			e.mostTokens = 10
			begin := worked(b)
			found += len(transcribe(b, e, tone(2.5, 1), asr.Hints{}).Alternatives)
			of[i] += worked(b) - begin
		}
	}
	b.ReportMetric(of[0].Seconds()*1000/float64(b.N), "free-ms/op")
	b.ReportMetric((of[1]-of[0]).Seconds()*1000/float64(b.N), "alternatives-ms-more/op")
	b.ReportMetric(float64(found)/float64(b.N), "found/op")
}

// BenchmarkPrompt measures what tokens of a prompt cost.
func BenchmarkPrompt(b *testing.B) {
	file := writeFile(b, baseModel())
	for name, prompt := range map[string]int{"0": 0, "32": 32, "220": 220} {
		b.Run(name, func(b *testing.B) {
			c := quick()
			c.Prompt = prompt
			e := open(b, file, c)
			h := asr.Hints{}
			for i := range 220 {
				h.Words = append(h.Words, word(300 + i)[1:])
			}
			begin := worked(b)
			for b.Loop() {
				transcribe(b, e, tone(2.5, 1), h)
			}
			b.ReportMetric((worked(b)-begin).Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}

func BenchmarkVAD(b *testing.B) {
	v, err := OpenVAD("")
	if err != nil {
		b.Fatal(err)
	}
	s, err := v.Stream()
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	samples := tone(1, 1).Samples[:512]
	for b.Loop() {
		if _, err := s.Probability(samples); err != nil {
			b.Fatal(err)
		}
	}
}
