package audio_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// alone decodes without ffmpeg, wherever it runs.
var alone = audio.Options{FFmpeg: "no-such-program"}

func decode(t *testing.T, file []byte, o audio.Options) []float32 {
	t.Helper()
	clip, err := audio.Decode(context.Background(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	return clip.Samples
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWAV(t *testing.T) {
	sound := tone(440, 0.25, 16000)
	samples := func(put func(b []byte, x float64) []byte) (b []byte) {
		for _, x := range sound {
			b = put(b, x)
		}
		return b
	}
	signed := func(bits int) []byte {
		return samples(func(b []byte, x float64) []byte {
			whole := binary.LittleEndian.AppendUint32(nil, uint32(int32(x*(1<<31-1))))
			return append(b, whole[4-bits/8:]...)
		})
	}
	floats := samples(func(b []byte, x float64) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(x)))
	})
	piped := wav16(16000, sound)
	binary.LittleEndian.PutUint32(piped[4:], math.MaxUint32)
	binary.LittleEndian.PutUint32(piped[40:], math.MaxUint32)
	// What recorders leave that were killed before they put the length in: a head of
	// nothing, and one of a file without sound.
	blank, unfinished := wav16(16000, sound), wav16(16000, sound)
	binary.LittleEndian.PutUint32(blank[4:], 0)
	binary.LittleEndian.PutUint32(blank[40:], 0)
	binary.LittleEndian.PutUint32(unfinished[4:], 36)
	binary.LittleEndian.PutUint32(unfinished[40:], 0)
	// An RF64, with something behind the sound.
	long := binary.LittleEndian.AppendUint64(make([]byte, 8), uint64(2*len(sound)))
	rf64 := riff("ds64", append(long, make([]byte, 12)...), "fmt ", wavFormat(1, 1, 16000, 16), "data", pcm16(sound), "LIST", []byte("more"))
	copy(rf64, "RF64\xff\xff\xff\xff")
	binary.LittleEndian.PutUint32(rf64[bytes.Index(rf64, []byte("data"))+4:], math.MaxUint32)

	for name, file := range map[string][]byte{
		"8 bits": riff("fmt ", wavFormat(1, 1, 16000, 8), "data", samples(func(b []byte, x float64) []byte {
			return append(b, byte(128+math.Round(x*127)))
		})),
		"16 bits":  wav16(16000, sound),
		"24 bits":  riff("fmt ", wavFormat(1, 1, 16000, 24), "data", signed(24)),
		"32 bits":  riff("fmt ", wavFormat(1, 1, 16000, 32), "data", signed(32)),
		"32 float": riff("fmt ", wavFormat(3, 1, 16000, 32), "data", floats),
		"64 float": riff("fmt ", wavFormat(3, 1, 16000, 64), "data", samples(func(b []byte, x float64) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		})),
		"extensible": riff("fmt ", append(wavFormat(0xfffe, 1, 16000, 32), "\x16\x00\x20\x00\x04\x00\x00\x00\x03\x00"+
			"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...), "data", floats),
		"other chunks": riff("LIST", []byte("odd"), "fmt ", wavFormat(1, 1, 16000, 16), "fact", []byte("1234"),
			"data", pcm16(sound), "LIST", []byte("more")),
		"piped":      piped,
		"blank":      blank,
		"unfinished": unfinished,
		"RF64":       rf64,
		"stereo":     wav16(16000, tone(440, 0.25, 16000), sound),
	} {
		t.Run(name, func(t *testing.T) {
			got := decode(t, file, alone)
			if len(got) != len(sound) {
				t.Errorf("%d samples, not %d", len(got), len(sound))
			}
			for i, x := range got {
				if math.Abs(float64(x)-sound[i]) > 0.01 {
					t.Fatalf("sample %d is %v, not %v", i, x, sound[i])
				}
			}
		})
	}
	t.Run("channels are mixed", func(t *testing.T) {
		opposite := tone(440, 0.25, 16000)
		for i := range opposite {
			opposite[i] = -opposite[i]
		}
		if l := loudness(decode(t, wav16(16000, sound, opposite), alone)); l > 1e-4 {
			t.Errorf("a sound and its opposite give one of loudness %v", l)
		}
	})
	t.Run("samples stay in range", func(t *testing.T) {
		var b []byte
		for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 2, 0.5} {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
		got := decode(t, riff("fmt ", wavFormat(3, 1, 16000, 64), "data", b), alone)
		for i, want := range []float32{0, 1, -1, 1, 0.5} {
			if got[i] != want {
				t.Errorf("sample %d is %v, not %v", i, got[i], want)
			}
		}
	})
	t.Run("empty", func(t *testing.T) {
		if got := decode(t, wav16(48000, nil), alone); len(got) != 0 {
			t.Errorf("%d samples out of none", len(got))
		}
		// What stands behind it is no sound of it.
		if got := decode(t, riff("fmt ", wavFormat(1, 1, 16000, 16), "data", []byte{}, "LIST", []byte("more")), alone); len(got) != 0 {
			t.Errorf("%d samples out of none, with a list behind", len(got))
		}
	})
}

// TestRates holds the resampler: what is speech stays as it is, in place and
// in loudness, and what cannot be heard at 16 kHz does not fold into it.
func TestRates(t *testing.T) {
	for _, rate := range []int{4000, 8000, 11025, 16001, 22050, 24000, 32000, 44100, 44101, 48000, 96000, 192000} {
		high := 0.4 * float64(min(rate, 16000)) // 80 % of what the rate can carry
		for _, frequency := range []float64{50, 440, high} {
			got := decode(t, wav16(rate, tone(frequency, 0.5, rate)), alone)
			want := tone(frequency, 0.5, asr.SampleRate)
			if n := len(got) - len(want); n < -1 || n > 1 {
				t.Fatalf("%d Hz: %d samples, not %d", rate, len(got), len(want))
			}
			// The ends ring, as they must.
			got, want = got[400:7500], want[400:7500]
			for i, x := range got {
				if math.Abs(float64(x)-want[i]) > 0.002 {
					t.Fatalf("%d Hz, a tone of %v Hz: sample %d is %v, not %v", rate, frequency, i, x, want[i])
				}
			}
		}
		if rate > 20000 {
			heard := decode(t, wav16(rate, tone(9000, 0.5, rate)), alone)
			if l := loudness(heard[400:7500]); l > 1e-4 {
				t.Errorf("%d Hz: of a tone of 9 kHz, %.6f is left", rate, l)
			}
		}
	}
}

// TestCoded decodes what real coders made, without ffmpeg: it is what was coded, in
// its place, as long and as loud.
func TestCoded(t *testing.T) {
	original := decode(t, wav16(studio, voice(fixtureSeconds, studio)), alone)
	want := make([]float64, len(original))
	for i, x := range original {
		want[i] = float64(x)
	}
	for _, f := range fixtures {
		t.Run(f.file, func(t *testing.T) {
			got := decode(t, fixture(t, f.file), alone)
			// The coders' delays and paddings are gone.
			if n := int(fixtureSeconds * asr.SampleRate); len(got) != n && len(got) != n+1 {
				t.Errorf("%d samples, not %d", len(got), n)
			}
			if l := likeness(got, want); l < f.likeness {
				t.Errorf("it resembles what was coded by %.4f", l)
			}
			loud := loudness(original)
			if f.stereo { // one channel is silent
				loud /= 2
			}
			if l := loudness(got) / loud; l < 0.9 || l > 1.1 {
				t.Errorf("it is %.2f times as loud as what was coded", l)
			}
		})
	}
}

// A silent packet of 20 ms: CELT, full band, one empty frame.
var silence = []byte{31 << 3, 0xff, 0xfe}

func TestOpusClock(t *testing.T) {
	for _, c := range []struct {
		name    string
		preSkip int
		clock   []uint64
		want    int // in samples of 48 kHz
	}{
		{"whole packets", 0, []uint64{960, 1920, 2880}, 2880},
		{"pre-skip", 312, []uint64{960, 1920, 2880}, 2568},
		{"padding at the end", 312, []uint64{960, 1920, 2400}, 2088},
		{"padding in one page", 300, []uint64{660}, 360},
		{"a piece of a broadcast", 0, []uint64{100960, 101920, 102400}, 2400},
		{"less than the pre-skip", 2000, []uint64{960, 1200}, 0},
		{"a clock that runs away", 0, []uint64{960, 1920, 1 << 40}, 2880},
		{"a clock that runs back", 0, []uint64{1 << 40, 1920, 960}, 2880},
		{"a clock that stands", 0, []uint64{0, 0}, 1920},
		{"no clock", 0, []uint64{math.MaxUint64, math.MaxUint64}, 1920},
	} {
		packets := make([][]byte, len(c.clock))
		for i := range packets {
			packets[i] = silence
		}
		got := decode(t, opusFile(opusHead(1, c.preSkip, 0), packets, c.clock), alone)
		if len(got) != c.want/3 {
			t.Errorf("%s: %d samples, not %d", c.name, len(got), c.want/3)
		}
	}
}

func TestOpusGain(t *testing.T) {
	file := fixture(t, "celt.opus")
	plain := loudness(decode(t, file, alone))
	quiet := bytes.Clone(file)
	head := oggPage(2, 0, 0, opusHead(1, 312, -6*256))
	copy(quiet, head)
	// The pages need one serial number.
	copy(quiet[14:18], file[14:18])
	clear(quiet[22:26])
	binary.LittleEndian.PutUint32(quiet[22:], oggChecksum(quiet[:len(head)]))
	if l := loudness(decode(t, quiet, alone)) / plain; math.Abs(l-0.501) > 0.01 {
		t.Errorf("6 dB less is %.3f times as loud", l)
	}
}

func TestRefused(t *testing.T) {
	sound := wav16(16000, tone(440, 1, 16000))
	opus := fixture(t, "hybrid.opus")
	flac, mp3 := fixture(t, "16.flac"), fixture(t, "vbr.mp3")
	turned := func(file []byte, at int) []byte { return patched(file, at, file[at]^1) }
	with := func(format []byte) []byte { return riff("fmt ", format, "data", make([]byte, 64)) }
	second := func(o audio.Options) audio.Options { o.MaxLength = 500 * time.Millisecond; return o }
	packets := func(p ...[]byte) []byte {
		return opusFile(opusHead(1, 0, 0), p, []uint64{960, 1920}[:len(p)])
	}

	// The clock tells of one second, the packets hold twenty minutes.
	minutes := slices.Repeat([][]byte{{31<<3 | 3, 6}}, 10000)
	clock := slices.Repeat([]uint64{studio}, len(minutes))

	for name, c := range map[string]struct {
		file    []byte
		options audio.Options
		want    error
	}{
		"too many bytes":     {sound, audio.Options{MaxBytes: 1000}, audio.ErrTooLarge},
		"a long WAV":         {sound, second(alone), audio.ErrTooLong},
		"a long Opus":        {opus, second(alone), audio.ErrTooLong},
		"minutes of Opus":    {opusFile(opusHead(1, 0, 0), minutes, clock), alone, audio.ErrTooLong},
		"nothing":            {nil, alone, audio.ErrNotSound},
		"text":               {[]byte("please turn the lights on"), alone, audio.ErrNotSound},
		"UTF-16 text":        {[]byte("\xff\xfeh\x00i\x00"), alone, audio.ErrNotSound},
		"JPEG":               {[]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), alone, audio.ErrNotSound},
		"HLS":                {[]byte("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"), alone, audio.ErrNotSound},
		"concat":             {[]byte("ffconcat version 1.0\nfile /etc/passwd\n"), alone, audio.ErrNotSound},
		"WAV, head only":     {sound[:12], alone, audio.ErrDamaged},
		"WAV, cut off":       {sound[:1000], alone, audio.ErrDamaged},
		"WAV, no format":     {riff("data", make([]byte, 64)), alone, audio.ErrDamaged},
		"WAV, short format":  {with(make([]byte, 15)), alone, audio.ErrDamaged},
		"WAV, no channels":   {with(wavFormat(1, 0, 16000, 16)), alone, audio.ErrDamaged},
		"WAV, many channels": {with(wavFormat(1, 4000, 16000, 16)), alone, audio.ErrDamaged},
		"WAV, no rate":       {with(wavFormat(1, 1, 0, 16)), alone, audio.ErrDamaged},
		"WAV, no bits":       {with(wavFormat(1, 1, 16000, 0)), alone, audio.ErrDamaged},
		"WAV, 24 bit float":  {with(wavFormat(3, 1, 16000, 24)), alone, audio.ErrDamaged},
		"Opus, head only":    {opus[:47], alone, audio.ErrDamaged},
		"Opus, cut off":      {opus[:len(opus)-100], alone, audio.ErrDamaged},
		"Opus, a bit turned": {turned(opus, len(opus)-5), alone, audio.ErrDamaged},
		"Opus, empty packet": {packets(silence, nil), alone, audio.ErrDamaged},
		"Opus, short packet": {packets([]byte{31<<3 | 3}), alone, audio.ErrDamaged},
		"Opus, long packet":  {packets([]byte{31<<3 | 3, 63}), alone, audio.ErrDamaged},
		"Opus, no frame":     {packets([]byte{31<<3 | 3, 0}), alone, audio.ErrDamaged},
		"Opus, bad frames":   {packets([]byte{31<<3 | 2, 200}), alone, audio.ErrDamaged},

		"FLAC, head only":    {flac[:8], alone, audio.ErrDamaged},
		"FLAC, no frames":    {flac[:42], alone, audio.ErrDamaged},
		"FLAC, cut off":      {flac[:len(flac)/2], alone, audio.ErrDamaged},
		"FLAC, a bit turned": {turned(flac, len(flac)/2), alone, audio.ErrDamaged},
		"FLAC, no rate":      {patched(flac, 18, 0, 0, 0), alone, audio.ErrDamaged},
		"FLAC, a wild rate":  {patched(flac, 18, 0x9f, 0xff, 0xf0), alone, audio.ErrDamaged},
		"FLAC claims a day":  {silentFLAC(1, 86400*studio), alone, audio.ErrTooLong},
		"FLAC holds more":    {silentFLAC(4, 0), second(alone), audio.ErrTooLong},
		"a long FLAC":        {flac, second(alone), audio.ErrTooLong},
		"FLAC, 32 bits":      {patched(flac, 20, 0x01, 0xf0), alone, audio.ErrNeedsFFmpeg},
		"MP3, head only":     {mp3[:4], alone, audio.ErrDamaged},
		"MP3, tags only":     {[]byte("ID3\x04"), alone, audio.ErrDamaged},
		"MP3, large tags":    {[]byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f and no more"), alone, audio.ErrDamaged},
		"MP3, cut off":       {mp3[:len(mp3)*2/3], alone, audio.ErrDamaged},
		"a long MP3":         {mp3, second(alone), audio.ErrTooLong},
		"more of MP3":        {silentMP3(200), second(alone), audio.ErrTooLong},

		"MPEG-2.5": {bytes.Repeat(append([]byte("\xff\xe3\x18\xc4"), make([]byte, 68)...), 2), alone, audio.ErrNeedsFFmpeg},
		"layer II": {[]byte("\xff\xfd\x80\x04"), alone, audio.ErrNeedsFFmpeg},
		"free MP3": {[]byte("ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x00\x64"), alone, audio.ErrNeedsFFmpeg},
		"AAC":      {[]byte("\xff\xf1\x50\x80"), alone, audio.ErrNeedsFFmpeg},
		"M4A":      {[]byte("\x00\x00\x00\x18ftypM4A "), alone, audio.ErrNeedsFFmpeg},
		"WebM":     {[]byte("\x1a\x45\xdf\xa3"), alone, audio.ErrNeedsFFmpeg},
		"Vorbis":   {oggPage(2, 0, 0, []byte("\x01vorbis")), alone, audio.ErrNeedsFFmpeg},
		"AIFF":     {[]byte("FORM\x00\x00\x00\x04AIFF"), alone, audio.ErrNeedsFFmpeg},
		"AIFC":     {[]byte("FORM\x00\x00\x00\x04AIFC"), alone, audio.ErrNeedsFFmpeg},
		"CAF":      {[]byte("caff\x00\x01\x00\x00"), alone, audio.ErrNeedsFFmpeg},
		"AMR":      {[]byte("#!AMR-WB\n"), alone, audio.ErrNeedsFFmpeg},
		"WMA":      {[]byte("\x30\x26\xb2\x75\x8e\x66\xcf\x11"), alone, audio.ErrNeedsFFmpeg},
		"IFF":      {[]byte("FORM\x00\x00\x00\x04ILBM"), alone, audio.ErrNotSound},
		"A-law":    {with(wavFormat(6, 1, 8000, 8)), alone, audio.ErrNeedsFFmpeg},
		"surround": {oggPage(2, 0, 0, append(opusHead(6, 0, 0)[:18], "\x01\x04\x02\x00\x04\x01\x02\x03\x05"...)), alone, audio.ErrNeedsFFmpeg},
		"two Opus": {append(bytes.Clone(opus), opus...), alone, audio.ErrNeedsFFmpeg},
	} {
		t.Run(name, func(t *testing.T) {
			clip, err := audio.Decode(context.Background(), c.file, c.options)
			if !errors.Is(err, c.want) {
				t.Errorf("got %d samples and %v", len(clip.Samples), err)
			}
			if errors.Is(err, audio.ErrNeedsFFmpeg) && !strings.Contains(err.Error(), "install the package ffmpeg") {
				t.Errorf("it does not say what to install: %v", err)
			}
		})
	}
}

// patched gives the file with other bytes at a place.
func patched(file []byte, at int, with ...byte) []byte {
	file = bytes.Clone(file)
	copy(file[at:], with)
	return file
}

// TestAround decodes sounds with what others put around them, and pieces of them.
func TestAround(t *testing.T) {
	tag := append([]byte("ID3\x04\x00\x00\x00\x00\x01\x00"), bytes.Repeat([]byte{0xff, 0xfb, 0x90, 0x64}, 32)...)
	mp3, flac := fixture(t, "mpeg1.mp3"), fixture(t, "16.flac")
	const frame = 208 // bytes, and one more where padded
	whole := int(fixtureSeconds * asr.SampleRate)
	// The first frame tells how long the file is and is no sound; without it, what
	// the coder put around the sound is left.
	bare := mp3[frame+int(mp3[2]>>1&1):]
	for name, c := range map[string]struct {
		file        []byte
		least, most int
	}{
		"tags in front":         {append(bytes.Clone(tag), mp3...), whole, whole},
		"tags twice":            {append(append(bytes.Clone(tag), tag...), mp3...), whole, whole},
		"tags behind":           {append(bytes.Clone(mp3), append([]byte("TAG"), make([]byte, 125)...)...), whole, whole},
		"other tags behind":     {append(bytes.Clone(mp3), "APETAGEX and \xff\xfb\x90\x64, more than a few bytes of them"...), whole, whole},
		"one after another":     {append(bytes.Clone(mp3), mp3...), 2 * whole, 2*whole + 3*1152},
		"no head":               {bare, whole, whole + 2*1152},
		"a piece":               {bare[bytes.Index(bare[len(bare)/2:], bare[:2])+len(bare)/2:], whole / 3, whole * 2 / 3},
		"something in between":  {slices.Concat(bare[:8*frame], []byte("\xff\xfb and what not"), bare[8*frame:]), whole - 2*1152, whole + 2*1152},
		"FLAC with tags":        {append(bytes.Clone(tag), flac...), whole, whole},
		"FLAC with tags behind": {append(bytes.Clone(flac), append([]byte("TAG"), make([]byte, 125)...)...), whole, whole},
		"a FLAC of any length":  {patched(flac, 21, flac[21]&0xf0, 0, 0, 0, 0), whole, whole},
	} {
		t.Run(name, func(t *testing.T) {
			got := decode(t, c.file, audio.Options{FFmpeg: "no-such-program", MaxLength: time.Minute})
			if len(got) < c.least || len(got) > c.most {
				t.Errorf("%d samples, not %d to %d", len(got), c.least, c.most)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, file := range [][]byte{wav16(48000, tone(440, 1, studio)), fixture(t, "silk.opus"), fixture(t, "16.flac"), fixture(t, "vbr.mp3")} {
		if _, err := audio.Decode(ctx, file, alone); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

// TestRecorded holds recorded voices: the sample that everybody measures with.
func TestRecorded(t *testing.T) {
	file, err := os.ReadFile("../../../shared/voice/jfk.wav")
	if err != nil {
		t.Skipf("the recorded voices are not here: %v", err)
	}
	clip, err := audio.Decode(context.Background(), file, alone)
	if err != nil {
		t.Fatal(err)
	}
	if d := clip.Duration(); d != 11*time.Second {
		t.Errorf("it lasts %v, not 11 s", d)
	}
	if l := loudness(clip.Samples); l < 0.03 || l > 0.3 {
		t.Errorf("its loudness is %.3f", l)
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wav16(8000, tone(440, 0.01, 8000)))
	f.Add(riff("LIST", []byte("odd"), "fmt ", wavFormat(3, 2, 48000, 32), "data", make([]byte, 64)))
	f.Add(riff("fmt ", wavFormat(1, 3, 191999, 24), "data", make([]byte, 90)))
	f.Fuzz(func(t *testing.T, file []byte) {
		check(t, append([]byte("RIFF\x00\x00\x00\x00WAVE"), file[min(12, len(file)):]...))
	})
}

// FuzzOgg gives the reader whole files. Checksums keep it from most packets, so
// FuzzOpus makes valid files of packets.
func FuzzOgg(f *testing.F) {
	f.Add(fixture(f, "silk.opus"))
	f.Add(opusFile(opusHead(2, 312, 300), [][]byte{silence}, []uint64{960}))
	f.Add([]byte("\xff\xfb\x90\x64"))
	f.Add([]byte("\x00\x00\x00\x18ftypM4A "))
	f.Fuzz(check)
}

func FuzzOpus(f *testing.F) {
	f.Add([]byte("\x03\xf8\xff\xfe\x05\x58\x01\x02\x03\x04"), uint16(312), uint64(1000), true)
	f.Add([]byte("\x08\x78abcdefg\x08\xf8abcdefg\x08\x08abcdefg\x09\x7babcdefgh"), uint16(0), uint64(5000), false)
	f.Fuzz(func(t *testing.T, b []byte, preSkip uint16, last uint64, stereo bool) {
		var packets [][]byte
		var clock []uint64
		for len(b) > 0 && len(packets) < 50 {
			n := min(int(b[0]), len(b)-1)
			packets = append(packets, b[1:1+n])
			clock = append(clock, uint64(len(packets)*960))
			b = b[1+n:]
		}
		if len(clock) > 0 {
			clock[len(clock)-1] = last
		}
		channels := 1
		if stereo {
			channels = 2
		}
		check(t, opusFile(opusHead(channels, int(preSkip), 0), packets, clock))
	})
}

func FuzzFLAC(f *testing.F) {
	f.Add(fixture(f, "16.flac")[:3000])
	f.Add(silentFLAC(2, 0))
	f.Fuzz(func(t *testing.T, file []byte) {
		check(t, append([]byte("fLaC"), file[min(4, len(file)):]...))
	})
}

func FuzzMP3(f *testing.F) {
	for _, name := range []string{"mpeg1.mp3", "mpeg2.mp3", "padded.mp3"} {
		f.Add(fixture(f, name)[:1500])
	}
	f.Add(silentMP3(3))
	f.Add([]byte("ID3\x04\x00\x00\x00\x00\x00\x02ab\xff\xfb\x90\x64"))
	f.Fuzz(check)
}

// check decodes: whatever comes, the samples are in range or the error is one
// of those that the package names.
func check(t *testing.T, file []byte) {
	clip, err := audio.Decode(context.Background(), file, audio.Options{FFmpeg: "no-such-program", MaxLength: time.Minute})
	if err != nil {
		for _, known := range []error{audio.ErrTooLong, audio.ErrNotSound, audio.ErrDamaged, audio.ErrNeedsFFmpeg} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Fatal(err)
	}
	if clip.Duration() > time.Minute {
		t.Fatalf("it lasts %v", clip.Duration())
	}
	for i, x := range clip.Samples {
		if !(x >= -1 && x <= 1) {
			t.Fatalf("sample %d is %v", i, x)
		}
	}
}

func BenchmarkCoded(b *testing.B) {
	for _, f := range fixtures {
		b.Run(f.file, func(b *testing.B) {
			file := fixture(b, f.file)
			for b.Loop() {
				if _, err := audio.Decode(context.Background(), file, alone); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWAV(b *testing.B) {
	for name, rate := range map[string]int{"16k": 16000, "44k1": 44100, "48k": 48000} {
		b.Run(name, func(b *testing.B) {
			file := wav16(rate, tone(440, 10, rate))
			for b.Loop() {
				if _, err := audio.Decode(context.Background(), file, alone); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
