package main

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Whoever waits for the standard input is ended by Ctrl-C and by SIGTERM.
func TestStdinStops(t *testing.T) {
	t.Parallel()
	const size = 4096
	for _, args := range []string{"ask", "ask --audio -", "import -", "transcribe --engine exec -", "eval --corpus - --queries x"} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			dir := t.TempDir()
			houseWrite(t, dir+"/config.yaml", "format: 1\ndata_dir: data\nbases: {desk: {knowledge: [desk.yaml]}}\nspeech: {engine: exec, exec: {command: [cat]}}\n")
			houseWrite(t, dir+"/desk.yaml", "format: 1\nfaq: [{id: a, question: Where?, answer: Here.}]\n")
			cmd := program(t, dir, strings.Fields(args)...)
			from, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := unix.FcntlInt(in.Fd(), unix.F_SETPIPE_SZ, size); err != nil {
				t.Fatal(err)
			}
			cmd.Stdin = from
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			from.Close()
			if _, err := in.Write(bytes.Repeat([]byte("x"), 2*size)); err != nil { // more than the pipe holds: it reads
				t.Error(err)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Error(err)
			}
			hung := time.AfterFunc(time.Minute, func() {
				t.Errorf("%s: %v does not end it", args, sig)
				_ = cmd.Process.Kill()
			})
			err = cmd.Wait()
			hung.Stop()
			in.Close()
			if code := cmd.ProcessState.ExitCode(); code != codeFailure || !strings.Contains(stderr.String(), "frontdesk: stopped") {
				t.Errorf("%s, %v: %v\n%s", args, sig, err, &stderr)
			}
		}
	}
}
