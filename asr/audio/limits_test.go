package audio_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"frontdesk/asr/audio"
)

// TestLimitsBeforeDecoding holds that sound which is too long is refused by what its file
// says, and never decoded: that would take memory for all of it.
func TestLimitsBeforeDecoding(t *testing.T) {
	packets := slices.Repeat([][]byte{{31<<3 | 3, 6}}, 5000) // of 120 ms each
	clock := make([]uint64, len(packets))
	for i := range clock {
		clock[i] = uint64(i+1) * studio * 120 / 1000
	}
	for name, file := range map[string][]byte{
		"WAV":  wav16(16000, make([]float64, 200*16000)),
		"FLAC": silentFLAC(600, 600*studio),
		"MP3":  silentMP3(20000),
		"Opus": opusFile(opusHead(1, 0, 0), packets, clock),
	} {
		const most = 1 << 20 // 200 s are 12.8 MB
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := audio.Decode(context.Background(), file, audio.Options{FFmpeg: "no-such-program", MaxLength: time.Second})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, audio.ErrTooLong) || took > most {
			t.Errorf("%s: %v, and it took %d bytes", name, err, took)
		}
		if _, err := audio.Decode(context.Background(), file, audio.Options{FFmpeg: "no-such-program", MaxBytes: len(file) - 1, MaxLength: math.MaxInt64}); !errors.Is(err, audio.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
