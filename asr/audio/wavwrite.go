package audio

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"frontdesk/asr"
)

// WriteWAV writes the sound as a WAV of 16 bits, which every program reads.
// Samples outside of [-1, 1] are cut to it.
func WriteWAV(w io.Writer, c asr.Clip) error {
	const width = 2
	if len(c.Samples) > (math.MaxInt32-36)/width {
		return fmt.Errorf("writing a WAV: %w: it cannot hold %v", ErrTooLong, c.Duration())
	}
	size := uint32(len(c.Samples) * width)
	// Microsoft, "Multiple channel audio data and WAVE files".
	head := append(make([]byte, 0, 44), "RIFF"...)
	head = binary.LittleEndian.AppendUint32(head, 36+size)
	head = append(head, "WAVEfmt "...)
	head = binary.LittleEndian.AppendUint32(head, 16)
	head = binary.LittleEndian.AppendUint16(head, wavPCM)
	head = binary.LittleEndian.AppendUint16(head, 1)
	head = binary.LittleEndian.AppendUint32(head, asr.SampleRate)
	head = binary.LittleEndian.AppendUint32(head, asr.SampleRate*width)
	head = binary.LittleEndian.AppendUint16(head, width)
	head = binary.LittleEndian.AppendUint16(head, 8*width)
	head = append(head, "data"...)
	head = binary.LittleEndian.AppendUint32(head, size)
	b := bufio.NewWriter(w)
	if _, err := b.Write(head); err != nil {
		return fmt.Errorf("writing a WAV: %w", err)
	}
	var sample [width]byte
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
