package audio

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"frontdesk/asr"
)

const (
	wavHead  = 44 // bytes in front of the samples
	wavWidth = 2  // bytes of a sample
)

// WAVHead gives what stands in front of samples of 16 bits, of one channel, in a WAV:
// so many a second, and so many bytes of them. Microsoft, "Multiple channel audio data
// and WAVE files".
func WAVHead(rate, size int) []byte {
	b := append(make([]byte, 0, wavHead), "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(wavHead-8+size))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, wavPCM)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*wavWidth))
	b = binary.LittleEndian.AppendUint16(b, wavWidth)
	b = binary.LittleEndian.AppendUint16(b, 8*wavWidth)
	b = append(b, "data"...)
	return binary.LittleEndian.AppendUint32(b, uint32(size))
}

// WriteWAV writes the sound as a WAV of 16 bits, which every program reads.
// Samples outside of [-1, 1] are cut to it.
func WriteWAV(w io.Writer, c asr.Clip) error {
	if len(c.Samples) > (math.MaxInt32-wavHead)/wavWidth {
		return fmt.Errorf("writing a WAV: %w: it cannot hold %v", ErrTooLong, c.Duration())
	}
	b := bufio.NewWriter(w)
	if _, err := b.Write(WAVHead(asr.SampleRate, len(c.Samples)*wavWidth)); err != nil {
		return fmt.Errorf("writing a WAV: %w", err)
	}
	var sample [wavWidth]byte
	for _, x := range c.Samples {
		whole := math.Round(float64(min(max(x, -1), 1)) * math.MaxInt16)
		if x != x {
			whole = 0
		}
		binary.LittleEndian.PutUint16(sample[:], uint16(int16(whole)))
		if _, err := b.Write(sample[:]); err != nil {
			return fmt.Errorf("writing a WAV: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing a WAV: %w", err)
	}
	return nil
}
