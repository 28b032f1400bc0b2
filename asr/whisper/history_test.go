//go:build whisper && cgo

package whisper

import (
	"reflect"
	"testing"

	"frontdesk/asr"
)

// trained is a model that really recognises speech; asr/whisper/fortests says what it is.
const trained = "testdata/for-tests-home.bin"

// TestHistory: what is heard of a clip depends on nothing that was heard before it, to
// the last bit, though the other clip has more positions, or fewer. Attention that reads
// behind its own would find what the other left there.
func TestHistory(t *testing.T) {
	skipShort(t)
	layers := tiny()
	layers.TextLayers = 6 // as many as base has: the last one's cut window lies behind the first one's whole one
	for _, c := range []struct {
		name, model string
		flash       bool
		clip, other float64 // seconds
	}{
		{"cut", trained, false, 3.5, 7},
		{"cut, flash", trained, true, 3.5, 7},
		{"whole, flash", modelFile(t, layers), true, 28, 1},
	} {
		config := quick()
		config.FlashAttention = c.flash
		hear := func(e *Engine, seconds float64) asr.Transcript {
			got := transcribe(t, e, tone(seconds, 2), asr.Hints{})
			got.Took = 0
			return got
		}
		want := hear(open(t, c.model, config), c.clip)
		if len(want.Segments) == 0 {
			t.Errorf("%s: nothing is heard: nothing would be tested", c.name)
		}
		used := open(t, c.model, config)
		first := hear(used, c.clip)
		hear(used, c.other)
		for when, got := range map[string]asr.Transcript{"first": first, "after another": hear(used, c.clip)} {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %+v, not %+v", c.name, when, got, want)
			}
		}
	}
}
