//go:build cgo

package ort

import (
	"context"
	"fmt"
	"slices"

	onnx "github.com/yalue/onnxruntime_go"
)

// RunInto is Run for a caller who knows the shapes of the outputs: they are
// written into the data of outputs, which may be used again for the next run.
// This saves what Run copies, and is the only way to have float16 ones, for
// which the binding makes no room itself.
func (s *Session) RunInto(ctx context.Context, inputs, outputs []Tensor) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	in, err := s.order(inputs)
	if err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer s.running.Done()

	values := make([]onnx.Value, 0, len(in)+len(s.outputs))
	defer func() {
		for _, v := range values {
			if v != nil {
				v.Destroy() // it never fails
			}
		}
	}()
	for _, t := range in {
		v, err := value(t)
		if err != nil {
			return fmt.Errorf("input %q: %w", t.Name, err)
		}
		values = append(values, v)
	}
	values = values[:len(in)+len(s.outputs)]
	for _, t := range outputs {
		at := slices.IndexFunc(s.outputs, func(p Port) bool { return p.Name == t.Name })
		if at < 0 {
			return fmt.Errorf("the model has no output %q; it has %s", t.Name, portNames(s.outputs))
		}
		if err := s.outputs[at].fits(t); err != nil {
			return fmt.Errorf("room for outputs: %w", err)
		}
		v, err := value(t)
		if err != nil {
			return fmt.Errorf("output %q: %w", t.Name, err)
		}
		values[len(in)+at] = v
	}
	return s.run(ctx, values[:len(in)], values[len(in):])
}
