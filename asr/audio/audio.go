// Package audio turns the sound files that people send into an [asr.Clip].
//
// WAV, Ogg/Opus (the voice messages of most platforms), FLAC and MP3 are decoded
// here. M4A, AAC, WebM, Ogg/Vorbis, AIFF, CAF, AMR, WMA, and what is rare of the others
// go through the program ffmpeg where it is installed. The kind of a file is told from
// its bytes alone: its name and its content type come from the sender too, and prove
// nothing.
package audio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/asr"
)

// What can be wrong with a file. Every error of [Decode] that is about the
// file wraps one of these; the others are about this machine, or are the
// context's.
var (
	ErrTooLarge = errors.New("the file is too large")
	ErrTooLong  = errors.New("the sound is too long")
	// ErrNotSound: no kind of sound that is known here, or a film without sound.
	ErrNotSound = errors.New("not a sound file")
	// ErrDamaged: a known kind, but not readable as such, or cut off. Half of
	// what somebody said is no sound to act on.
	ErrDamaged = errors.New("the sound file is damaged")
	// ErrNeedsFFmpeg: what only ffmpeg decodes, and it is not installed. The text
	// around it says what that is, and what to install.
	ErrNeedsFFmpeg = errors.New("ffmpeg is not installed")
)

// Options bound what is accepted. The zero value is made of defaults.
type Options struct {
	MaxBytes  int           // of the file; 25 MiB unless set
	MaxLength time.Duration // of the sound; 5 minutes unless set
	FFmpeg    string        // the program, a name in PATH or a path; "ffmpeg" unless set
	// FFmpegTime is how long ffmpeg may take; 30 seconds unless set. The
	// decoders here end by the bound on the length.
	FFmpegTime time.Duration
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 25 << 20
	}
	if o.MaxLength <= 0 {
		o.MaxLength = 5 * time.Minute
	}
	if o.FFmpeg == "" {
		o.FFmpeg = "ffmpeg"
	}
	if o.FFmpegTime <= 0 {
		o.FFmpegTime = 30 * time.Second
	}
	return o
}

// Decode gives the sound of a file: its channels mixed into one, at
// [asr.SampleRate], every sample in [-1, 1]. A file that holds no samples gives
// an empty clip. Decode keeps no state and may be called from any goroutine.
// Within the default bounds a call needs up to 150 MB (a voice message of a
// minute: 5 MB) and runs at most one ffmpeg, so a caller bounds how many run
// at once.
func Decode(ctx context.Context, data []byte, options Options) (asr.Clip, error) {
	o := options.withDefaults()
	if len(data) > o.MaxBytes {
		return asr.Clip{}, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, o.MaxBytes)
	}
	if err := ctx.Err(); err != nil {
		return asr.Clip{}, err
	}
	samples, err := decode(ctx, data, o)
	if err != nil {
		return asr.Clip{}, err
	}
	for i, s := range samples {
		switch {
		case s != s: // not a number, which float formats can hold
			samples[i] = 0
		default:
			samples[i] = min(max(s, -1), 1)
		}
	}
	return asr.Clip{Samples: samples}, nil
}

func decode(ctx context.Context, data []byte, o Options) ([]float32, error) {
	switch k := kindOf(data); k {
	case unknown:
		if len(data) == 0 {
			return nil, fmt.Errorf("%w: it is empty", ErrNotSound)
		}
		return nil, ErrNotSound
	case wav:
		w, err := parseWAV(data)
		if err != nil {
			return nil, err
		}
		if !w.plain() {
			return viaFFmpeg(ctx, k, "a WAV that is coded", data, o)
		}
		return w.decode(ctx, o.MaxLength)
	case oggOpus:
		s, err := parseOpus(data, o.MaxLength)
		if errors.Is(err, errManyStreams) {
			return viaFFmpeg(ctx, k, "an Ogg/Opus file of several streams", data, o)
		} else if err != nil {
			return nil, err
		}
		return s.decode(ctx, o.MaxLength)
	case flac:
		samples, needs, err := decodeFLAC(ctx, data, o.MaxLength)
		if needs != "" {
			return viaFFmpeg(ctx, k, needs, data, o)
		}
		return samples, err
	case mp3:
		f, err := parseMP3(data, o.MaxLength)
		if err != nil {
			return nil, err
		}
		if f.needs != "" {
			return viaFFmpeg(ctx, k, f.needs, data, o)
		}
		return f.decode(ctx, o.MaxLength)
	default:
		return viaFFmpeg(ctx, k, string(k), data, o)
	}
}

func tooLong(limit time.Duration) error {
	return fmt.Errorf("%w: more than %v", ErrTooLong, limit)
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}
