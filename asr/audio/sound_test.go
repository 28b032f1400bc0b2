package audio_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

var update = flag.Bool("update", false, "make the sound files of testdata anew; needs opusenc (Debian: opus-tools) and ffmpeg")

const studio = 48000 // samples a second of the sounds that the tests make

// voice makes so many seconds of something like a voice: pulses at a gliding
// pitch through two resonances that move, in syllables.
func voice(seconds float64, rate int) []float64 {
	n := int(seconds * float64(rate))
	out := make([]float64, n)
	var phase float64
	var a, b [2]float64 // the resonators' last two outputs
	for i := range out {
		t := float64(i) / float64(rate)
		phase += (120 + 30*math.Sin(2*math.Pi*1.3*t)) / float64(rate)
		var pulse float64
		if phase >= 1 {
			phase--
			pulse = 1
		}
		x := resonate(&a, pulse, 500+200*math.Sin(2*math.Pi*2.1*t), 90, rate)
		x += 0.5 * resonate(&b, pulse, 1500+500*math.Sin(2*math.Pi*1.7*t), 120, rate)
		out[i] = x * (0.55 + 0.45*math.Sin(2*math.Pi*3*t))
	}
	var peak float64
	for _, x := range out {
		peak = max(peak, math.Abs(x))
	}
	for i := range out {
		out[i] *= 0.5 / peak
	}
	return out
}

func resonate(state *[2]float64, x, frequency, width float64, rate int) float64 {
	r := math.Exp(-math.Pi * width / float64(rate))
	y := x + 2*r*math.Cos(2*math.Pi*frequency/float64(rate))*state[0] - r*r*state[1]
	state[1], state[0] = state[0], y
	return y
}

func tone(frequency, seconds float64, rate int) []float64 {
	out := make([]float64, int(seconds*float64(rate)))
	for i := range out {
		out[i] = 0.5 * math.Sin(2*math.Pi*frequency*float64(i)/float64(rate))
	}
	return out
}

// riff makes a RIFF file of chunks: an id, then its body.
func riff(chunks ...any) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVE")
	for i := 0; i < len(chunks); i += 2 {
		body := chunks[i+1].([]byte)
		b = append(b, chunks[i].(string)...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
		b = append(b, body...)
		if len(body)%2 == 1 {
			b = append(b, 0)
		}
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func wavFormat(tag, channels, rate, bits int) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	return binary.LittleEndian.AppendUint16(b, uint16(bits))
}

// pcm16 interleaves channels of the same length.
func pcm16(channels ...[]float64) []byte {
	var b []byte
	for i := range channels[0] {
		for _, c := range channels {
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(c[i]*32767))))
		}
	}
	return b
}

func wav16(rate int, channels ...[]float64) []byte {
	return riff("fmt ", wavFormat(1, len(channels), rate, 16), "data", pcm16(channels...))
}

// likeness gives how alike two sounds are sample by sample, 1 at best
// (the normalised correlation, at no delay).
func likeness(a []float32, b []float64) float64 {
	var ab, aa, bb float64
	for i := range min(len(a), len(b)) {
		ab += float64(a[i]) * b[i]
		aa += float64(a[i]) * float64(a[i])
		bb += b[i] * b[i]
	}
	return ab / math.Sqrt(aa*bb+1e-30)
}

func loudness(a []float32) float64 {
	var sum float64
	for _, x := range a {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(max(1, len(a))))
}

// oggPage makes a page of Ogg that holds whole packets. RFC 3533, section 6.
func oggPage(flags byte, granule uint64, number int, packets ...[]byte) []byte {
	b := append([]byte("OggS\x00"), flags)
	b = binary.LittleEndian.AppendUint64(b, granule)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(number))
	b = append(b, 0, 0, 0, 0)
	var lacing, body []byte
	for _, p := range packets {
		for range len(p) / 255 {
			lacing = append(lacing, 255)
		}
		lacing = append(lacing, byte(len(p)%255))
		body = append(body, p...)
	}
	b = append(b, byte(len(lacing)))
	b = append(append(b, lacing...), body...)
	binary.LittleEndian.PutUint32(b[22:], oggChecksum(b))
	return b
}

// oggSerial gives the file with another serial number on its pages, as another
// recording has.
func oggSerial(file []byte, serial uint32) []byte {
	file = bytes.Clone(file)
	for b := file; len(b) > 0; {
		size := 27 + int(b[26])
		for _, lacing := range b[27:size] {
			size += int(lacing)
		}
		page := b[:size]
		binary.LittleEndian.PutUint32(page[14:], serial)
		clear(page[22:26])
		binary.LittleEndian.PutUint32(page[22:], oggChecksum(page))
		b = b[size:]
	}
	return file
}

func oggChecksum(b []byte) uint32 {
	var sum uint32
	for _, x := range b {
		sum ^= uint32(x) << 24
		for range 8 {
			carry := sum >> 31
			sum = sum<<1 ^ carry*0x04c11db7
		}
	}
	return sum
}

