package onnx

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"frontdesk/retrieval/onnx/onnxtest"
)

// Pieces of an ONNX file by the encoding of protocol buffers.
func protoBytes(field int, b ...byte) []byte {
	return append(protoInt(field<<3|2, len(b)), b...)
}

func protoInt(tag, n int) (b []byte) {
	for _, v := range []int{tag, n} {
		for ; v >= 0x80; v >>= 7 {
			b = append(b, byte(v)|0x80)
		}
		b = append(b, byte(v))
	}
	return b
}

func protoEntry(key, value string) []byte {
	return protoBytes(13, append(protoBytes(1, []byte(key)...), protoBytes(2, []byte(value)...)...)...)
}

func protoGraph(parts ...[]byte) []byte { return protoBytes(7, slices.Concat(parts...)...) }

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadGraph(t *testing.T) {
	tensor := slices.Concat(protoInt(1<<3, 5), protoBytes(9, 1, 2, 3), protoEntry("location", "weights.bin"), protoEntry("offset", "12"))
	node := protoBytes(4, []byte("MatMul")...)
	quantized := protoBytes(4, []byte("DynamicQuantizeLinear")...)
	inner := protoBytes(1, slices.Concat(node, protoBytes(5, protoBytes(6, protoBytes(1, quantized...)...)...))...)
	constant := protoBytes(1, slices.Concat(node, protoBytes(5, protoBytes(5, protoEntry("location", "more.bin")...)...))...)
	for name, c := range map[string]struct {
		file     []byte
		external []string
		rounds   bool
	}{
		"nothing":          {},
		"plain":            {file: protoGraph(protoBytes(1, node...))},
		"quantised":        {file: protoGraph(protoBytes(1, node...), protoBytes(1, quantized...)), rounds: true},
		"within a branch":  {file: protoGraph(inner), rounds: true},
		"external weights": {file: protoGraph(protoBytes(5, tensor...), protoBytes(5, tensor...), constant), external: []string{"more.bin", "weights.bin"}},
		"in a function":    {file: protoBytes(25, protoBytes(7, quantized...)...), rounds: true},
		"half":             {file: protoGraph(protoBytes(5, protoInt(2<<3, float16)...)), rounds: true},
		"weights in bytes": {file: protoGraph(protoBytes(5, protoInt(2<<3, 3)...), protoBytes(1, protoBytes(4, []byte("DequantizeLinear")...)...))},
		"not an operator":  {file: protoGraph(protoBytes(2, []byte("DynamicQuantizeLinear")...))},
		"cut":              {file: protoGraph(protoBytes(1, node...), protoBytes(1, quantized...))[:20]},
		"no ONNX":          {file: []byte("version https://git-lfs.github.com/spec/v1\n")},
		"too long inside":  {file: protoBytes(7, 0x0a, 0x7f)},
	} {
		file := filepath.Join(t.TempDir(), "model.onnx")
		write(t, file, c.file)
		sum := sha256.New()
		g, err := readGraph(file, sum)
		if err != nil || !slices.Equal(g.external, c.external) || g.rounds != c.rounds || g.size != int64(len(c.file)) {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
		if want := sha256.Sum256(c.file); !bytes.Equal(sum.Sum(nil), want[:]) {
			t.Errorf("%s: not the whole file was hashed", name)
		}
	}
}

func TestReadGraphOfModels(t *testing.T) {
	for _, kind := range []onnxtest.Type{onnxtest.Float32, onnxtest.Float16, onnxtest.Int8} {
		m := onnxtest.Small(onnxtest.BERT)
		m.Type = kind
		dir := t.TempDir()
		if err := onnxtest.Write(dir, m); err != nil {
			t.Fatal(err)
		}
		g, err := readGraph(filepath.Join(dir, "onnx", "model.onnx"), sha256.New())
		if err != nil || g.rounds != (kind != onnxtest.Float32) || len(g.external) > 0 {
			t.Errorf("%s: %+v, %v", kind, g, err)
		}
	}
}

func FuzzReadGraph(f *testing.F) {
	f.Add(protoGraph(protoBytes(1, protoBytes(4, []byte("DynamicQuantizeLinear")...)...), protoBytes(5, protoEntry("location", "w")...)))
	f.Add([]byte{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add(bytes.Repeat([]byte{0x3a, 0x7f}, 100))
	file := filepath.Join(f.TempDir(), "model.onnx")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		g, err := readGraph(file, sum)
		if err != nil {
			t.Fatal(err)
		}
		if want := sha256.Sum256(data); !bytes.Equal(sum.Sum(nil), want[:]) || g.size != int64(len(data)) {
			t.Fatal("not the whole file was hashed")
		}
	})
}
