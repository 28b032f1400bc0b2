package vad

import (
	"context"
	"errors"
	"fmt"

	"frontdesk/asr"
)

// atOnce is how many samples are judged between two looks at ctx: a second.
const atOnce = asr.SampleRate

// Segments finds the utterances in a whole recording, in their order; none overlap.
func Segments(ctx context.Context, d Detector, clip asr.Clip, c Config) (found []Segment, err error) {
	stream, err := d.Stream()
	if err != nil {
		return nil, fmt.Errorf("finding the speech: %w", err)
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	s := NewSegmenter(stream, c)
	add := func(events []Event, err error) error {
		if err != nil {
			return fmt.Errorf("finding the speech: %w", err)
		}
		for _, e := range events {
			if e.Kind == Ended {
				found = append(found, e.Segment)
			}
		}
		return nil
	}
	for rest := clip.Samples; len(rest) > 0; {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		n := min(len(rest), atOnce)
		if err := add(s.Write(rest[:n])); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	if err := add(s.Flush()); err != nil {
		return nil, err
	}
	return found, nil
}

// Speech gives the share of the frames of a clip in which somebody speaks, in [0, 1].
func Speech(ctx context.Context, d Detector, clip asr.Clip, c Config) (share float64, err error) {
	stream, err := d.Stream()
	if err != nil {
		return 0, fmt.Errorf("looking for speech: %w", err)
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	var frame [Frame]float32
	heard, speech := 0, 0
	for rest := clip.Samples; len(rest) > 0; heard++ {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		n := copy(frame[:], rest)
		clear(frame[n:])
		rest = rest[n:]
		p, err := stream.Probability(frame[:])
		if err != nil {
			return 0, fmt.Errorf("looking for speech: %w", err)
		}
		if float64(p) >= c.Threshold {
			speech++
		}
	}
	if heard == 0 {
		return 0, nil
	}
	return float64(speech) / float64(heard), nil
}
