package audio_test

import (
	"math"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// What is written is read again, to half a step of 16 bits.
func TestWriteWAV(t *testing.T) {
	nan := float32(math.NaN())
	given := []float32{0, 0.5, -0.5, 1, -1, 2, -2, nan, 0.1}
	want := []float32{0, 0.5, -0.5, 1, -1, 1, -1, 0, 0.1}
	file := audio.WAV(asr.Clip{Samples: given})
	got, err := audio.Decode(t.Context(), file, audio.Options{})
	if err != nil || len(got.Samples) != len(want) {
		t.Fatal(got, err)
	}
	for i, s := range got.Samples {
		if math.Abs(float64(s-want[i])) > 1.0/20000 {
			t.Errorf("the sample %d is %v, want %v", i, s, want[i])
		}
	}
	if len(file) != 44+2*len(given) {
		t.Errorf("%d bytes", len(file))
	}
	if got, err := audio.Decode(t.Context(), audio.WAV(asr.Clip{}), audio.Options{}); err != nil || len(got.Samples) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}
