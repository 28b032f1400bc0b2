package main

import (
	"os"
	"path/filepath"
	"testing"

	"frontdesk/internal/ort/orttest"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts of testdata/onnx have ONNX Runtime, and the small models of
// retrieval/onnx in $MODELS.
func TestONNXScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector makes every start of the program slow")
	}
	library := orttest.Config(t).Library
	models, err := filepath.Abs("../../retrieval/onnx/testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/onnx",
		Setup: func(env *testscript.Env) error {
			env.Setenv("FRONTDESK_ONNXRUNTIME", library)
			env.Setenv("MODELS", models)
			if err := os.CopyFS(filepath.Join(env.WorkDir, "reranker"), os.DirFS(filepath.Join(models, "reranker"))); err != nil {
				return err
			}
			return setup(env.WorkDir, env.Setenv)
		},
		RequireExplicitExec: true,
	})
}
