//go:build whisper && cgo && linux

package whisper

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
)

// TestMemory: runs, swaps, stopped runs and failures leave nothing behind.
// FRONTDESK_TEST_LOAD=1 does a thousand runs and a hundred swaps.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs many clips")
	}
	runs, swaps := 6, 3
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" {
		runs, swaps = 1000, 100
	}
	cmd := exec.Command(os.Args[0])
	// See internal/ort: large blocks go back to the system when they are freed.
	cmd.Env = append(os.Environ(), "MALLOC_MMAP_THRESHOLD_=65536", "MALLOC_ARENA_MAX=1", child+"=remember",
		childModel+"="+modelFile(t, tiny()), childFrom+"="+fmt.Sprint(runs, " ", swaps))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var byRuns, bySwaps, descriptors int
	if _, err := fmt.Sscan(string(out), &byRuns, &bySwaps, &descriptors); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	t.Logf("%d runs: %+d kB; %d swaps: %+d kB", runs, byRuns>>10, swaps, bySwaps>>10)
	// A state that stays is 2 MB at least, a model 5.
	if byRuns > runs<<20/2 || byRuns > 12<<20 {
		t.Errorf("%d runs left %d kB behind", runs, byRuns>>10)
	}
	if bySwaps > swaps<<20 || bySwaps > 16<<20 {
		t.Errorf("%d swaps left %d kB behind", swaps, bySwaps>>10)
	}
	if descriptors != 0 {
		t.Errorf("%d files stay open", descriptors)
	}
}

// openAgain is the part of the binary that is run anew.
func openAgain() int {
	var runs, swaps int
	file := os.Getenv(childModel)
	if _, err := fmt.Sscan(os.Getenv(childFrom), &runs, &swaps); err != nil {
		fmt.Println(err)
		return 1
	}
	e, err := Open(context.Background(), file, quick())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	hear := func(n int) int {
		for i := range n {
			h := asr.Hints{Words: []string{"Zigbee", strconv.Itoa(i)}}
			if _, err := e.Transcribe(context.Background(), tone(0.3, uint64(i)), h); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			if i%10 == 0 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				_, _ = e.Transcribe(ctx, tone(0.3, 1), h) // it is stopped
				cancel()
			}
		}
		return resident()
	}
	swap := func(n int) int {
		for range n {
			if err := e.Swap(context.Background(), file); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			_ = e.Swap(context.Background(), file+".none") // it fails
		}
		return resident()
	}
	// What the library keeps for the next ones is no loss.
	before := hear(max(runs/4, 4))
	byRuns := hear(runs) - before
	before = swap(swaps/4 + 2)
	files := openFiles()
	bySwaps := swap(swaps) - before
	fmt.Println(byRuns, bySwaps, openFiles()-files)
	if err := e.Close(); err != nil {
		return 1
	}
	return 0
}

func resident() int {
	debug.FreeOSMemory()
	return status("RssAnon:")
}

func openFiles() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	n := 0
	for _, f := range all {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasSuffix(to, ".bin") {
			n++
		}
	}
	return n
}
