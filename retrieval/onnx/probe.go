package onnx

import (
	"context"
	"fmt"
	"slices"

	"frontdesk/internal/ort"
)

// probeText is put through a model when it is opened.
const probeText = "How do I reset my password?"

// floats are the outputs that may be used.
func floats(ports []ort.Port) []ort.Port {
	return slices.DeleteFunc(ports, func(p ort.Port) bool {
		return p.Type != ort.Float32Type && p.Type != ort.Float16Type
	})
}

// named gives the first of the names that a port has, or "".
func named(ports []ort.Port, names ...string) string {
	for _, n := range names {
		if slices.ContainsFunc(ports, func(p ort.Port) bool { return p.Name == n }) {
			return n
		}
	}
	return ""
}

// ranked gives the first port with so many dimensions, -1 for any, or "".
func ranked(ports []ort.Port, rank int) string {
	for _, p := range ports {
		if len(p.Shape) == rank || rank < 0 {
			return p.Name
		}
	}
	return ""
}

// tryLast looks whether the model knows the ids that the tokenizer can give, of
// which last is the greatest.
func (r *runner) tryLast(ctx context.Context, text row, last int) error {
	text.ids = slices.Clone(text.ids)
	text.ids[len(text.ids)/2] = int32(max(last, 0))
	if err := r.run(ctx, []row{text}, ignore); err != nil {
		return strangers(last, err)
	}
	return nil
}

// blame says more of the error of the first run, where the ids are its cause:
// with others it goes well.
func (r *runner) blame(ctx context.Context, text row, last int, err error) error {
	text.ids = make([]int32, len(text.ids))
	if r.run(ctx, []row{text}, ignore) == nil {
		return strangers(last, err)
	}
	return err
}

func ignore(ort.Tensor, int) error { return nil }

func strangers(last int, err error) error {
	return fmt.Errorf("the tokenizer gives numbers up to %d, and the model does not take them; put the files of one model into the folder: %w", last, err)
}

// tryPadding looks whether a row gives the same beside a longer one; if not,
// texts go through the model one by one. That is so for models that do not heed
// their attention_mask, or were exported for one text.
func (r *runner) tryPadding(ctx context.Context, short, long row, compute func(context.Context, []row) ([][]float32, error)) error {
	if r.most == 1 {
		return nil
	}
	if len(short.ids) == len(long.ids) { // both were cut
		half := max(len(short.ids)/2, 1)
		short.ids = short.ids[:half]
		if short.types != nil {
			short.types = short.types[:half]
		}
	}
	alone, err := compute(ctx, []row{short})
	if err != nil {
		return err
	}
	both, err := compute(ctx, []row{short, long})
	if err != nil {
		r.most = 1
		return nil
	}
	apart := make([]float32, len(alone[0]))
	for i, x := range alone[0] {
		apart[i] = x - both[0][i]
	}
	if off := length(apart) / max(length(alone[0]), 1); !(off < maxOff) {
		r.most = 1
	}
	return nil
}

// maxOff is how far, as a share, a result may be off beside another text: more
// than binary16 rounds, and less than a model that attends to padding.
const maxOff = 0.01
