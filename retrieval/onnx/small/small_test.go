package small_test

import (
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
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

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
