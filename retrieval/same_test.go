package retrieval

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"frontdesk/retrieval/static"
)

// A disturbed embedder gives the vectors of another one, and something to each.
type disturbed struct {
	Embedder
	by  float32
	err error
}

func (d disturbed) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := d.Embedder.Embed(ctx, texts)
	random := rand.New(rand.NewPCG(1, 2))
	for _, v := range vectors {
		for i := range v {
			v[i] += d.by * (random.Float32() - 0.5)
		}
	}
	return vectors, errors.Join(err, d.err)
}

func TestSameModel(t *testing.T) {
	x := exampleIndex(t, "home")
	broken := errors.New("nobody there")
	for _, c := range []struct {
		by   float32
		err  error
		want bool
	}{{0, nil, true}, {0.001, nil, true}, {0.05, nil, false}, {0, broken, false}} {
		same, err := x.SameModel(t.Context(), disturbed{static.Default(), c.by, c.err})
		if same != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v: %v, %v", c, same, err)
		}
	}
	// One that has only its vectors is asked the same.
	path := filepath.Join(t.TempDir(), "x.index")
	if err := x.Save(path); err != nil {
		t.Fatal(err)
	}
	old, err := Load(t.Context(), path, x.base, static.Default(), Config{Precision: 0.9}, BuildOptions{})
	if !errors.Is(err, ErrStale) || old == nil {
		t.Fatal(old, err)
	}
	for by, want := range map[float32]bool{0: true, 0.05: false} {
		if same, err := old.SameModel(t.Context(), disturbed{static.Default(), by, nil}); same != want || err != nil {
			t.Errorf("of its vectors, %v: %v, %v", by, same, err)
		}
	}
}
