package journal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is also the child process of tests that need one.
const (
	childEnv = "JOURNAL_TEST_CHILD" // what the child does
	pathEnv  = "JOURNAL_TEST_PATH"  // the journal it does it with
	nameEnv  = "JOURNAL_TEST_NAME"  // the conversation it records, or the file of effects
)

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		goleak.VerifyTestMain(m)
	case "record":
		os.Exit(recordForEver(os.Getenv(pathEnv), os.Getenv(nameEnv)))
	case "open":
		os.Exit(openOnce(os.Getenv(pathEnv)))
	case "claim":
		os.Exit(claimForEver(os.Getenv(pathEnv), os.Getenv(nameEnv)))
	case "inbox":
		os.Exit(inboxForEver(os.Getenv(pathEnv), os.Getenv(nameEnv)))
	case "deliver":
		os.Exit(deliverAll(os.Getenv(pathEnv), os.Getenv(nameEnv)))
	case "deliver at once":
		os.Exit(deliverAtOnce(os.Getenv(pathEnv), os.Getenv(nameEnv)))
	}
}

// recordForEver prints the ID of every exchange once it is acknowledged.
func recordForEver(path, name string) int {
	j, err := Open(context.Background(), path, DefaultConfig())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for i := 0; ; i++ {
		id := strconv.Itoa(i)
		if err := j.Record(context.Background(), sample(name, id)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		// Not buffered: what was written has left the process.
		if _, err := os.Stdout.WriteString(id + "\n"); err != nil {
			return 1
		}
	}
}

// openOnce tells what became of opening.
func openOnce(path string) int {
	j, err := Open(context.Background(), path, DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	err = j.Record(context.Background(), sample("child", "1"))
	if err != nil {
		fmt.Println(err)
	}
	if closeErr := j.Close(); err != nil || closeErr != nil {
		return 1
	}
	return 0
}

// child starts the test binary as another process.
func child(t *testing.T, does, path, name string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childEnv+"="+does, pathEnv+"="+path, nameEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

// sound checks every page of the file.
func sound(t *testing.T, j *Journal) {
	t.Helper()
	var result string
	must(t, j.db.QueryRow("PRAGMA integrity_check").Scan(&result))
	if result != "ok" {
		t.Errorf("integrity_check: %s", result)
	}
}

// TestKill kills a process again and again while it records. Everything that
// it was told is kept must be there.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes, or does one thing at a time: nothing to race")
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	for round := range 20 {
		name := fmt.Sprint("round-", round)
		cmd := child(t, "record", path, name)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		// The wait differs from round to round, so that the kill falls into
		// opening, migrating, recording and checkpointing.
		wait := time.Duration(5+round*round) * time.Millisecond
		if round == 19 {
			wait = time.Minute // until it records, however busy the machine is
		}
		kill := time.AfterFunc(wait, func() { cmd.Process.Kill() })
		acknowledged := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() != strconv.Itoa(acknowledged) {
				break // the last line may be cut short
			}
			if acknowledged++; round == 19 && acknowledged == 1 {
				kill.Reset(50 * time.Millisecond)
			}
		}
		err = cmd.Wait()
		kill.Stop()
		if err == nil || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("round %d: the child was not killed but ended: %v", round, err)
		}

		j, err := Open(t.Context(), path, DefaultConfig())
		must(t, err)
		for i := range acknowledged {
			_, seen, err := j.Exchange(t.Context(), name, strconv.Itoa(i))
			must(t, err)
			if !seen {
				t.Errorf("round %d: exchange %d of %d acknowledged is lost", round, i, acknowledged)
			}
		}
		sound(t, j)
		must(t, j.Close())
		if round == 19 && acknowledged == 0 {
			t.Error("nothing was recorded in the longest round: the test proves nothing")
		}
	}
}

// TestProcesses lets several processes make the journal at the same moment and
// record in it side by side.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes, or does one thing at a time: nothing to race")
	}
	path := filepath.Join(t.TempDir(), "new", "journal.db")
	const processes, exchanges = 3, 100
	type running struct {
		cmd   *exec.Cmd
		lines *bufio.Scanner
	}
	var all [processes]running
	for i := range all {
		cmd := child(t, "record", path, fmt.Sprint(i))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		all[i] = running{cmd, bufio.NewScanner(out)}
	}
	for i, r := range all {
		for n := range exchanges {
			if !r.lines.Scan() {
				t.Fatalf("process %d ended after %d exchanges: %v", i, n, r.cmd.Wait())
			}
		}
	}
	for _, r := range all {
		must(t, r.cmd.Process.Kill())
		for r.lines.Scan() {
		}
		r.cmd.Wait() // killed: its error says so
	}
	j := mustOpen(t, path)
	for i := range all {
		for n := range exchanges {
			_, seen, err := j.Exchange(t.Context(), fmt.Sprint(i), strconv.Itoa(n))
			must(t, err)
			if !seen {
				t.Fatalf("exchange %d of process %d is lost", n, i)
			}
		}
	}
	sound(t, j)
}
