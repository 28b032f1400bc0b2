//go:build cgo && linux

package ort_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
)

func session(t testing.TB, r *ort.Runtime, model []byte) *ort.Session {
	t.Helper()
	s, err := r.OpenSession(write(t, model), ort.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// rows is the input of the linear model.
func rows(x ...float32) []ort.Tensor {
	return []ort.Tensor{{Name: "x", Shape: []int64{int64(len(x) / 3), 3}, Data: x}}
}

func TestRun(t *testing.T) {
	s := session(t, orttest.Open(t), linear())
	if in, out := s.Inputs(), s.Outputs(); len(in) != 1 || len(out) != 1 ||
		in[0].Name != "x" || in[0].Type != ort.Float32Type || !slices.Equal(in[0].Shape, []int64{-1, 3}) ||
		out[0].Name != "y" || out[0].Type != ort.Float32Type || !slices.Equal(out[0].Shape, []int64{-1, 2}) {
		t.Errorf("the model has inputs %v and outputs %v", in, out)
	}
	want := []float32{11, 22, 19, 32}
	err := s.Run(t.Context(), rows(1, 0, 0, 1, 1, 1), []string{"y"}, func(out []ort.Tensor) error {
		if got := out[0].Data.([]float32); !slices.Equal(got, want) || !slices.Equal(out[0].Shape, []int64{2, 2}) {
			t.Errorf("y is %v of %v, want %v", got, out[0].Shape, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	room := make([]float32, 4)
	if err := s.RunInto(context.Background(), rows(1, 0, 0, 1, 1, 1), []ort.Tensor{{Name: "y", Shape: []int64{2, 2}, Data: room}}); err != nil || !slices.Equal(room, want) {
		t.Errorf("into room of the caller's: %v, %v", room, err)
	}
	mine := errors.New("mine")
	if err := s.Run(t.Context(), rows(1, 0, 0), nil, func(out []ort.Tensor) error { return mine }); err != mine {
		t.Errorf("the error of the function becomes %v", err)
	}
	if err := s.Run(t.Context(), rows(), []string{"y"}, func(out []ort.Tensor) error {
		if got := out[0].Data.([]float32); len(got) != 0 {
			t.Errorf("no rows give %v", got)
		}
		return nil
	}); err != nil {
		t.Errorf("no rows: %v", err)
	}
}

// TestTypes passes every type through a model that gives back what it is given.
func TestTypes(t *testing.T) {
	r := orttest.Open(t)
	for typ, data := range map[ort.Type]any{
		ort.Float32Type: []float32{1, -2}, ort.Float64Type: []float64{1, -2}, ort.Int8Type: []int8{1, -2},
		ort.Int16Type: []int16{1, -2}, ort.Int32Type: []int32{1, -2}, ort.Int64Type: []int64{1, -2},
		ort.Uint8Type: []uint8{1, 254}, ort.Uint16Type: []uint16{1, 2}, ort.Uint32Type: []uint32{1, 2},
		ort.Uint64Type: []uint64{1, 2}, ort.BoolType: []bool{true, false}, ort.Float16Type: []ort.Float16{0x3c00, 0xc000},
	} {
		s := session(t, r, graph{
			nodes:   []message{node("Identity", []string{"x"}, "y")},
			inputs:  []message{port("x", int64(typ), "n")},
			outputs: []message{port("y", int64(typ), "n")},
		}.model())
		in := []ort.Tensor{{Name: "x", Shape: []int64{2}, Data: data}}
		same := func(out []ort.Tensor) error {
			if got, want := text(out[0].Data), text(data); got != want {
				t.Errorf("%v: %s comes back as %s", typ, want, got)
			}
			return nil
		}
		if typ == ort.Float16Type {
			room := make([]ort.Float16, 2)
			if err := s.RunInto(t.Context(), in, []ort.Tensor{{Name: "y", Shape: []int64{2}, Data: room}}); err != nil {
				t.Error(err)
			}
			_ = same([]ort.Tensor{{Data: room}}) // it reports itself
			continue
		}
		if err := s.Run(t.Context(), in, []string{"y"}, same); err != nil {
			t.Errorf("%v: %v", typ, err)
		}
	}
	scalar := session(t, r, graph{
		nodes:   []message{node("Add", []string{"x", "n"}, "y")},
		inputs:  []message{port("x", float32s, 2), port("n", float32s)},
		outputs: []message{port("y", float32s, 2)},
	}.model())
	err := scalar.Run(t.Context(), []ort.Tensor{
		{Name: "n", Data: []float32{10}}, {Name: "x", Shape: []int64{2}, Data: []float32{1, 2}}, // in any order
	}, []string{"y"}, func(out []ort.Tensor) error {
		if got := out[0].Data.([]float32); !slices.Equal(got, []float32{11, 12}) {
			t.Errorf("a single number is added as %v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestOpenModel: a model in memory is the same as one in a file.
func TestOpenModel(t *testing.T) {
	r := orttest.Open(t)
	model := linear()
	s, err := r.OpenModel("linear", model, ort.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	clear(model) // it is not kept
	room := make([]float32, 2)
	if err := s.RunInto(context.Background(), rows(1, 0, 0), []ort.Tensor{{Name: "y", Shape: []int64{1, 2}, Data: room}}); err != nil || !slices.Equal(room, []float32{11, 22}) {
		t.Errorf("%v, %v", room, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for want, model := range map[string][]byte{"it is empty": {}, "it is no ONNX model": []byte("<html>"), "it is no ONNX model, or it is cut off": linear()[:50]} {
		if _, err := r.OpenModel("linear", model, ort.SessionOptions{}); err == nil || !strings.HasPrefix(err.Error(), "opening the model linear: "+want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// TestMisfits: what does not fit is an error before the library sees it.
func TestMisfits(t *testing.T) {
	s := session(t, orttest.Open(t), linear())
	x := func(shape []int64, data any) []ort.Tensor { return []ort.Tensor{{Name: "x", Shape: shape, Data: data}} }
	six := make([]float32, 6)
	for want, in := range map[string][]ort.Tensor{
		`0 inputs were given, and the model has "x"`:                              nil,
		`2 inputs were given, and the model has "x"`:                              append(rows(1, 2, 3), rows(1, 2, 3)...),
		`the input "x" is missing; the model has "x"`:                             {{Name: "z", Shape: []int64{2, 3}, Data: six}},
		`the input "x" is made of float64, and the model has float32 there`:       x([]int64{2, 3}, make([]float64, 6)),
		`the input "x" is made of int64, and the model has float32 there`:         x([]int64{2, 3}, make([]int64, 6)),
		`the input "x" is a []string, which is no tensor's data`:                  x([]int64{2, 3}, []string{"a"}),
		`the input "x" is a <nil>, which is no tensor's data`:                     x([]int64{2, 3}, nil),
		`the input "x" has 5 elements, and its shape [2 3] wants 6`:               x([]int64{2, 3}, six[:5]),
		`the input "x" has 6 elements, and its shape [1 3] wants 3`:               x([]int64{1, 3}, six),
		`the input "x" has shape [3 2], and the model has [? 3] there`:            x([]int64{3, 2}, six),
		`the input "x" has shape [6], and the model has [? 3] there`:              x([]int64{6}, six),
		`the input "x": shape [-2 -3] has a negative dimension`:                   x([]int64{-2, -3}, six),
		`the input "x": shape [4611686018427387904 4] has more than 2147483647 e`: x([]int64{1 << 62, 4}, six),
		`the input "x": shape [4294967296 4294967296] has more than 2147483647 e`: x([]int64{1 << 32, 1 << 32}, six),
	} {
		err := s.Run(t.Context(), in, []string{"y"}, func([]ort.Tensor) error {
			t.Errorf("%s: it was run", want)
			return nil
		})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if err := s.Run(t.Context(), rows(1, 2, 3), []string{"z"}, nil); err == nil || err.Error() != `the model has no output "z"; it has "y"` {
		t.Error(err)
	}
	y := ort.Tensor{Name: "y", Shape: []int64{1, 2}, Data: make([]float32, 2)}
	for want, out := range map[string][]ort.Tensor{
		`the model has no output "z"; it has "y"`:                                     {{Name: "z", Shape: []int64{1, 2}, Data: make([]float32, 2)}},
		`room for the output "y" has 1 elements, and its shape [1 2] wants 2`:         {{Name: "y", Shape: []int64{1, 2}, Data: make([]float32, 1)}},
		`room for the output "y" is made of float64, and the model has float32 there`: {{Name: "y", Shape: []int64{1, 2}, Data: make([]float64, 2)}},
		`room for the output "y" was given twice`:                                     {y, y},
		`Got invalid dimensions`:                                                      {{Name: "y", Shape: []int64{5, 2}, Data: make([]float32, 10)}}, // only the library knows
	} {
		err := s.RunInto(t.Context(), rows(1, 2, 3), out)
		if want == "Got invalid dimensions" {
			if err == nil {
				t.Error("room of another shape than the output's is no error")
			}
		} else if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// TestWrongModels: each file that is no model has an error that says so.
func TestWrongModels(t *testing.T) {
	r := orttest.Open(t)
	for want, model := range map[string][]byte{
		"it is empty":         {},
		"it is no ONNX model": []byte("<!DOCTYPE html><html>Not found</html>"),
		"it is a pointer of Git LFS, not the model; fetch the model itself": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90000000\n"),
		"it is no ONNX model, or it is cut off":                             linear()[:len(linear())-40],
		"the model has no input or no output":                               graph{nodes: []message{node("Identity", []string{"x"}, "y")}}.model(),
		`In Node, ("y", Missing, "com.example", -1) : ("x": tensor(float),) -> ("y": tensor(float),) , Error No opset import for domain`: graph{
			nodes:   []message{append(node("Missing", []string{"x"}, "y"), message{}.text(7, "com.example")...)},
			inputs:  []message{port("x", float32s, "n")},
			outputs: []message{port("y", float32s, "n")},
		}.model(),
	} {
		file := write(t, model)
		_, err := r.OpenSession(file, ort.SessionOptions{})
		if err == nil || !strings.HasPrefix(err.Error(), "opening the model "+file+": "+want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	dir := t.TempDir()
	for path, want := range map[string]string{dir: "it is no file", filepath.Join(dir, "none.onnx"): "no such file or directory"} {
		if _, err := r.OpenSession(path, ort.SessionOptions{}); err == nil || err.Error() != "opening the model "+path+": "+want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	for _, threads := range []int{-1, 257} {
		if _, err := r.OpenSession(write(t, linear()), ort.SessionOptions{Threads: threads}); err == nil || !strings.Contains(err.Error(), "from 0 to 256 are possible") {
			t.Errorf("%d threads: %v", threads, err)
		}
	}
	if _, err := r.OpenSession(write(t, linear()), ort.SessionOptions{Outputs: func([]ort.Port) []string { return []string{"z"} }}); err == nil ||
		!strings.Contains(err.Error(), `the model has none of the outputs that were chosen; it has "y"`) {
		t.Error(err)
	}
}

// slow is a model that computes for very long: a loop of products.
func slow() []byte {
	side := 64
	body := message{}.
		message(1, node("Identity", []string{"go"}, "on")).
		message(1, node("MatMul", []string{"state", "m"}, "next")).
		text(2, "body").
		message(11, port("i", int64s)).message(11, port("go", bools)).message(11, port("state", float32s, side, side)).
		message(12, port("on", bools)).message(12, port("next", float32s, side, side))
	return graph{
		nodes: []message{node("Loop", []string{"times", "", "m"}, "y",
			message{}.text(1, "body").message(6, body).number(20, 5))},
		inputs:  []message{port("times", int64s), port("m", float32s, side, side)},
		outputs: []message{port("y", float32s, side, side)},
	}.model()
}

func TestCancel(t *testing.T) {
	s := session(t, orttest.Open(t), slow())
	in := func(times int64) []ort.Tensor {
		return []ort.Tensor{
			{Name: "times", Data: []int64{times}}, {Name: "m", Shape: []int64{64, 64}, Data: make([]float32, 64*64)},
		}
	}
	run := func(ctx context.Context, times int64) error {
		return s.Run(ctx, in(times), []string{"y"}, func([]ort.Tensor) error { return nil })
	}
	if err := run(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(gone) })
	if err := run(ctx, math.MaxInt64); err != gone { // it would go on for ever
		t.Errorf("a run that is cancelled gives %v", err)
	}
	if err := run(ctx, 3); err != gone {
		t.Errorf("a run whose ctx has ended gives %v", err)
	}

	// Close waits for the run, and the session is then of no use.
	begun, end, ended, closed := make(chan struct{}), make(chan struct{}), make(chan error), make(chan error)
	go func() {
		ended <- s.Run(t.Context(), in(3), []string{"y"}, func([]ort.Tensor) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("Close did not wait for the run: %v", err)
	case <-time.After(20 * time.Millisecond): // one that does not wait is soon there
	}
	close(end)
	if err := <-ended; err != nil {
		t.Errorf("the run gives %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), 3); err == nil || err.Error() != "the model is closed" {
		t.Errorf("a run of a closed session gives %v", err)
	}
}

func TestConcurrent(t *testing.T) {
	s := session(t, orttest.Open(t), linear())
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					go cancel()
				}
				x := float32(g*1000 + i)
				err := s.Run(ctx, rows(x, 0, 0), []string{"y"}, func(out []ort.Tensor) error {
					if y := out[0].Data.([]float32); y[0] != x+10 || y[1] != 2*x+20 {
						t.Errorf("%v gives %v", x, y)
					}
					return nil
				})
				if err != nil && (err != context.Canceled || i%3 != 0) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
}

// TestRuntimes: the environment is shared, kept by sessions, and can be opened
// anew after its end.
func TestRuntimes(t *testing.T) {
	c := orttest.Config(t)
	open := func() *ort.Runtime {
		t.Helper()
		r, err := ort.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	shut := func(c interface{ Close() error }) {
		t.Helper()
		for range 2 { // the second does nothing
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := write(t, linear())
	for range 2 {
		a, b := open(), open()
		if a.Version() == "" || a.Library() == "" || a.Version() != b.Version() {
			t.Errorf("versions %q, %q of %q", a.Version(), b.Version(), a.Library())
		}
		s, err := a.OpenSession(file, ort.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		shut(a)
		if _, err := a.OpenSession(file, ort.SessionOptions{}); err == nil || !strings.Contains(err.Error(), "ONNX Runtime is closed") {
			t.Errorf("a closed runtime gives %v", err)
		}
		shut(b)
		if err := s.Run(t.Context(), rows(1, 2, 3), []string{"y"}, func([]ort.Tensor) error { return nil }); err != nil {
			t.Errorf("a session does not keep the environment: %v", err)
		}
		shut(s)
	}

	r := open()
	defer r.Close()
	other := c
	other.Library = filepath.Join(t.TempDir(), "libonnxruntime.so")
	if err := os.WriteFile(other.Library, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ort.Open(other); err == nil || !strings.Contains(err.Error(), "ONNX Runtime is in use already, from "+r.Library()) {
		t.Errorf("another library besides: %v", err)
	}
	for provider, want := range map[string]string{
		ort.CUDA:   "onnxruntime.provider: cuda is not there in the library " + r.Library() + " or on this machine: ",
		ort.CoreML: "onnxruntime.provider: coreml is not there in the library " + r.Library() + " or on this machine: ",
		"quantum":  `onnxruntime.provider: "quantum" is no execution provider that frontdesk knows; use cpu, cuda or coreml`,
	} {
		c := c
		c.Provider = provider
		r, err := ort.Open(c)
		if err == nil {
			_, err = r.OpenSession(file, ort.SessionOptions{})
			shut(r)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", provider, err, want)
		}
	}
}
