package audio

import (
	"fmt"
	"io"
	"math"

	"frontdesk/asr"
)

// WriteWAV writes a clip as [WAV] gives it. A clip that is too long for the format
// is an [ErrTooLong].
func WriteWAV(w io.Writer, c asr.Clip) error {
	if len(c.Samples) > (math.MaxInt32-wavHeader)/2 {
		return fmt.Errorf("writing a WAV: %w: it cannot hold %v", ErrTooLong, c.Duration())
	}
	if _, err := w.Write(WAV(c)); err != nil {
		return fmt.Errorf("writing a WAV: %w", err)
	}
	return nil
}
