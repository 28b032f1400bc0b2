//go:build cgo && linux

package ort_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
)

// broken names the model that the test's binary, run anew, breaks in many ways;
// the library's crash would end it, and not the test.
const (
	broken     = "FRONTDESK_TEST_ORT_BROKEN"
	brokenStep = "FRONTDESK_TEST_ORT_STEP"
	brokenFrom = "FRONTDESK_TEST_ORT_FROM"
	libraryOf  = "FRONTDESK_TEST_ORT_LIB" // the library that all these parts open
	// A model of some kB may take this much, whatever bits of it are wrong.
	brokenMemory = 256 << 20
)

// TestBrokenModels: a model that is cut off or has a wrong bit is an error, or
// computes something; it never ends the program, nor takes its memory.
// FRONTDESK_TEST_LOAD=1 breaks it at every bit.
func TestBrokenModels(t *testing.T) {
	c := orttest.Config(t)
	everywhere := os.Getenv("FRONTDESK_TEST_LOAD") != ""
	for name, m := range map[string]struct {
		model []byte
		step  int
	}{
		"linear": {linear(), 29},
		"layer":  {layer(), 61},
	} {
		step := m.step
		if everywhere {
			step = 1
		} else if testing.Short() {
			step *= 5
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			breakModel(t, c.Library, write(t, m.model), step, 2*len(m.model)+8*len(m.model))
		})
	}
}

// breakModel runs the ways to break a model, and goes on after a crash.
func breakModel(t *testing.T, library, file string, step, most int) {
	opened, crashes := 0, 0
	for from := 0; from < most && crashes < 5; {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), broken+"="+file, libraryOf+"="+library,
			brokenStep+"="+strconv.Itoa(step), brokenFrom+"="+strconv.Itoa(from))
		var stderr strings.Builder
		child.Stderr = &stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		last := from
		for lines := bufio.NewScanner(out); lines.Scan(); {
			switch kind, rest, _ := strings.Cut(lines.Text(), " "); kind {
			case "at":
				if last, err = strconv.Atoi(rest); err != nil {
					t.Fatal(err)
				}
			case "opened":
				opened++
			default:
				t.Error(lines.Text())
			}
		}
		if err := child.Wait(); err == nil {
			break
		}
		crashes++
		t.Errorf("way %d to break the model ended the program: %v\n%.2000s", last, err, stderr.String())
		from = last + step
	}
	if opened == 0 {
		t.Error("no broken model was opened: nothing was tested but the reading of files")
	}
}

// breakAt gives one way to break a model: to cut it, to put zeros in place of the
// rest, or to turn one of its bits.
func breakAt(model []byte, way int) []byte {
	n := len(model)
	changed := append([]byte(nil), model...)
	switch {
	case way < n:
		return changed[:way]
	case way < 2*n:
		clear(changed[way-n:])
	default:
		way -= 2 * n
		changed[way/8] ^= 1 << (way % 8)
	}
	return changed
}

// openBroken is the part of the binary that is run anew.
func openBroken() int {
	fail := func(err error) int {
		fmt.Println("error", err)
		return 0
	}
	number := func(name string) int {
		n, err := strconv.Atoi(os.Getenv(name))
		if err != nil {
			fail(err)
		}
		return n
	}
	model, err := os.ReadFile(os.Getenv(broken))
	if err != nil {
		return fail(err)
	}
	c := ort.DefaultConfig()
	c.Library, c.Threads = os.Getenv(libraryOf), 1
	r, err := ort.Open(c)
	if err != nil {
		return fail(err)
	}
	defer r.Close()
	file := filepath.Join(filepath.Dir(os.Getenv(broken)), "broken.onnx")
	before := peak()
	for way := number(brokenFrom); way < 10*len(model); way += number(brokenStep) {
		fmt.Println("at", way)
		if err := os.WriteFile(file, breakAt(model, way), 0o600); err != nil {
			return fail(err)
		}
		begin := time.Now()
		if err := tryModel(r, file); err != nil {
			return fail(fmt.Errorf("way %d: %w", way, err))
		}
		if took := time.Since(begin); took > time.Minute { // against a minute: that it ends at all
			return fail(fmt.Errorf("way %d took %v", way, took))
		}
		if now := peak(); now > before+brokenMemory {
			return fail(fmt.Errorf("way %d took %d MB", way, (now-before)>>20))
		}
	}
	return 0
}

// tryModel opens a model and runs it with what it wants. An error of the library
// is none here.
func tryModel(r *ort.Runtime, file string) error {
	s, err := r.OpenSession(file, ort.SessionOptions{})
	if err != nil {
		if strings.TrimSpace(err.Error()) == "" {
			return errors.New("the error says nothing")
		}
		return nil
	}
	fmt.Println("opened")
	defer s.Close()
	var in []ort.Tensor
	for _, p := range s.Inputs() {
		t := ort.Tensor{Name: p.Name, Shape: []int64{}}
		n := int64(1)
		for _, d := range p.Shape {
			if d < 0 || d > 100 {
				d = 3
			}
			t.Shape = append(t.Shape, d)
			n *= d
		}
		t.Data = make([]float32, min(n, 1e6))
		if p.Type == ort.Int64Type {
			t.Data = make([]int64, min(n, 1e6))
		}
		in = append(in, t)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var out []string
	for _, p := range s.Outputs() {
		out = append(out, p.Name)
	}
	_ = s.Run(ctx, in, out, func([]ort.Tensor) error { return nil }) // an error is fine
	return nil
}

// peak is the most memory that the process has had, in bytes.
func peak() int { return status("VmHWM:") }

// status reads a line of Linux's status of the process, in bytes.
func status(key string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == key {
			n, _ := strconv.Atoi(f[1]) // the kernel writes a number
			return n << 10
		}
	}
	return 0
}
