package onnx_test

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/retrieval/onnx"
)

// resident is the memory of the process that lies in RAM, in bytes, where the
// system tells it.
func resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the system does not tell how much memory is in use: ", err)
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kb, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// TestMemory embeds, and opens and closes, again and again: memory does not
// grow.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	embeds, opens := 1000, 10
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" {
		embeds, opens = 10000, 100
	}
	rt := openRuntime(t)
	m := openModel(t, rt, "testdata/bert", onnx.Config{})
	flat(t, "embeds", embeds, func(i int) {
		if i%10 == 0 {
			embed(t, m, texts...)
		} else {
			embed(t, m, texts[i%len(texts)])
		}
	})
	flat(t, "opened and closed", opens, func(int) { openOnce(t, rt) })
}

func openOnce(t *testing.T, rt *ort.Runtime) {
	m, err := onnx.Open(rt, "testdata/bert", onnx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

// flat does something several times; the last four fifths must not take more
// memory than the first.
func flat(t *testing.T, what string, times int, do func(i int)) {
	t.Helper()
	var before int
	for i := range times {
		if i == times/5 {
			before = resident(t)
		}
		do(i)
	}
	const slack = 8 << 20 // what Go's heap may grow by until it is collected
	after := resident(t)
	t.Logf("%d × %s: %+d kB, of %d", times, what, (after-before)>>10, after>>10)
	if after > before+slack {
		t.Errorf("%s: %d bytes after %d, and %d after %d", what, before, times/5, after, times)
	}
}