// opusHead makes the first packet of an Ogg/Opus file. RFC 7845, section 5.1.
func opusHead(channels, preSkip, gain int) []byte {
	b := append([]byte("OpusHead\x01"), byte(channels))
	b = binary.LittleEndian.AppendUint16(b, uint16(preSkip))
	b = binary.LittleEndian.AppendUint32(b, studio)
	b = binary.LittleEndian.AppendUint16(b, uint16(gain))
	return append(b, 0)
}

// opusFile makes an Ogg/Opus file of packets, one a page; the clock stands at
// the given places (in 48 kHz samples) after each.
func opusFile(head []byte, packets [][]byte, clock []uint64) []byte {
	file := oggPage(2, 0, 0, head)
	file = append(file, oggPage(0, 0, 1, []byte("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"))...)
	for i, p := range packets {
		var flags byte
		if i == len(packets)-1 {
			flags = 4
		}
		file = append(file, oggPage(flags, clock[i], i+2, p)...)
	}
	return file
}

// fixtures are sound files of 0.75 seconds of voice, in the ways that coders code;
// with -update they are made by opusenc and ffmpeg.
var fixtures = []struct {
	file      string
	stereo    bool    // the second channel is silent
	likeness  float64 // at least, to what was coded
	arguments []string
}{
	{"silk.opus", false, 0.95, []string{"--bitrate", "12", "--speech", "--framesize", "60"}},
	{"hybrid.opus", false, 0.95, []string{"--bitrate", "24", "--speech", "--max-delay", "200"}},
	{"celt.opus", false, 0.95, []string{"--bitrate", "48", "--hard-cbr", "--music"}},
	{"stereo.opus", true, 0.95, []string{"--bitrate", "32", "--music"}},
	{"mpeg1.mp3", true, 0.95, []string{"-ar", "44100", "-b:a", "64k", "-joint_stereo", "1"}},
	{"vbr.mp3", false, 0.95, []string{"-ar", "48000", "-q:a", "7"}},
	{"mpeg2.mp3", false, 0.95, []string{"-ar", "24000", "-b:a", "24k"}},
	{"padded.mp3", false, 0.95, []string{"-ar", "22050", "-b:a", "32k"}},
	{"16.flac", false, 0.9999, []string{"-ar", "16000", "-sample_fmt", "s16"}},
	{"24.flac", true, 0.99, []string{"-ar", "8000", "-sample_fmt", "s32"}},
}

const fixtureSeconds = 0.75

func TestMain(m *testing.M) {
	if pretendFFmpeg() {
		return
	}
	flag.Parse()
	if *update {
		if err := makeFixtures(); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func makeFixtures() error {
	folder, err := os.MkdirTemp("", "sound")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for _, f := range fixtures {
		channels := [][]float64{voice(fixtureSeconds, studio)}
		if f.stereo {
			channels = append(channels, make([]float64, len(channels[0])))
		}
		in, out := filepath.Join(folder, "in.wav"), filepath.Join("testdata", f.file)
		if err := os.WriteFile(in, wav16(studio, channels...), 0o600); err != nil {
			return err
		}
		program, args := "opusenc", append([]string{"--quiet", "--padding", "0", "--serial", "1", "--discard-comments"}, f.arguments...)
		if filepath.Ext(out) != ".opus" {
			program, args = "ffmpeg", append([]string{"-y", "-loglevel", "error", "-i", in, "-map_metadata", "-1", "-id3v2_version", "0", "-bitexact"}, f.arguments...)
		} else {
			args = append(args, in)
		}
		if said, err := exec.Command(program, append(args, out)...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", program, err, said)
		}
	}
	return nil
}

// silentFLAC makes a FLAC of so many seconds of silence, 13 bytes for each 1.3
// seconds, whose head says claim samples (0: not known).
func silentFLAC(seconds int, claim uint64) []byte {
	const rate = 48000
	var b bytes.Buffer
	info := &meta.StreamInfo{BlockSizeMin: 16, BlockSizeMax: 65535, SampleRate: rate, NChannels: 1, BitsPerSample: 16, NSamples: claim}
	e, err := flac.NewEncoder(&b, info)
	if err != nil {
		panic(err)
	}
	for left := seconds * rate; left > 0; left -= 65535 {
		n := min(left, 65535)
		err := e.WriteFrame(&frame.Frame{
			Header:    frame.Header{BlockSize: uint16(n), SampleRate: rate, Channels: frame.ChannelsMono, BitsPerSample: 16},
			Subframes: []*frame.Subframe{{SubHeader: frame.SubHeader{Pred: frame.PredConstant}, Samples: make([]int32, n), NSamples: n}},
		})
		if err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// silentMP3 makes so many frames of MPEG-2 at 24 kHz and 8 kbit/s, 24 bytes each.
func silentMP3(frames int) []byte {
	return bytes.Repeat(append([]byte{0xff, 0xf3, 0x14, 0xc0}, make([]byte, 20)...), frames)
}
