//go:build whisper && cgo

package whisper

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/asr/vad"
	"frontdesk/internal/ort/orttest"
)

func openVAD(t testing.TB, file string) *VAD {
	t.Helper()
	v, err := OpenVAD(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func stream(t testing.TB, d vad.Detector) vad.Stream {
	t.Helper()
	s, err := d.Stream()
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

// probabilities of the frames of a clip, one after the other.
func probabilities(t testing.TB, s vad.Stream, samples []float32) []float32 {
	t.Helper()
	var all []float32
	for frame := range slices.Chunk(samples, vad.Frame) {
		if len(frame) < vad.Frame {
			break
		}
		p, err := s.Probability(frame)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// said is half a second of silence, a sentence, and as much silence again.
func said(t testing.TB) []float32 {
	t.Helper()
	clip := asrtest.Say(t, "flite:slt", "Turn on the light in the kitchen, please.")
	silence := make([]float32, asr.SampleRate/2)
	return slices.Concat(silence, clip.Samples, silence)
}

// TestVADStream: a stream in pieces is as one, and forgets when it is told to.
func TestVADStream(t *testing.T) {
	v := openVAD(t, "")
	samples := said(t)
	samples = samples[:len(samples)/vad.Frame*vad.Frame]
	whole := make([]float32, len(samples)/vad.Frame)
	once := stream(t, v).(*vadStream)
	if err := once.frames(samples, whole); err != nil {
		t.Fatal(err)
	}
	s := stream(t, v)
	pieces := probabilities(t, s, samples)
	if !slices.Equal(pieces, whole) {
		t.Errorf("in pieces %v, at once %v", pieces, whole)
	}
	if pieces[3] > 0.2 || slices.Max(pieces) < 0.9 {
		t.Errorf("silence is speech with %v, and speech with %v", pieces[3], slices.Max(pieces))
	}
	if after := probabilities(t, s, samples[:vad.Frame*20]); slices.Equal(after, pieces[:20]) {
		t.Error("nothing of what was heard before enters")
	}
	s.Reset()
	if again := probabilities(t, s, samples); !slices.Equal(again, pieces) {
		t.Error("something of before is left")
	}
	if _, err := s.Probability(samples[:100]); err == nil {
		t.Error("100 samples: no error")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Reset()
	if _, err := s.Probability(samples[:vad.Frame]); err == nil {
		t.Error("closed: no error")
	}
}

// TestVADLikeONNX: both ways to run Silero hear speech in the same frames, nearly.
func TestVADLikeONNX(t *testing.T) {
	other, err := vad.Open(orttest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	samples := said(t)
	ours, theirs := probabilities(t, stream(t, openVAD(t, "")), samples), probabilities(t, stream(t, other), samples)
	same, apart := 0, 0.0
	for i := range ours {
		if (ours[i] > 0.5) == (theirs[i] > 0.5) {
			same++
		}
		apart += math.Abs(float64(ours[i] - theirs[i]))
	}
	t.Logf("%d of %d frames are judged alike; the probabilities are %.3f apart in the mean", same, len(ours), apart/float64(len(ours)))
	if same < len(ours)*9/10 || apart > 0.1*float64(len(ours)) {
		t.Errorf("ours   %.2f\ntheirs %.2f", ours, theirs)
	}
}

// TestVADFile: a file is taken if it is the detector, and else named.
func TestVADFile(t *testing.T) {
	file := writeFile(t, silero)
	if s := stream(t, openVAD(t, file)); len(probabilities(t, s, make([]float32, vad.Frame))) != 1 {
		t.Error("a detector of a file judges nothing")
	}
	for _, bad := range []string{writeFile(t, silero[:len(silero)-1]), filepath.Join(t.TempDir(), "none.bin"), modelFile(t, tiny())} {
		if _, err := OpenVAD(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	v := openVAD(t, "")
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if _, err := v.Stream(); err == nil {
		t.Error("a stream of a closed detector: no error")
	}
}
