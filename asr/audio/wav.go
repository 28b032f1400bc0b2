package audio

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"frontdesk/asr"
)

// The formats of a WAV that are read here. Microsoft, "Multiple channel audio
// data and WAVE files"; RFC 2361 lists the tags.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavExtensible = 0xfffe // the tag stands further on, in the sub-format
)

// What a WAV may say of itself. Real ones stay far inside.
const (
	maxChannels = 32
	minRate     = 4000
	maxRate     = 192000
)

// Programs that write into a pipe do not know the length yet, and put the
// largest that they can: ffmpeg 2³²−1, sox and arecord about 2³¹.
const unknownLength = 0x7fff0000

// A wavFile is a WAV, taken apart. The RIFF readers for Go that we tried make a
// buffer as large as a header claims (go-audio/riff, beep), or refuse a
// recording that was piped (golang.org/x/image/riff); walking over the chunks
// of bytes that are in memory anyway is shorter than guarding them.
type wavFile struct {
	tag, channels, bits int
	rate                int
	data                []byte
}

// parseWAV takes a WAV apart, or an RF64 (EBU Tech 3306), which is a WAV that may be
// longer than its numbers hold: its chunk "ds64" says how long.
func parseWAV(b []byte) (wavFile, error) {
	var w wavFile
	var formatSeen bool
	ends := 8 + uint64(binary.LittleEndian.Uint32(b[4:])) // as its head says
	var long uint64                                       // what "ds64" says of the sound
	for rest := b[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:]
		switch {
		case id != "data":
		case size == math.MaxUint32 && long > 0:
			size = long
		case size >= unknownLength, size == 0 && ends <= uint64(len(b)-len(body)):
			// Nobody put the length in: it was not known yet. A recorder that was
			// killed leaves a head that says that the file ends here.
			size = uint64(len(body))
		}
		if size > uint64(len(body)) {
			return w, damaged("the WAV ends inside its chunk %q", id)
		}
		body = body[:size]
		switch {
		case id == "ds64" && len(body) >= 16:
			long = binary.LittleEndian.Uint64(body[8:])
		case id == "fmt ":
			if len(body) < 16 {
				return w, damaged("the WAV has a short format")
			}
			w.tag = int(binary.LittleEndian.Uint16(body))
			w.channels = int(binary.LittleEndian.Uint16(body[2:]))
			w.rate = int(binary.LittleEndian.Uint32(body[4:]))
			w.bits = int(binary.LittleEndian.Uint16(body[14:]))
			if w.tag == wavExtensible && len(body) >= 26 {
				w.tag = int(binary.LittleEndian.Uint16(body[24:]))
			}
			formatSeen = true
		case id == "data" && formatSeen:
			w.data = body
			return w, w.check()
		}
		// A chunk of odd size is followed by a byte of padding.
		rest = rest[min(8+size+size%2, uint64(len(rest))):]
	}
	return w, damaged("the WAV has no sound after a format")
}

func (w wavFile) check() error {
	switch {
	case w.channels < 1 || w.channels > maxChannels:
		return damaged("a WAV of %d channels", w.channels)
	case w.rate < minRate || w.rate > maxRate:
		return damaged("a WAV of %d samples a second", w.rate)
	case w.tag == wavPCM && (w.bits < 1 || w.bits > 32), w.tag == wavFloat && w.bits != 32 && w.bits != 64:
		return damaged("a WAV of %d bits a sample", w.bits)
	}
	return nil
}

// plain tells whether the samples stand there as numbers.
func (w wavFile) plain() bool { return w.tag == wavPCM || w.tag == wavFloat }

func (w wavFile) decode(ctx context.Context, limit time.Duration) ([]float32, error) {
	width := (w.bits + 7) / 8
	frame := width * w.channels
	frames := len(w.data) / frame
	if longer(frames, w.rate, limit) {
		return nil, tooLong(limit)
	}
	mono := make([]float32, frames)
	for i := range mono {
		if i%asr.SampleRate == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var sum float64
		for c := range w.channels {
			sum += w.sample(w.data[i*frame+c*width:])
		}
		mono[i] = float32(sum / float64(w.channels))
	}
	return resample(ctx, mono, w.rate)
}

// sample gives one sample, little-endian, in [-1, 1). Eight bits and fewer are
// unsigned; odd widths fill their bytes from the top.
func (w wavFile) sample(b []byte) float64 {
	switch width := (w.bits + 7) / 8; {
	case w.tag == wavFloat && width == 8:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case w.tag == wavFloat:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case width == 1:
		return (float64(b[0]) - 128) / 128
	case width == 2:
		return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case width == 3:
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	default:
		return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
	}
}

// longer tells whether so many samples last longer than the limit.
func longer(samples, rate int, limit time.Duration) bool {
	return float64(samples)/float64(rate) > limit.Seconds()
}
