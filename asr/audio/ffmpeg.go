package audio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"frontdesk/asr"
)

// A demuxer is how ffmpeg is told to read a kind: with this demuxer and these
// decoders only. It then never guesses, so a playlist (HLS, concat) that calls
// itself a sound is not followed, and no film decoder ever sees the file.
type demuxer struct {
	name   string // as -f takes it
	codecs string
	// seeks: the file may need to be read out of order, which a pipe cannot do.
	seeks bool
	// loose: the kind has no lengths, so that what cannot be read (tags at the
	// end) tells nothing about whether it is whole.
	loose bool
	more  []string // options of this demuxer
}

const (
	oggCodecs = "vorbis,libvorbis,flac,opus,libopus,speex,libspeex"
	pcmCodecs = "pcm_s8,pcm_u8,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le," +
		"pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_alaw,pcm_mulaw"
)

func demuxerOf(k kind) demuxer {
	switch k {
	case wav:
		return demuxer{name: "wav", codecs: "pcm_mulaw,pcm_alaw,adpcm_ms,adpcm_ima_wav"}
	case oggOpus, ogg:
		return demuxer{name: "ogg", codecs: oggCodecs}
	case flac:
		return demuxer{name: "flac", codecs: "flac"}
	case mp3:
		return demuxer{name: "mp3", codecs: "mp3,mp3float", loose: true}
	case aac:
		return demuxer{name: "aac", codecs: "aac", loose: true}
	case mp4:
		// An M4A can say that its sound lies in another file. That is off by
		// default; it is said again because much hangs on it.
		return demuxer{name: "mov", codecs: "aac,alac,mp3,mp3float,opus,libopus,flac", seeks: true,
			more: []string{"-enable_drefs", "0", "-use_absolute_path", "0"}}
	case webm:
		return demuxer{name: "matroska", codecs: oggCodecs + ",aac"}
	case aiff:
		return demuxer{name: "aiff", codecs: pcmCodecs}
	case caf:
		return demuxer{name: "caf", codecs: pcmCodecs + ",aac,alac,opus,libopus,adpcm_ima_qt", seeks: true}
	case w64:
		return demuxer{name: "w64", codecs: pcmCodecs}
	case amr:
		return demuxer{name: "amr", codecs: "amrnb,libopencore_amrnb,amrwb,libopencore_amrwb"}
	case wma:
		return demuxer{name: "asf", codecs: "wmav1,wmav2,wmapro,wmalossless,wmavoice"}
	}
	return demuxer{}
}

// viaFFmpeg decodes with the program ffmpeg; what says, for people, what the file
// is that needs it. It reads the file from its standard input, or from a private one
// that is gone afterwards; it can open nothing else, gets none of our environment,
// and ends with the context.
func viaFFmpeg(ctx context.Context, k kind, what string, data []byte, o Options) ([]float32, error) {
	program, err := exec.LookPath(o.FFmpeg)
	if err != nil {
		return nil, fmt.Errorf("%w, and %s needs it: install the package ffmpeg (apt install ffmpeg, brew install ffmpeg)",
			ErrNeedsFFmpeg, what)
	}
	d := demuxerOf(k)
	input, protocol := "pipe:0", "pipe"
	if d.seeks {
		folder, err := os.MkdirTemp("", "frontdesk-sound-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for a sound: %w", err)
		}
		defer os.RemoveAll(folder)
		file := filepath.Join(folder, "sound")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return nil, fmt.Errorf("writing a sound for ffmpeg: %w", err)
		}
		input, protocol = "file:"+file, "file"
		data = nil
	}

	limited, cancel := context.WithTimeout(ctx, o.FFmpegTime)
	defer cancel()
	cmd := exec.CommandContext(limited, program, ffmpegArguments(d, input, protocol, o.MaxLength)...)
	// What stands in our environment (tokens) is none of its business.
	cmd.Env = []string{"LC_ALL=C"}
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(data)
	// One second more than is allowed tells a sound that is too long.
	most := (seconds(o.MaxLength) + 1) * asr.SampleRate * 4
	stdout, stderr := &bounded{most: most, end: true}, &bounded{most: 4096}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, damaged("ffmpeg was not done with a file of the kind %s after %v", k, o.FFmpegTime)
	case stdout.full || longer(len(stdout.kept)/4, asr.SampleRate, o.MaxLength):
		return nil, tooLong(o.MaxLength)
	case err != nil && strings.Contains(string(stderr.kept), "matches no streams"):
		return nil, fmt.Errorf("%w: there is no sound in it", ErrNotSound)
	case err != nil:
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return nil, fmt.Errorf("running ffmpeg: %w", err)
		}
		return nil, damaged("ffmpeg cannot read a file of the kind %s: %w: %s", k, err, firstLine(string(stderr.kept)))
	}
	samples := make([]float32, len(stdout.kept)/4)
	for i := range samples {
		samples[i] = math.Float32frombits(binary.LittleEndian.Uint32(stdout.kept[4*i:]))
	}
	return samples, nil
}

// ffmpegArguments is the command line; https://ffmpeg.org/ffmpeg.html and
// https://ffmpeg.org/ffmpeg-formats.html say what each means. What stands
// before -i bounds the reading, the rest is the form of the result.
func ffmpegArguments(d demuxer, input, protocol string, limit time.Duration) []string {
	length := strconv.Itoa(seconds(limit) + 1)
	args := []string{
		"-nostdin", "-hide_banner", "-loglevel", "error", "-max_alloc", strconv.Itoa(256 << 20),
		"-threads", "1", "-protocol_whitelist", protocol, "-codec_whitelist", d.codecs, "-f", d.name,
	}
	if !d.loose {
		args = append(args, "-xerror")
	}
	args = append(args, d.more...)
	return append(args, "-t", length, "-i", input,
		"-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
		// The mean of the channels, as here; left to itself, it makes two alike 3 dB
		// louder, and cuts off what is loud.
		"-t", length, "-ac", "1", "-rematrix_maxval", "1", "-ar", strconv.Itoa(asr.SampleRate), "-f", "f32le", "pipe:1")
}

// seconds gives the whole seconds of a length, rounded up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// bounded keeps so many bytes. What comes after them is dropped, or ends the
// writer: its pipe is closed when Write fails.
type bounded struct {
	kept []byte
	most int
	end  bool
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	fits := min(len(p), b.most-len(b.kept))
	b.kept = append(b.kept, p[:fits]...)
	b.full = b.full || fits < len(p)
	if b.full && b.end {
		return fits, errors.New("too much output")
	}
	return len(p), nil
}

// firstLine gives the first line that ffmpeg said, quoted, since it may repeat what
// stands in the file, and without the part of it that speaks, which it names with an
// address in its memory: "[mov,mp4 @ 0x55d0] ".
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if part, rest, ok := strings.Cut(line, "] "); ok && strings.HasPrefix(part, "[") && strings.Contains(part, " @ 0x") {
		line = rest
	}
	return strconv.Quote(line[:min(len(line), 200)])
}
