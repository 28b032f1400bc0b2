//go:build whisper && cgo && linux

package whisper

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
)

// A part of the binary that is run anew: a crash of the library ends it, and not the
// test, and nothing else changes its memory.
const (
	child      = "FRONTDESK_TEST_WHISPER_CHILD" // broken, remember
	childFrom  = "FRONTDESK_TEST_WHISPER_FROM"
	childTo    = "FRONTDESK_TEST_WHISPER_FOLDER"
	childModel = "FRONTDESK_TEST_WHISPER_MODEL"
	// A model of 3 MB may take this much, whatever is wrong in it.
	brokenMemory = 256 << 20
)

// children runs such a part, if this is one.
func children() (code int, is bool) {
	switch os.Getenv(child) {
	case "broken":
		return openBroken(), true
	case "remember":
		return openAgain(), true
	}
	return 0, false
}

// A damage is one way to break a model.
type damage struct {
	name string
	do   func(model []byte) []byte
}

// damages gives them in order: with every bit of the numbers turned, and some of the
// rest, or many.
func damages(at sections, many bool) []damage {
	r := rand.New(rand.NewPCG(3, 4))
	var all []damage
	cut := func(end int) {
		all = append(all, damage{fmt.Sprint("cut at ", end), func(m []byte) []byte { return m[:end] }})
	}
	turn := func(bit int) {
		all = append(all, damage{fmt.Sprint("bit ", bit), func(m []byte) []byte {
			m[bit/8] ^= 1 << (bit % 8)
			return m
		}})
	}
	for _, end := range []int{0, 1, 4, 44, at.filters, at.filters + 8, at.vocabulary, at.vocabulary + 4, at.tensors, at.tensors + 5,
		at.tensors + 12, at.tensors + 24, at.tensors + 60, at.end - 1} {
		cut(end)
	}
	step, part, whole := 17, 3, 1
	if many {
		step, part, whole = 1, 400, 40
	}
	for bit := 0; bit < 8*(at.filters+8); bit += step {
		turn(bit)
	}
	for range part {
		cut(r.IntN(at.end))
		turn(8*at.vocabulary + r.IntN(8*8)) // the number of tokens, and the first
		turn(8*at.tensors + r.IntN(8*60))   // the head of the first tensor
	}
	for range whole { // these come to the library most often
		turn(8*at.filters + r.IntN(8*(at.vocabulary-at.filters)))
		turn(8*at.vocabulary + r.IntN(8*(at.tensors-at.vocabulary)))
		turn(8*at.tensors + r.IntN(8*(at.end-at.tensors)))
	}
	fill := func(name string, with uint16) {
		all = append(all, damage{name, func(m []byte) []byte {
			// Of the last tensor, the third convolution's.
			for i := at.end - 32*32*2; i+2 <= at.end; i += 2 {
				binary.LittleEndian.PutUint16(m[i:], with)
			}
			return m
		}})
	}
	fill("weights that are no numbers", 0x7e00)
	fill("weights that are infinite", 0x7c00)
	return all
}

// TestBrokenModels: a model that is cut off or has something wrong is an error, or
// hears something; it never ends the program, nor takes its memory.
func TestBrokenModels(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens hundreds of models")
	}
	folder := t.TempDir()
	_, at := modelOf(tiny())
	n := len(damages(at, os.Getenv("FRONTDESK_TEST_LOAD") != ""))
	opened, crashes := 0, 0
	for from := 0; from < n && crashes < 5; {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), child+"=broken", childFrom+"="+strconv.Itoa(from), childTo+"="+folder)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
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
		err = cmd.Wait()
		if stderr.Len() > 0 {
			t.Errorf("something is written to the standard error: %.2000s", stderr.String())
		}
		if err == nil {
			break
		}
		crashes++
		t.Errorf("%s ends the program: %v", damages(at, os.Getenv("FRONTDESK_TEST_LOAD") != "")[last].name, err)
		from = last + 1
	}
	t.Logf("%d of %d are opened", opened, n)
	if opened < 3 || opened == n {
		t.Errorf("%d of %d broken models are opened: nothing was tested", opened, n)
	}
}

// openBroken is the part of the binary that is run anew.
func openBroken() int {
	fail := func(err error) int {
		fmt.Println("error", err)
		return 0
	}
	model, at := modelOf(tiny())
	from, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		return fail(err)
	}
	file := filepath.Join(os.Getenv(childTo), "broken.bin")
	before := peak()
	for i, d := range damages(at, os.Getenv("FRONTDESK_TEST_LOAD") != "") {
		if i < from {
			continue
		}
		fmt.Println("at", i)
		if err := os.WriteFile(file, d.do(slices.Clone(model)), 0o600); err != nil {
			return fail(err)
		}
		begin := time.Now()
		if err := tryModel(file, 1+i%3); err != nil {
			return fail(fmt.Errorf("%s: %w", d.name, err))
		}
		if took := time.Since(begin); took > time.Minute { // against a minute: that it ends at all
			return fail(fmt.Errorf("%s took %v", d.name, took))
		}
		if now := peak(); now > before+brokenMemory {
			return fail(fmt.Errorf("%s took %d MB", d.name, (now-before)>>20))
		}
	}
	return 0
}

// tryModel opens a model and hears something with it. An error is none here.
func tryModel(file string, beam int) error {
	c := quick()
	c.Lazy, c.Beam, c.Times = true, beam, beam == 2
	e, err := Open(context.Background(), file, c)
	if err != nil {
		if len(err.Error()) < len(file)+20 {
			return fmt.Errorf("the error says little: %w", err)
		}
		return nil
	}
	e.mostTokens = 3
	fmt.Println("opened")
	_, _ = e.Transcribe(context.Background(), tone(0.3, 1), asr.Hints{Words: []string{"Zigbee"}}) // an error is fine
	return e.Close()
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
