//go:build whisper && cgo

package whisper

import (
	"reflect"
	"testing"

	"frontdesk/asr"
)

// TestHistory: what is heard of a clip depends on nothing that was heard before it, to
// the last bit, though the other clip has more positions, or fewer. Attention that reads
// behind its own would find what the other left there.
func TestHistory(t *testing.T) {
	skipShort(t)
	layers := tiny()
	layers.TextLayers = 6 // as many as base has: the last one's cut window lies behind the first one's whole one
	file := modelFile(t, layers)
	for _, c := range []struct {
		name        string
		flash       bool
		clip, other float64 // seconds
	}{
		{"cut", false, 3.5, 7},
		{"cut, flash", true, 3.5, 7},
		{"whole, flash", true, 28, 1},
	} {
		config := quick()
		config.FlashAttention = c.flash
		e := open(t, file, config)
		hear := func(seconds float64) asr.Transcript {
			got := transcribe(t, e, tone(seconds, 2), asr.Hints{})
			got.Took = 0
			return got
		}
		first := hear(c.clip)
		if len(first.Segments) == 0 {
			t.Errorf("%s: nothing is heard: nothing would be tested", c.name)
		}
		hear(c.other)
		if again := hear(c.clip); !reflect.DeepEqual(again, first) {
			t.Errorf("%s: %+v, and after another %+v", c.name, first, again)
		}
	}
}
