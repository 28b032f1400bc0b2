//go:build cgo && linux

package ort_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
)

// remembered names the model that the test's binary, run anew, opens again and
// again: in a process of its own nothing else changes the memory.
const remembered = "FRONTDESK_TEST_ORT_MEMORY"

// sessions that are opened and measured, after a quarter of as many.
const sessions = 100

// TestMemory: opening and closing the runtime and sessions, and running, leaves
// nothing behind.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens 125 models")
	}
	c := orttest.Config(t)
	child := exec.Command(os.Args[0])
	// glibc gives large blocks back when they are freed only as long as it has not
	// learnt to keep them; then the holes between them, which aligned ones do not
	// fit into again, would be measured. This keeps it from learning.
	child.Env = append(os.Environ(), "MALLOC_MMAP_THRESHOLD_=65536", libraryOf+"="+c.Library, remembered+"="+write(t, graph{ // 1 MB of weights
		nodes:   []message{node("MatMul", []string{"x", "w"}, "y")},
		weights: []message{weights("w", make([]float32, 1<<18), 512, 512)},
		inputs:  []message{port("x", float32s, "rows", 512)},
		outputs: []message{port("y", float32s, "rows", 512)},
	}.model()))
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	grown, err := strconv.Atoi(string(out))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sessions: %+d kB", sessions, grown>>10)
	// One that stays is 1 MB at least.
	if grown > sessions<<20/2 {
		t.Errorf("%d sessions left %d MB behind", sessions, grown>>20)
	}
}

// openAgain is the part of the binary that is run anew.
func openAgain() int {
	c := ort.DefaultConfig()
	c.Library = os.Getenv(libraryOf)
	rounds := func(n int) int {
		for range n {
			if err := openOnce(c, os.Getenv(remembered)); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
		debug.FreeOSMemory()
		return status("RssAnon:") // without the files that are mapped, such as the library
	}
	before := rounds(sessions / 4) // what the C library keeps for the next ones is no loss
	fmt.Print(rounds(sessions) - before)
	return 0
}

func openOnce(c ort.Config, file string) error {
	r, err := ort.Open(c)
	if err != nil {
		return err
	}
	s, err := r.OpenSession(file, ort.SessionOptions{})
	if err != nil {
		return err
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	x := []ort.Tensor{{Name: "x", Shape: []int64{4, 512}, Data: make([]float32, 4*512)}}
	for range 10 {
		if err := s.Run(context.Background(), x, []string{"y"}, func([]ort.Tensor) error { return nil }); err != nil {
			return err
		}
	}
	// Errors leave nothing behind either.
	if s.Run(ended, x, []string{"y"}, nil) == nil ||
		s.RunInto(context.Background(), x, []ort.Tensor{{Name: "y", Shape: []int64{5, 512}, Data: make([]float32, 5*512)}}) == nil {
		return errors.New("what cannot be run gives no error")
	}
	if _, err := r.OpenSession(file+".none", ort.SessionOptions{}); err == nil {
		return errors.New("a file that is not there is opened")
	}
	return errors.Join(s.Close(), r.Close())
}
