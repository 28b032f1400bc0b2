package ort_test

import (
	"context"
	"slices"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
)

func TestRun(t *testing.T) {
	r := orttest.Open(t)
	s, err := r.OpenSession(write(t, linear()), ort.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	x := ort.Tensor{Name: "x", Shape: []int64{2, 3}, Data: []float32{1, 0, 0, 1, 1, 1}}
	err = s.Run(t.Context(), []ort.Tensor{x}, []string{"y"}, func(out []ort.Tensor) error {
		if got, want := out[0].Data.([]float32), []float32{11, 22, 19, 32}; !slices.Equal(got, want) || !slices.Equal(out[0].Shape, []int64{2, 2}) {
			t.Errorf("y is %v of %v, want %v", got, out[0].Shape, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ended, []ort.Tensor{x}, []string{"y"}, nil); err != context.Canceled {
		t.Errorf("a run whose ctx has ended gives %v", err)
	}
}
