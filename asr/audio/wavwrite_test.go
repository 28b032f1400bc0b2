package audio_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

func TestWriteWAV(t *testing.T) {
	nan := float32(math.NaN())
	clip := asr.Clip{Samples: []float32{0, 0.5, -0.5, 1, -1, 7, -7, nan}}
	for _, x := range voice(0.1, 16000) {
		clip.Samples = append(clip.Samples, float32(x))
	}
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, clip); err != nil {
		t.Fatal(err)
	}
	got := decode(t, b.Bytes(), alone)
	if len(got) != len(clip.Samples) {
		t.Fatalf("%d samples, not %d", len(got), len(clip.Samples))
	}
	for i, x := range clip.Samples {
		if x != x {
			x = 0
		}
		if want := min(max(x, -1), 1); math.Abs(float64(got[i]-want)) > 1.0/30000 {
			t.Errorf("sample %d is %v, not %v", i, got[i], want)
		}
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = errors.New("the disk is full")

func TestWriteWAVFails(t *testing.T) {
	for _, room := range []int{0, 10000} {
		if err := audio.WriteWAV(&full{room}, asr.Clip{Samples: make([]float32, 16000)}); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}
