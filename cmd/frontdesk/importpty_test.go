//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// In a terminal each item is asked for, and a signal ends the asking with
// nothing written.
func TestImportOnTerminal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	const csv = "question,answer\nWhen is the pool open?,From six.\nDo you take dogs?,Small ones.\nIs there a lift?,In the west wing.\nWhere is the sauna?,In the cellar.\nHow do guests get onto the wireless network?,Ask at the desk.\n"
	for _, c := range []struct {
		name, typed string
		signal      os.Signal
		shows       string
		holds       []string // parts of what stands in the base then
		lacks       []string
	}{
		{"yes, no, merge", "y\nwhat\nn\na\nm\n", nil, "3 added, 1 merged", []string{"pool", "lift", "sauna", "on the fridge", "How do guests"}, []string{"dogs", "Ask at"}},
		{"merge with the second", "m9\nm2\n", nil, "1 merged", []string{"- how do guests get onto the wireless network\n      - guest network"}, []string{"pool", "Ask at"}},
		{"edit", "e\ny\nq\n", nil, "1 added in", []string{"question: Pond open?", "answer: From six."}, []string{"question: When", "dogs"}},
		{"edit at fault", "n\ne\ny\nq\n", nil, "it stays as it was", []string{"Do you take dogs?"}, []string{"Pond"}},
		{"quit", "n\ny\nq\n", nil, "1 added in", []string{"dogs"}, []string{"pool", "lift", "sauna"}},
		{"end of the terminal", "y\n\x04", nil, "1 added in", []string{"pool"}, []string{"dogs"}},
		{"Ctrl-C", "y\n\x03", nil, "", nil, []string{"pool"}},
		{"SIGTERM", "y\n", syscall.SIGTERM, "", nil, []string{"pool"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			table, second := csv, ""
			if strings.Contains(c.typed, "m2") { // Both have a phrasing of the import.
				table = "question,alternatives,answer\nHow do guests get onto the wireless network?,guest network,Ask at the desk.\n"
				second = "      - How do guests get onto the wireless network?\n    answer: It stands on the fridge.\n" +
					"  - id: wireless\n    question: Where is the network code written?\n    alternatives:\n      - how do guests get onto the wireless network\n"
			}
			for name, text := range map[string]string{
				"faq.csv":     table,
				"config.yaml": "format: 1\ndata_dir: data\ndefault_base: inn\nbases:\n  inn: {knowledge: [inn]}\n",
				"inn/a.yaml":  "format: 1\nfaq:\n  - id: wifi\n    question: What is the Wi-Fi password?\n    alternatives:\n      - how do I get onto the wireless network\n      - wifi code for guests\n" + second + "    answer: It stands on the fridge.\n",
			} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := program(t, dir, "import", "faq.csv")
			cmd.Env = append(cmd.Env, "VISUAL=", "EDITOR=sed -i -e s/When.is.the.pool/Pond/ -e s/answer:.Small/reply:/")
			tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 200})
			if err != nil {
				t.Skipf("no pseudo-terminal can be had here: %v", err)
			}
			defer tty.Close()
			var screen strings.Builder
			asked, buf := 0, make([]byte, 4096)
			typed := strings.SplitAfter(c.typed, "\n") // the last may be a key alone, or nothing
			for {
				n, err := tty.Read(buf)
				screen.Write(buf[:n])
				for ; strings.Count(screen.String(), "/q] ") > asked && asked < len(typed); asked++ {
					if typed[asked] == "" && c.signal != nil {
						if err := cmd.Process.Signal(c.signal); err != nil {
							t.Fatal(err)
						}
					}
					if _, err := tty.WriteString(typed[asked]); err != nil {
						t.Fatal(err)
					}
				}
				if err != nil { // its end, which Linux tells as an error of the device
					break
				}
			}
			err = cmd.Wait()
			if killed := c.shows == ""; killed != (err != nil) || !strings.Contains(screen.String(), c.shows) {
				t.Errorf("it ended with %v, and shows\n%s", err, screen.String())
			}
			files, err := filepath.Glob(filepath.Join(dir, "inn", "*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var base bytes.Buffer
			for _, f := range files {
				data, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				base.Write(data)
			}
			for _, s := range c.holds {
				if !strings.Contains(base.String(), s) {
					t.Errorf("%q is not in\n%s", s, base.String())
				}
			}
			for _, s := range c.lacks {
				if strings.Contains(base.String(), s) {
					t.Errorf("%q is in\n%s", s, base.String())
				}
			}
		})
	}
}

// A bar shows how far it has come with reading and with comparing.
func TestImportShowsBars(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	dir := t.TempDir()
	var table strings.Builder
	table.WriteString("question,answer\n")
	for i := range 3000 {
		fmt.Fprintf(&table, "What is kept in locker %d?,%s\n", i, strings.Repeat("skates ", i%50+1)+strconv.Itoa(i))
	}
	houseWrite(t, filepath.Join(dir, "lockers.csv"), table.String())
	houseWrite(t, filepath.Join(dir, "inn.yaml"), "format: 1\nfaq:\n  - {id: wifi, question: What is the code?, answer: It stands on the fridge.}\n")
	houseWrite(t, filepath.Join(dir, "config.yaml"), "format: 1\ndata_dir: data\nbases: {inn: {knowledge: [inn.yaml]}}\n")
	cmd := program(t, dir, "import", "lockers.csv")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 120})
	if err != nil {
		t.Skipf("no pseudo-terminal can be had here: %v", err)
	}
	defer tty.Close()
	screen := &listenScreen{t: t}
	read := make(chan struct{})
	go func() { // ends with the terminal
		defer close(read)
		_, _ = io.Copy(screen, tty)
	}()
	screen.expect(`\rreading lockers\.csv +\d+% .*\(\d+/\d+\)`)
	screen.expect(`\rcomparing +\d+% .*\(\d+/3001\)`)
	screen.expect(`/q\] `)
	if _, err := tty.WriteString("q\n"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	<-read
}
