package audio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	mewkiz "github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
)

// decodeFLAC decodes a FLAC (RFC 9639). needs is set, in place of an error, where
// the library cannot: samples of 32 bits.
func decodeFLAC(ctx context.Context, data []byte, limit time.Duration) (samples []float32, needs string, err error) {
	stream, err := openFLAC(data)
	if err != nil {
		return nil, "", damaged("reading the head of the FLAC: %w", err)
	}
	info := stream.Info
	rate := int(info.SampleRate)
	switch {
	case rate < minRate || rate > maxRate:
		return nil, "", damaged("a FLAC of %d samples a second", rate)
	case info.BitsPerSample > 24:
		return nil, fmt.Sprintf("a FLAC of %d bits", info.BitsPerSample), nil
	case info.NSamples > uint64(rate)*uint64(seconds(limit)):
		return nil, "", tooLong(limit)
	}
	// What the head claims is believed once it has been decoded, not before: a
	// frame of a few bytes may stand for 65 535 samples of silence.
	var mono []float32
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		f, err := nextFLAC(stream, info.BitsPerSample)
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, frame.ErrInvalidSync) && info.NSamples > 0 && uint64(len(mono)) >= info.NSamples {
			break // tags behind the sound
		}
		if err != nil {
			return nil, "", damaged("FLAC frame %d: %w", n+1, err)
		}
		mono = mixFLAC(mono, f)
		if longer(len(mono), rate, limit) {
			return nil, "", tooLong(limit)
		}
	}
	if uint64(len(mono)) < info.NSamples {
		return nil, "", damaged("the FLAC ends after %d of %d samples", len(mono), info.NSamples)
	}
	samples, err = resample(ctx, mono, rate)
	return samples, "", err
}

// mixFLAC appends the samples of a frame, its channels mixed.
func mixFLAC(mono []float32, f *frame.Frame) []float32 {
	scale := 1 / (float64(int64(1)<<(f.BitsPerSample-1)) * float64(len(f.Subframes)))
	for i := range f.Subframes[0].Samples {
		var sum float64
		for _, channel := range f.Subframes {
			sum += float64(channel.Samples[i])
		}
		mono = append(mono, float32(sum*scale))
	}
	return mono
}

// openFLAC reads the head, and nothing that stands between it and the sound
// (pictures).
func openFLAC(data []byte) (s *mewkiz.Stream, err error) {
	defer caught(&err)
	s, err = mewkiz.New(bytes.NewReader(data))
	if err == io.EOF { // none of an end: the head is cut off
		err = io.ErrUnexpectedEOF
	}
	return s, err
}

// nextFLAC decodes a frame, all of whose channels have its length. A frame may
// leave it to the head how wide its samples are.
func nextFLAC(s *mewkiz.Stream, bits uint8) (f *frame.Frame, err error) {
	defer caught(&err)
	if f, err = s.Next(); err != nil {
		return nil, err
	}
	if f.BitsPerSample == 0 {
		f.BitsPerSample = bits
	}
	if err = f.Parse(); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	for _, channel := range f.Subframes {
		if len(channel.Samples) != int(f.BlockSize) {
			return nil, errors.New("a channel has another length than the frame")
		}
	}
	return f, nil
}

// caught turns the panic of a decoder that is not ours into an error. They index
// tables by what they read; one that a damaged file breaks must not end the
// program. It is not used again afterwards.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the decoder gave up: %v", p)
	}
}
