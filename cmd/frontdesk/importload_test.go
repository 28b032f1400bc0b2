package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// peakFile, in the environment, is where the program notes at its end the most
// memory that it has had.
const peakFile = "FRONTDESK_TEST_PEAK"

func notePeak(file string) {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		err = os.WriteFile(file, status, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// importRun is one call of the program in a folder: what it printed, how long it
// took, and the most memory that it had, in MB.
func importRun(t *testing.T, dir string, args ...string) (out string, took time.Duration, peak int) {
	t.Helper()
	status := filepath.Join(t.TempDir(), "status")
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1", peakFile+"="+status, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "HOME="+dir)
	begun := time.Now()
	printed, err := cmd.CombinedOutput()
	took = time.Since(begun)
	if err != nil {
		t.Fatalf("%v: %v\n%.2000s", args, err, printed)
	}
	data, err := os.ReadFile(status)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &peak); err == nil {
			peak = peak * 1024 / 1e6
		}
	}
	return string(printed), took, peak
}

// An importOutput is the one file of a format.
type importOutput string

func (o importOutput) Create(string) (io.WriteCloser, error) { return os.Create(string(o)) }

// importRows are questions of several words each, with answers of about 500
// bytes.
func importRows(n int) []*knowledge.Entry {
	things := []string{"invoice", "parcel", "printer", "badge", "meeting room", "contract", "laptop", "parking space", "password", "travel booking"}
	verbs := []string{"order", "cancel", "return", "renew", "find", "repair", "share", "lend", "move", "pay for"}
	var entries []*knowledge.Entry
	for i := range n {
		thing, verb := things[i%10], verbs[i/10%10]
		entries = append(entries, &knowledge.Entry{
			Kind: knowledge.FAQ, ID: fmt.Sprintf("row-%d", i), Question: fmt.Sprintf("How do I %s the %s of department %d?", verb, thing, i/100),
			Alternatives: []string{fmt.Sprintf("%s %s %d", verb, thing, i/100), fmt.Sprintf("I want to %s a %s in department number %d", verb, thing, i/100)},
			Answer:       fmt.Sprintf("Department %d does that, desk %d. ", i/100, i) + strings.Repeat("More can be read in the file. ", 15) + "End.", Tags: []string{thing},
		})
	}
	return entries
}

// TestImportLoad holds the bar: a workbook of 10,000 rows is imported in at most
// 300 MB, the whole verb, and in 10 s, which it only tells. The second time nothing is
// added.
func TestImportLoad(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("FRONTDESK_TEST_LOAD=1 measures it")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the memory is read from /proc")
	}
	dir := t.TempDir()
	if err := setup(dir, func(string, string) {}); err != nil {
		t.Fatal(err)
	}
	config := "format: 1\ndata_dir: data\ndefault_base: desk\nbases: {desk: {knowledge: [knowledge]}}\n"
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("config.yaml", config)
	if err := os.Mkdir(filepath.Join(dir, "knowledge"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("knowledge/desk.yaml", "format: 1\nfaq:\n  - {id: plants, question: Who waters the plants?, answer: Nobody.}\n")
	const rows = 10_000
	if _, err := importer.ExcelWriter().Write(importOutput(filepath.Join(dir, "big.xlsx")), importRows(rows)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"preview", " added", []string{"import", "big.xlsx"}},
		{"accept", fmt.Sprintf("%d added in ", rows), []string{"import", "big.xlsx", "--accept", "--alike", "add"}},
		{"again", "nothing was written", []string{"import", "big.xlsx", "--accept"}},
	} {
		out, took, peak := importRun(t, dir, c.args...)
		t.Logf("%s: %.1f s, at most %d MB", c.name, took.Seconds(), peak)
		if !strings.Contains(out, c.want) {
			t.Errorf("%s: %q is not in\n%.2000s", c.name, c.want, out)
		}
		if peak > 300 {
			t.Errorf("%s: %d MB", c.name, peak)
		}
	}
}
