package audio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/pion/opus"
	"github.com/pion/opus/pkg/oggreader"

	"frontdesk/asr"
)

// Opus counts time in samples of 48 kHz, whatever it is decoded to.
const opusRate = 48000

// errManyStreams: surround sound, which pion/opus does not take apart.
var errManyStreams = errors.New("more than one Opus stream")

// An opusStream is an Ogg/Opus file (RFC 7845), taken apart but not decoded.
type opusStream struct {
	packets [][]byte
	preSkip int     // samples of 48 kHz to drop at the start
	length  int     // samples of 48 kHz that are left then, padding dropped
	gain    float32 // what every sample is multiplied by
}

func parseOpus(data []byte, limit time.Duration) (opusStream, error) {
	var s opusStream
	r, head, err := oggreader.NewWith(bytes.NewReader(data))
	if err != nil {
		return s, damaged("reading the head of the Ogg file: %w", err)
	}
	if head.Version>>4 != 0 {
		return s, damaged("Ogg/Opus of version %d", head.Version)
	}
	if head.ChannelMap != 0 || head.Channels < 1 || head.Channels > 2 {
		return s, errManyStreams
	}
	s.preSkip = int(head.PreSkip)
	// The gain is in 1/256 dB.
	s.gain = float32(math.Pow(10, float64(int16(head.OutputGain))/(20*256)))

	tags, _, err := r.ParseNextPacket()
	if err != nil || !bytes.HasPrefix(tags, []byte("OpusTags")) {
		return s, damaged("the Ogg/Opus file has no tags")
	}
	var clock granules
	for {
		packet, page, err := r.ParseNextPacket()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return s, damaged("reading the Ogg file: %w", err)
		}
		if bytes.HasPrefix(packet, []byte("OpusHead")) {
			return s, errManyStreams // one recording after another, or beside it
		}
		n, err := packetLength(packet)
		if err != nil {
			return s, err
		}
		clock.add(n, page.GranulePosition)
		// A packet can be two bytes, so a file in bounds can hold hours. One
		// packet may be padding.
		if longer(clock.decoded-s.preSkip-n, opusRate, limit) {
			return s, tooLong(limit)
		}
		s.packets = append(s.packets, packet)
	}
	s.length = max(0, clock.played()-s.preSkip)
	return s, nil
}

// granules follows the clock of an Ogg/Opus file. The last page tells where the
// sound ends, which is mostly inside its last packet; the first page tells
// where the clock began, which is not 0 in a piece cut out of a broadcast.
// RFC 7845, sections 4.3 to 4.5.
type granules struct {
	decoded     int // samples of all packets
	first, last uint64
	onFirst     int // samples of the packets of the first page
}

func (g *granules) add(samples int, granule uint64) {
	if g.decoded == 0 {
		g.first = granule
	}
	if granule == g.first {
		g.onFirst += samples
	}
	g.decoded += samples
	g.last = granule
}

// played gives how many of the decoded samples belong to the sound. A clock
// that makes no sense is not followed.
func (g *granules) played() int {
	var start uint64
	// With a single page, what it lacks is padding at the end.
	if g.first != g.last && g.first > uint64(g.onFirst) {
		start = g.first - uint64(g.onFirst)
	}
	if g.last <= start || g.last-start > uint64(g.decoded) {
		return g.decoded
	}
	return int(g.last - start)
}

// packetLength gives how many samples of 48 kHz a packet holds, without
// decoding it. RFC 6716, section 3.1.
func packetLength(packet []byte) (int, error) {
	if len(packet) == 0 {
		return 0, damaged("an empty Opus packet")
	}
	var frame int
	switch configuration := int(packet[0] >> 3); {
	case configuration < 12: // SILK: 10, 20, 40, 60 ms
		frame = []int{480, 960, 1920, 2880}[configuration%4]
	case configuration < 16: // hybrid: 10, 20 ms
		frame = []int{480, 960}[configuration%2]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = []int{120, 240, 480, 960}[configuration%4]
	}
	count := 1
	switch packet[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(packet) < 2 {
			return 0, damaged("a short Opus packet")
		}
		count = int(packet[1] & 63)
	}
	if count == 0 || count*frame > opusRate*120/1000 {
		return 0, damaged("an Opus packet of %d frames", count)
	}
	return count * frame, nil
}

func (s opusStream) decode(ctx context.Context, limit time.Duration) (samples []float32, err error) {
	if longer(s.length, opusRate, limit) {
		return nil, tooLong(limit)
	}
	// Opus decodes to 16 kHz and one channel by itself: RFC 7845, section 5.1.1.
	decoder, err := opus.NewDecoderWithOutput(asr.SampleRate, 1)
	if err != nil {
		return nil, fmt.Errorf("making an Opus decoder: %w", err)
	}
	const ratio = opusRate / asr.SampleRate
	want := (s.preSkip + s.length) / ratio
	samples = make([]float32, 0, want)
	var frame [asr.SampleRate * 120 / 1000]float32
	for i, packet := range s.packets {
		if len(samples) >= want {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := decodePacket(&decoder, packet, frame[:])
		if err != nil {
			return nil, damaged("Opus packet %d: %w", i+1, err)
		}
		samples = append(samples, frame[:n]...)
	}
	samples = samples[:min(want, len(samples))]
	samples = samples[min(s.preSkip/ratio, len(samples)):]
	if s.gain != 1 {
		for i := range samples {
			samples[i] *= s.gain
		}
	}
	return samples, nil
}

// decodePacket decodes one packet.
func decodePacket(decoder *opus.Decoder, packet []byte, out []float32) (n int, err error) {
	defer caught(&err)
	return decoder.DecodeToFloat32(packet, out)
}
