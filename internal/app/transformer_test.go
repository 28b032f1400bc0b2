package app

import (
	"testing"

	"frontdesk/internal/ort/orttest"
)

// TestTransformer has a desk answer by the transformer that is built in, with the
// static model beside it.
func TestTransformer(t *testing.T) {
	library := orttest.Config(t).Library
	_, dir := twoBases(t, "")
	cfg := configured(t, dir, "onnxruntime: {library: "+library+"}\nembedding: {model: transformer, blend: true}\n")
	a := open(t, cfg, Options{})
	if r := say(t, a, "attic", "where is the key"); r.Text != "In the box." || r.Result.Model != "transformer+builtin" {
		t.Errorf("it answers %q by %s", r.Text, r.Result.Model)
	}
	if s := a.current().state(); s != "transformer+builtin, with 576 dimensions" {
		t.Errorf("the state is %s", s)
	}
}
