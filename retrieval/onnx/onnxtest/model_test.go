package onnxtest

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

var update = flag.Bool("update", false, "write the committed models anew")

const committed = "../testdata"

// TestCommitted compares what is committed with what is made.
func TestCommitted(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds under the race detector, which finds nothing in it")
	}
	made := t.TempDir()
	if *update {
		made = committed
		for name := range Committed() {
			if err := os.RemoveAll(filepath.Join(committed, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, m := range Committed() {
		if err := Write(filepath.Join(made, name), m); err != nil {
			t.Fatal(err)
		}
	}
	want, got := contents(t, made), contents(t, committed)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s is missing or not what is made: go generate ./retrieval/onnx", name)
		}
		if size := len(want[name]); size > 1<<20 {
			t.Errorf("%s has %d bytes, more than a repository should hold", name, size)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not made any more: remove it", name)
		}
	}
}

// contents reads the files of the committed models' folders.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name := range Committed() {
		err := fs.WalkDir(os.DirFS(dir), name, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(filepath.Join(dir, path))
			found[path] = string(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestGraphsHoldTogether reads the files again: every value is made once, before
// it is used, and every output is made.
func TestGraphsHoldTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds under the race detector, which finds nothing in it")
	}
	models := Committed()
	for _, kind := range []Type{Float32, Float16, Int8} {
		for _, arch := range []Arch{BERT, XLMR, ModernBERT} {
			m := Small(arch)
			m.Type, m.Output = kind, Pooled
			models[string(arch)+" "+string(kind)] = m
		}
	}
	for _, odd := range []Odd{
		RankFour, RankTwo, Static, ExtraInput, StrangeInput, NoInput, NoMask, FloatIDs, Int32IDs, IntOutput, StringOutput,
		OtherOutput, ManyOutputs, NaN, WrongWidth, LaterWidth,
	} {
		m := Small(BERT)
		m.Odd = odd
		models[string(odd)] = m
	}
	for _, name := range slices.Sorted(maps.Keys(models)) {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			if err := models[name].defaults().graph().write(&file, "test"); err != nil {
				t.Fatal(err)
			}
			graph := fields(t, file.Bytes())[7]
			if len(graph) != 1 {
				t.Fatalf("%d graphs", len(graph))
			}
			check(t, fields(t, graph[0]))
		})
	}
}

func check(t *testing.T, graph map[protowire.Number][][]byte) {
	t.Helper()
	made := map[string]bool{"": true} // an input that is left out
	use := func(name, by string) {
		if !made[name] {
			t.Errorf("%s uses %q before it is made", by, name)
		}
	}
	made1 := func(name string) {
		if made[name] {
			t.Errorf("%q is made twice", name)
		}
		made[name] = true
	}
	for _, input := range graph[11] {
		made1(string(fields(t, input)[1][0]))
	}
	for _, tensor := range graph[5] {
		made1(string(fields(t, tensor)[8][0]))
	}
	for _, node := range graph[1] {
		f := fields(t, node)
		for _, name := range f[1] {
			use(string(name), string(f[3][0]))
		}
		for _, name := range f[2] {
			made1(string(name))
		}
	}
	if len(graph[12]) == 0 {
		t.Error("there is no output")
	}
	for _, output := range graph[12] {
		use(string(fields(t, output)[1][0]), "the end")
	}
}

// fields reads the fields of a message that are messages, strings or bytes.
func fields(t *testing.T, message []byte) map[protowire.Number][][]byte {
	t.Helper()
	all := map[protowire.Number][][]byte{}
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		message = message[n:]
		if kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message)
			all[number] = append(all[number], value)
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		message = message[n:]
	}
	return all
}

func TestWriteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		model Model
		want  string
	}{
		"heads":   {Model{Width: 30, Heads: 4}, "4 heads do not divide a width of 30"},
		"pooling": {Model{Pooling: "sum"}, `there is no pooling "sum"`},
		"old":     {Model{Arch: ModernBERT, Old: true}, "ModernBERT has no old form"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Write(t.TempDir(), c.model); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestFloat16 compares with values of IEEE 754.
func TestFloat16(t *testing.T) {
	for v, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65520: 0x7c00, -1e9: 0xfc00, 0.33325195: 0x3555,
		5.9604645e-8: 1, 2.9e-8: 0, 6.097555e-5: 0x3ff, 6.1035156e-5: 0x400, 1.0009766: 0x3c01, 1.0004883: 0x3c00, 1.0014648: 0x3c02,
	} {
		if got := float16(v); got != want {
			t.Errorf("%g is %#04x, want %#04x", v, got, want)
		}
	}
}
