package vad_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest/noise"
	"frontdesk/asr/audio"
	"frontdesk/asr/vad"
	"frontdesk/asr/whisper"
	"frontdesk/internal/ort/orttest"
)

var update = flag.Bool("update", false, "write the golden file anew")

const goldenFile = "testdata/vad.golden"

// detectors are all that there are in this build, by name.
func detectors(t *testing.T) (all []named) {
	all = append(all, named{"silero", silero(t)})
	if !whisper.Built {
		return all
	}
	w, err := whisper.OpenVAD("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return append(all, named{"whisper.cpp", ofWhisper{w}})
}

type named struct {
	name string
	vad.Detector
}

// ofWhisper makes a Detector of whisper.cpp's.
type ofWhisper struct{ *whisper.VAD }

func (w ofWhisper) Stream() (vad.Stream, error) { return w.VAD.Stream() }

// recordings are those of ../shared/voice, every one of so many, by name.
func recordings(t *testing.T, every int) map[string]asr.Clip {
	t.Helper()
	var files []string
	for _, folder := range []string{"coffee", "home"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "voice", folder, "*.flac"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("there are no recordings in ../shared/voice")
	}
	clips := map[string]asr.Clip{}
	for i, f := range files {
		if i%every != 0 {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c, err := audio.Decode(context.Background(), data, audio.Options{})
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		clips[filepath.Base(filepath.Dir(f))+"/"+filepath.Base(f)] = c
	}
	return clips
}

// figures are how well the speech was found in some clips.
type figures struct {
	clips, one, none int
	loud, kept       int     // frames within 30 dB of the clip's peak
	wait             float64 // seconds from the last such frame until it was known that the utterance was over
	worst            float64
}

// measure puts each clip into 10 s of a kitchen at 10 dB, or so much more that there
// are 2 s after it.
func measure(t *testing.T, d vad.Detector, clips map[string]asr.Clip) (f figures) {
	t.Helper()
	stream, err := d.Stream()
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close() // it never fails
	s := vad.NewSegmenter(stream, vad.DefaultConfig())
	for _, name := range slices.Sorted(maps.Keys(clips)) {
		clip := clips[name]
		seed := uint64(0) // of the name, so that a clip has its noise whatever others there are
		for _, b := range []byte(name) {
			seed = seed*31 + uint64(b)
		}
		random := rand.New(rand.NewPCG(seed, 0))
		at := 3*asr.SampleRate + random.IntN(asr.SampleRate)
		length := max(10*asr.SampleRate, at+len(clip.Samples)+2*asr.SampleRate)
		heard := noise.Over(clip.Samples, noise.NewKitchen(seed), length, at, 10)
		events, err := s.Write(heard)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := s.Flush()
		if err != nil {
			t.Fatal(err)
		}
		var found []vad.Event
		for _, e := range append(events, rest...) {
			if e.Kind == vad.Ended {
				found = append(found, e)
			}
		}
		f.add(t, name, clip.Samples, int64(at), found)
	}
	return f
}

func (f *figures) add(t *testing.T, name string, clip []float32, at int64, found []vad.Event) {
	f.clips++
	loud, n := noise.Loud(clip)
	f.loud += n
	kept, last := 0, at
	for i, is := range loud {
		if !is {
			continue
		}
		middle := at + int64(i)*vad.Frame + vad.Frame/2
		last = middle + vad.Frame/2
		for _, e := range found {
			if middle >= e.Segment.Start && middle < e.Segment.End() {
				kept++
			}
		}
	}
	f.kept += kept
	switch len(found) {
	case 0:
		f.none++
	case 1:
		f.one++
		wait := float64(found[0].At-last) / asr.SampleRate
		f.wait += wait
		f.worst = max(f.worst, wait)
	}
	if len(found) != 1 || kept*100 < n*98 {
		where := []string{}
		for _, e := range found {
			where = append(where, fmt.Sprintf("%.2f–%.2f s", float64(e.Segment.Start-at)/asr.SampleRate, float64(e.Segment.End()-at)/asr.SampleRate))
		}
		t.Logf("%s of %.2f s: %d of %d frames kept in %s", name, float64(len(clip))/asr.SampleRate, kept, n, strings.Join(where, ", "))
	}
}

// alone counts the segments in which a source alone is taken for speech.
func alone(t *testing.T, d vad.Detector, source noise.Source, seconds int) (segments int) {
	t.Helper()
	stream, err := d.Stream()
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close() // it never fails
	s := vad.NewSegmenter(stream, vad.DefaultConfig())
	second := make([]float32, asr.SampleRate)
	for range seconds {
		source.Fill(second)
		events, err := s.Write(second)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.Kind == vad.Ended {
				segments++
			}
		}
	}
	return segments
}

// TestRecordings holds what is found of people's speech in the noise of a kitchen. A
// few recordings always; all of them, and the golden file, with FRONTDESK_TEST_LOAD=1.
func TestRecordings(t *testing.T) {
	full := os.Getenv("FRONTDESK_TEST_LOAD") != ""
	if testing.Short() && !full {
		t.Skip("it takes seconds")
	}
	every, seconds := 40, 10
	if full {
		every, seconds = 1, 600
	}
	orttest.Config(t) // skips where there is none
	clips := recordings(t, every)
	var golden strings.Builder
	for _, d := range detectors(t) {
		f := measure(t, d, clips)
		kitchen, music := alone(t, d, noise.NewKitchen(10), seconds), alone(t, d, noise.NewMusic(10), seconds)
		line := fmt.Sprintf("%s: %d clips, exactly one segment %.1f %%, none %d, frames kept %.2f %%, wait %.2f s (at most %.2f); false segments in %d minutes: kitchen %d, music %d",
			d.name, f.clips, 100*float64(f.one)/float64(f.clips), f.none, 100*float64(f.kept)/float64(f.loud), f.wait/float64(max(f.one, 1)), f.worst, seconds/60, kitchen, music)
		t.Log(line)
		golden.WriteString(line + "\n")
		if f.one*100 < f.clips*97 {
			t.Errorf("%s: %d of %d clips are exactly one segment", d.name, f.one, f.clips)
		}
		if f.kept*100 < f.loud*98 {
			t.Errorf("%s: %d of %d frames are kept", d.name, f.kept, f.loud)
		}
		if kitchen > 1 || music > 1 {
			t.Errorf("%s: %d false segments in the kitchen, %d in music", d.name, kitchen, music)
		}
	}
	if !full {
		return
	}
	if *update {
		if err := os.WriteFile(goldenFile, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	// Without whisper.cpp its line is not compared.
	if !strings.HasPrefix(string(want), golden.String()) {
		t.Errorf("the figures have moved:\n%swant\n%s\nlook at why, and run with -update if it is better", golden.String(), want)
	}
}

// TestDetectorsAgree: whisper.cpp's detector, which has the weights rounded to 16 bit,
// judges as ONNX Runtime's does.
func TestDetectorsAgree(t *testing.T) {
	if !whisper.Built {
		t.Skip("this build is without whisper.cpp")
	}
	all := detectors(t)
	clips := recordings(t, 60)
	for _, name := range slices.Sorted(maps.Keys(clips)) {
		var p [2][]float32
		for i, d := range all {
			s, err := d.Stream()
			if err != nil {
				t.Fatal(err)
			}
			p[i] = judge(t, s, clips[name].Samples)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		var sum, most float64
		for i := range p[0] {
			d := math.Abs(float64(p[0][i] - p[1][i]))
			sum, most = sum+d, max(most, d)
		}
		mean := sum / float64(len(p[0]))
		t.Logf("%s: %.4f apart, at most %.3f", name, mean, most)
		if mean > 0.02 {
			t.Errorf("%s: the probabilities are %.3f apart", name, mean)
		}
	}
}
