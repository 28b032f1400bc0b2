package audio

import (
	"encoding/binary"
	"math"

	"frontdesk/asr"
)

// wavHeader is how long what stands before the samples is, in bytes.
const wavHeader = 44

// WAV gives a clip as a file: 16 kHz mono, 16 bits a sample, which every
// recogniser reads. What is beyond [-1, 1] is cut, and what is no number is
// silence. A clip of more than 18 hours does not fit the format's lengths.
func WAV(c asr.Clip) []byte {
	size := 2 * len(c.Samples)
	b := make([]byte, wavHeader, wavHeader+size)
	le := binary.LittleEndian
	copy(b, "RIFF")
	le.PutUint32(b[4:], uint32(wavHeader-8+size))
	copy(b[8:], "WAVEfmt ")
	le.PutUint32(b[16:], 16)
	le.PutUint16(b[20:], wavPCM)
	le.PutUint16(b[22:], 1) // channel
	le.PutUint32(b[24:], asr.SampleRate)
	le.PutUint32(b[28:], asr.SampleRate*2)
	le.PutUint16(b[32:], 2) // bytes of a frame
	le.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	le.PutUint32(b[40:], uint32(size))
	return AppendPCM(b, c.Samples)
}

// AppendPCM appends samples as numbers of 16 bits, little-endian, as they stand in
// a WAV and go over the wire.
func AppendPCM(b []byte, samples []float32) []byte {
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(toInt16(s)))
	}
	return b
}

func toInt16(s float32) int16 {
	if s != s {
		return 0
	}
	return int16(math.RoundToEven(float64(min(1, max(-1, s))) * math.MaxInt16))
}
