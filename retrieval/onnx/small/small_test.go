package small_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval"
	"frontdesk/retrieval/onnx/small"
)

// TestOpen has the model tell what reads nearly the same from what means the
// same.
func TestOpen(t *testing.T) {
	rt, err := ort.Open(orttest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	}()
	m, err := small.Open(rt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	if m.Dim() != 384 || !m.Settings().Alone {
		t.Errorf("it gives %d numbers, and texts alone: %v; 384 and true were meant", m.Dim(), m.Settings().Alone)
	}
	for _, c := range []struct{ text, same, other string }{
		{"turn on the lamp in the cellar", "please switch the cellar lamp on", "do not turn on the lamp in the cellar"},
		{"the shop is not open on sundays", "the shop isn't open on sundays", "the shop is open on sundays"},
		{"lock the gate", "please lock the gate", "is the gate locked"},
	} {
		v, err := m.Embed(t.Context(), []string{c.text, c.same, c.other})
		if err != nil {
			t.Fatal(err)
		}
		if same, other := dot(v[0], v[1]), dot(v[0], v[2]); same <= other {
			t.Errorf("%q is nearer to %q (%.3f) than to %q (%.3f)", c.text, c.other, other, c.same, same)
		}
	}
}

// TestKnows holds what the model can read.
func TestKnows(t *testing.T) {
	m, err := small.Open(orttest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for text, want := range map[string]float64{
		"Where is my parcel?":      1,
		"wo bekomme ich Schlüssel": 1,
		"Где моя посылка?":         0,
		"荷物はどこですか":                 0,
	} {
		if got := m.Knows(text); got != want {
			t.Errorf("it knows %v of %q, want %v", got, text, want)
		}
	}
}

// TestSaid holds the vectors that are at hand to those of the model. Where this fails
// after a change to it or to retrieval/strange: go generate ./retrieval/onnx/small
func TestSaid(t *testing.T) {
	rt := orttest.Open(t)
	m, err := small.Open(rt)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	bare, err := small.OpenBare(rt)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	texts := retrieval.StrangeTexts()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Embed(canceled, texts[:1]); !errors.Is(err, context.Canceled) {
		t.Errorf("a ctx that has ended gives %v", err)
	}
	var some []string
	for i := 0; i < len(texts); i += 25 {
		some = append(some, texts[i], texts[i]+" indeed")
	}
	got, err := m.Embed(t.Context(), some)
	if err != nil {
		t.Fatal(err)
	}
	want, err := bare.Embed(t.Context(), some)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range some {
		if p := dot(got[i], want[i]); p < 0.999 || p > 1.0001 {
			t.Errorf("%q has a vector whose product with that of the model is %.5f", text, p)
		}
		if slices.Equal(got[i], want[i]) != (i%2 == 1) {
			t.Errorf("whether the vector of %q is at hand is %v", text, i%2 == 1)
		}
	}
	if m.Fingerprint() == bare.Fingerprint() {
		t.Error("the vectors at hand do not show in the fingerprint")
	}
}

// BenchmarkEmbed is of one question of eight words, and of as many as processors at
// the same time.
func BenchmarkEmbed(b *testing.B) {
	m, err := small.Open(orttest.Open(b))
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	question := []string{"why was my card not accepted at the counter"}
	b.Run("one", func(b *testing.B) {
		for range b.N {
			if _, err := m.Embed(b.Context(), question); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("many", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := m.Embed(b.Context(), question); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
