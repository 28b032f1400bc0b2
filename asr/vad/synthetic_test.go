package vad_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/asr/vad"
	"frontdesk/internal/ort/orttest"
)

// halves are sentences within which people think; the second may be empty.
var halves = [][2]string{
	{"turn on", "the kitchen light"}, {"I would like", "a large coffee with milk"}, {"stop", ""},
	{"set the bedroom", "to twenty degrees"}, {"what is", "the weather like tomorrow"}, {"yes please", ""},
	{"could you please", "close the blinds in the living room"}, {"play", "some music in the office"},
	{"dim the lights", "to fifty percent"}, {"remind me", "to call my mother at six"}, {"no thank you", ""},
	{"a small decaf", "with two sugars and cream"}, {"make it warmer", "in the bathroom"}, {"pause", ""},
	{"turn everything off", "and lock the front door"}, {"how do I", "reset my password"}, {"open the garage", ""},
	{"hey desk", "turn off the heating"}, {"give me", "an espresso, with oat milk, please"},
	{"can I get", "a double cappuccino, half full cream milk, and some brown sugar"},
	{"start the dishwasher", "at nine o'clock"}, {"is the front door locked", ""}, {"thirty minutes timer", ""},
	{"help me", "with the printer on the second floor"},
}

// TestSynthetic: synthetic voices that think for up to 0.4 s, besides the silence
// around what they say, in the noise of a kitchen. The settings are tuned on these,
// with FRONTDESK_TEST_LOAD=1; without, there are only a few.
func TestSynthetic(t *testing.T) {
	full := os.Getenv("FRONTDESK_TEST_LOAD") != ""
	if testing.Short() && !full {
		t.Skip("it takes seconds")
	}
	orttest.Config(t) // skips where there is none
	voices := []string{"flite:slt", "flite:kal16", "flite:awb", "flite:rms", "espeak-ng:en-us", "espeak-ng:en-gb", "espeak-ng:en-us+f3", "espeak-ng:en-us+m5"}
	every := 1
	if !full {
		voices, every = []string{"flite:slt"}, 8
	}
	random := rand.New(rand.NewPCG(7, 7))
	clips := map[string]asr.Clip{}
	for _, voice := range voices {
		for i := 0; i < len(halves); i += every {
			pause := 0.0
			if random.IntN(5) > 1 {
				pause = 0.4 * random.Float64()
			}
			clip := asrtest.Say(t, voice, halves[i][0])
			if rest := halves[i][1]; rest != "" {
				clip.Samples = append(clip.Samples, make([]float32, int(pause*asr.SampleRate))...)
				clip.Samples = append(clip.Samples, asrtest.Say(t, voice, rest).Samples...)
			}
			clips[fmt.Sprintf("%s: %s", voice, halves[i])] = clip
		}
	}
	for _, d := range detectors(t) {
		f := measure(t, d, clips)
		t.Logf("%s: %d clips, exactly one segment %d, none %d, frames kept %d of %d, wait %.2f s (at most %.2f)",
			d.name, f.clips, f.one, f.none, f.kept, f.loud, f.wait/float64(max(f.one, 1)), f.worst)
		if f.one*100 < f.clips*97 {
			t.Errorf("%s: %d of %d clips are exactly one segment", d.name, f.one, f.clips)
		}
		if f.kept*100 < f.loud*98 {
			t.Errorf("%s: %d of %d frames are kept", d.name, f.kept, f.loud)
		}
	}
	one := detectors(t)[0]
	clip := clips[fmt.Sprintf("%s: %s", voices[0], halves[0])]
	if share, err := vad.Speech(t.Context(), one, clip, vad.DefaultConfig()); err != nil || share < 0.3 {
		t.Errorf("the share of speech in speech is %v, %v", share, err)
	}
}
