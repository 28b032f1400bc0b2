package mic

import (
	"context"
	"io"

	"frontdesk/asr"
)

// Pauses are what stands before, between and after files, so that each is heard by
// itself.
const (
	before = asr.SampleRate / 2
	after  = 2 * asr.SampleRate
)

// Files gives a source of recordings in the place of a microphone: one after the
// other, with silence between them, as fast as they are read.
func Files(clips ...asr.Clip) Source {
	f := &files{}
	for _, c := range clips {
		f.pieces = append(f.pieces, make([]float32, before), c.Samples, make([]float32, after))
	}
	return f
}

type files struct{ pieces [][]float32 }

// Read implements [Source].
func (f *files) Read(ctx context.Context, into []float32) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	for len(f.pieces) > 0 && len(f.pieces[0]) == 0 {
		f.pieces = f.pieces[1:]
	}
	if len(f.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(into, f.pieces[0])
	f.pieces[0] = f.pieces[0][n:]
	return n, nil
}
