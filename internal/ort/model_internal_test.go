package ort

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzModel: whatever a model's file holds, reading it ends, with an error or a
// declaration that makes sense.
func FuzzModel(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\n"))
	f.Add([]byte("\x3a\x10\x5a\x06\x0a\x01x\x12\x01\x0a\x62\x06\x0a\x01y\x12\x01\x0a"))
	f.Add([]byte("\x3a\x14\x2a\x03\x42\x01x\x5a\x06\x0a\x01x\x12\x01\x0a\x62\x05\x0a\x01y\x12\x00"))
	f.Add([]byte("\x3a\x28\x5a\x12\x0a\x01x\x12\x0d\x0a\x0b\x08\x01\x12\x07\x0a\x02\x08\x03\x0a\x01\x12\x62\x12\x0a\x01y\x12\x0d\x0a\x0b\x08\x01\x12\x07\x0a\x02\x08\x03\x0a\x01\x12"))
	file := filepath.Join(f.TempDir(), "model.onnx")
	f.Fuzz(func(t *testing.T, model []byte) {
		if err := os.WriteFile(file, model, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := readModel(file)
		if err != nil {
			return
		}
		if len(d.inputs) == 0 || len(d.outputs) == 0 {
			t.Error("a model without inputs or outputs is none")
		}
		for _, p := range append(d.inputs, d.outputs...) {
			if p.Type != Other && p.Type.String() == Other.String() {
				t.Errorf("port %q has the unknown type %d", p.Name, p.Type)
			}
			for _, n := range p.Shape {
				if n < -1 {
					t.Errorf("port %q has shape %v", p.Name, p.Shape)
				}
			}
		}
	})
}
