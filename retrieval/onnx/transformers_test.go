package onnx_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// parityCache is where `make parity` puts what is compared with.
const parityCache = "../../bin/cache/parity"

// transformersJS is transformers.js 4.3.1 in a node of its own. It is not safe
// for concurrent use.
type transformersJS struct {
	t      testing.TB
	in     io.WriteCloser
	out    *bufio.Reader
	faults *bytes.Buffer
}

// A request is one line to testdata/transformers.mjs.
type request struct {
	What      string   `json:"what"`
	Dir       string   `json:"dir,omitempty"`
	Dtype     string   `json:"dtype,omitempty"` // fp32: onnx/model.onnx, q8: onnx/model_quantized.onnx
	Threads   int      `json:"threads,omitempty"`
	Texts     []string `json:"texts,omitempty"`
	Batch     int      `json:"batch,omitempty"`
	Pooling   string   `json:"pooling,omitempty"`
	Normalize bool     `json:"normalize,omitempty"`
	Rerank    bool     `json:"rerank,omitempty"`
	Query     string   `json:"query,omitempty"`
}

type answer struct {
	Error   string
	IDs     [][]int32
	Vectors string
	MS      []float64
	Scores  []float32
}

// startTransformers starts it, and skips the test where something that it needs is
// not there.
func startTransformers(t testing.TB) *transformersJS {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node, which transformers.js needs")
	}
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	for _, name := range []string{
		"@huggingface/transformers/package.json", "onnxruntime-common/package.json",
		filepath.Join("onnxruntime-node/bin/napi-v6", runtime.GOOS, cmp.Or(arch, runtime.GOARCH), "onnxruntime_binding.node"),
	} {
		if _, err := os.Stat(filepath.Join(parityCache, "node_modules", name)); err != nil {
			t.Skipf("transformers.js is not there (%v): make parity fetches it, for Linux", err)
		}
	}
	cache, err := filepath.Abs(parityCache)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute) // not the test's, which ends before Cleanup
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, node, "testdata/transformers.mjs", cache)
	j := &transformersJS{t: t, faults: &bytes.Buffer{}}
	c.Stderr = j.faults
	if j.in, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	j.out = bufio.NewReader(out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = j.in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("transformers.js: %v\n%s", err, j.faults)
		}
	})
	return j
}

// open opens the model of a folder, instead of the one before: r says how.
func (j *transformersJS) open(dir string, r request) {
	j.t.Helper()
	var err error
	if r.Dir, err = filepath.Abs(dir); err != nil {
		j.t.Fatal(err)
	}
	r.What = "open"
	j.ask(r)
}

func (j *transformersJS) ask(r request) answer {
	j.t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		j.t.Fatal(err)
	}
	if _, err := j.in.Write(append(line, '\n')); err != nil {
		j.t.Fatalf("transformers.js: %v\n%s", err, j.faults)
	}
	if line, err = j.out.ReadBytes('\n'); err != nil {
		j.t.Fatalf("transformers.js: %v\n%s", err, j.faults)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		j.t.Fatal(err)
	}
	if a.Error != "" {
		j.t.Fatalf("transformers.js: %s", a.Error)
	}
	return a
}

// embed gives the vectors of texts, of length dim each, and the ids that they
// were made of.
func (j *transformersJS) embed(r request, dim int) (vectors [][]float32, ids [][]int32) {
	j.t.Helper()
	r.What = "embed"
	a := j.ask(r)
	raw, err := base64.StdEncoding.DecodeString(a.Vectors)
	if err != nil {
		j.t.Fatal(err)
	}
	if len(raw) != 4*dim*len(r.Texts) || len(a.IDs) != len(r.Texts) {
		j.t.Fatalf("transformers.js gives %d bytes for %d vectors of %d numbers, and ids of %d", len(raw), len(r.Texts), dim, len(a.IDs))
	}
	vectors = make([][]float32, len(r.Texts))
	for i := range vectors {
		vectors[i] = make([]float32, dim)
		for k := range vectors[i] {
			vectors[i][k] = math.Float32frombits(binary.LittleEndian.Uint32(raw))
			raw = raw[4:]
		}
	}
	return vectors, a.IDs
}
