package main

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"frontdesk/internal/app"
	"frontdesk/internal/config"

	"github.com/rogpeppe/go-internal/testscript"
)

// keptIndexes are the indexes that tests have made, by whom they are for: each takes
// seconds. The program itself finds out which does not fit, and makes it anew.
var keptIndexes sync.Map // keptIndex → []byte

type keptIndex struct{ who, file string }

// openKept opens a desk that is closed with the test, in a data_dir with nothing but what
// was indexed for who before.
func openKept(t *testing.T, who string, cfg *config.Config, o app.Options) *app.App {
	t.Helper()
	cfg.DataDir = t.TempDir()
	if err := giveKept(who, cfg.DataDir); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	files, err := filepath.Glob(filepath.Join(cfg.DataDir, "index", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no index is saved: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		keptIndexes.Store(keptIndex{who, filepath.Base(file)}, data)
	}
	return a
}

// giveKept puts into a data_dir what was indexed for who.
func giveKept(who, dir string) (err error) {
	keptIndexes.Range(func(key, data any) bool {
		if k := key.(keptIndex); k.who == who {
			if err = os.MkdirAll(filepath.Join(dir, "index"), 0o700); err == nil {
				err = os.WriteFile(filepath.Join(dir, "index", k.file), data.([]byte), 0o600)
			}
		}
		return err == nil
	})
	return err
}

// keptCommand is "kept WHO FOLDER": it puts into a data_dir what an earlier test indexed
// for WHO, if any.
func keptCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: kept WHO FOLDER")
	}
	ts.Check(giveKept(args[0], ts.MkAbs(args[1])))
}
