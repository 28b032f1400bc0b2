package whisper

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

// TestVADFiles: only Silero's detector is given to the library, whole.
func TestVADFiles(t *testing.T) {
	model, err := os.ReadFile("silero-v6.2.0.bin")
	if err != nil {
		t.Fatal(err)
	}
	if err := checkVAD(model); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if end := i * len(model) / 10; checkVAD(model[:end]) == nil {
			t.Errorf("cut at %d: no error", end)
		}
	}
	// After the name and the version: what the library computes with.
	for at := 4 + 4 + 10 + 12; at < 4+4+10+12+4*len(vadHead); at += 3 {
		turned := slices.Clone(model)
		turned[at] ^= 0x10
		if checkVAD(turned) == nil {
			t.Errorf("byte %d is turned: no error", at)
		}
	}
	if _, err := readVADReader(bytes.NewReader(make([]byte, maxVAD+1))); err == nil {
		t.Error("a file that is too large: no error")
	}
}

// FuzzVAD: no file makes the check fail but with an error, and none passes that lacks
// weights which the library reads.
func FuzzVAD(f *testing.F) {
	model, err := os.ReadFile("silero-v6.2.0.bin")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(model[:200], uint32(0), byte(0), uint32(0))
	f.Add([]byte("lmgg\xff\xff\xff\xff"), uint32(5), byte(7), uint32(1000))
	f.Fuzz(func(t *testing.T, begin []byte, where uint32, with byte, cut uint32) {
		_ = checkVAD(begin)
		changed := slices.Clone(model)
		copy(changed, begin)
		changed[int(where)%len(changed)] = with
		left := len(changed) - int(cut)%len(changed)
		if checkVAD(changed[:left]) == nil && left < len(model)-maxTrailing-maxName {
			t.Errorf("%d bytes of %d pass", left, len(model))
		}
	})
}
