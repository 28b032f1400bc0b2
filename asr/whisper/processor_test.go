//go:build whisper && cgo && linux && amd64

package whisper

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/asr"
)

// heardBy is what a process hears that takes one set of instructions.
type heardBy struct {
	Processor string
	Said      []asr.Transcript
}

const heardFile = "FRONTDESK_TEST_HEARD"

// TestProcessors: what tools/whisper.mk compiles for several processors hears the same
// on each. The library chooses once in a process, so each has one of its own.
func TestProcessors(t *testing.T) {
	if file := os.Getenv(heardFile); file != "" {
		hearFor(t, file)
		return
	}
	model := modelFile(t, tiny())
	var first heardBy
	had := map[string]bool{}
	for _, most := range []string{"sse42", "avx2", "avx512"} {
		file := filepath.Join(t.TempDir(), "heard.json")
		cmd := exec.Command(os.Args[0], "-test.run=^TestProcessors$")
		cmd.Env = append(os.Environ(), "FRONTDESK_WHISPER_CPU="+most, heardFile+"="+file, "FRONTDESK_TEST_MODEL="+model)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", most, err, out)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got heardBy
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if had[got.Processor] {
			t.Logf("%s: this processor has no more than %s", most, got.Processor)
			continue
		}
		had[got.Processor] = true
		if most == "sse42" {
			first = got
			if strings.Contains(got.Processor, "AVX") {
				t.Skipf("the library is not of tools/whisper.sh: it uses %s although asked for less", got.Processor)
			}
			continue
		}
		for i, said := range got.Said {
			want := first.Said[i]
			if said.Text != want.Text || math.Abs(said.LogProbability-want.LogProbability) > 0.02 || math.Abs(said.NoSpeech-want.NoSpeech) > 0.001 {
				t.Errorf("%s hears %q (%.4f, no speech %.5f), not %q (%.4f, %.5f)", most,
					said.Text, said.LogProbability, said.NoSpeech, want.Text, want.LogProbability, want.NoSpeech)
			}
		}
	}
}

// hearFor hears some clips and writes what it heard.
func hearFor(t *testing.T, file string) {
	e := open(t, os.Getenv("FRONTDESK_TEST_MODEL"), quick())
	e.mostTokens = 6 // random weights are a close thing at each token
	heard := heardBy{Processor: Processor()}
	for seed := range uint64(2) {
		said := transcribe(t, e, tone(1, seed), asr.Hints{})
		if said.Text == "" {
			t.Fatal("it hears nothing")
		}
		heard.Said = append(heard.Said, said)
	}
	data, err := json.Marshal(heard)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
