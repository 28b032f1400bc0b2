package audio_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = errors.New("the disk is full")

func TestWriteWAVTo(t *testing.T) {
	clip := asr.Clip{Samples: make([]float32, 16000)}
	clip.Samples[7] = 0.5
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, clip); err != nil || !slices.Equal(b.Bytes(), audio.WAV(clip)) {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
	if err := audio.WriteWAV(&full{10000}, clip); !errors.Is(err, errFull) {
		t.Errorf("on a full disk: %v", err)
	}
}
