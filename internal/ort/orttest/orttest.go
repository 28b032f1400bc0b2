// Package orttest gives tests the ONNX Runtime library.
package orttest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"frontdesk/internal/ort"
)

// Open opens ONNX Runtime for a test, from $FRONTDESK_ONNXRUNTIME or from what
// `make onnxruntime` has fetched, and closes it when the test ends. Where there
// is none the test is skipped.
func Open(t testing.TB) *ort.Runtime {
	t.Helper()
	r, err := ort.Open(Config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// named is the library that whoever runs the tests names. A TestMain may since have
// hidden it from the program, with "off".
var named = os.Getenv("FRONTDESK_ONNXRUNTIME")

// Config gives the configuration for the library that [Open] opens.
func Config(t testing.TB) ort.Config {
	t.Helper()
	if !withCgo {
		t.Skip("ONNX Runtime cannot be loaded without cgo")
	}
	c := ort.DefaultConfig()
	if c.Library = named; c.Library == "" || c.Library == "off" {
		c.Library = filepath.Join(root(t), "bin", "cache", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH)
		if _, err := os.Stat(c.Library); err != nil {
			t.Skip("ONNX Runtime is not there: run `make onnxruntime`, or name it in $FRONTDESK_ONNXRUNTIME")
		}
	}
	return c
}

// root is the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("there is no go.mod above the test")
		}
		dir = up
	}
}
