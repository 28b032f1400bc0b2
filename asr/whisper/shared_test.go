//go:build whisper && cgo

package whisper

import (
	"context"
	"errors"
	"sync"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
)

// TestModelsWithoutWeights: the files for tests that whisper.cpp comes with are of the true
// shapes, and without weights: they are loaded and run like any, and hear nothing.
func TestModelsWithoutWeights(t *testing.T) {
	skipShort(t)
	english, all := asrtest.Shared(t, "models/for-tests-ggml-tiny.en.bin"), asrtest.Shared(t, "models/for-tests-ggml-base.bin")
	c := quick()
	c.States, c.Queue = 2, 4
	e := open(t, english, c)
	if got := e.Info(); got.Type != "tiny" || got.Multilingual || got.Weights {
		t.Errorf("%+v", got)
	}
	hear := func(ctx context.Context, language string) error {
		got, err := e.Transcribe(ctx, tone(0.5, 1), asr.Hints{Language: language, Expected: asr.NewExpected([]string{"on"}, "", nil)})
		if got.Text != "" || got.Expected.Text != "" {
			t.Errorf("without weights it hears %q, %q", got.Text, got.Expected.Text)
		}
		return err
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := hear(context.Background(), "en"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := hear(ctx, "en"); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if err := hear(context.Background(), "de"); err == nil {
		t.Error("German to a model of English: no error")
	}
	if err := e.Swap(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	if got := e.Info(); got.Type != "base" || !got.Multilingual || got.Weights {
		t.Errorf("%+v", got)
	}
	if err := hear(context.Background(), "de"); err != nil {
		t.Error(err)
	}
}
