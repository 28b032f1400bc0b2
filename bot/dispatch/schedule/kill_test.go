package schedule_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// With this variable the test binary is a process that carries out the jobs of
// the journal at that path. It says when it has begun one, and never ends it.
const clockEnv = "SCHEDULE_TEST_JOURNAL"

// TestChildClock is that process.
func TestChildClock(t *testing.T) {
	path := os.Getenv(clockEnv)
	if path == "" {
		t.Skip("it is the child of TestKill")
	}
	d := newDesk(t, path)
	d.note.hold = func(context.Context, string) {
		fmt.Println("begun")
		time.Sleep(time.Hour) // until it is killed
	}
	d.run("terminal")
	time.Sleep(time.Hour)
}

// A process is killed while it carries out a job. The job is not begun again,
// and whoever scheduled it is told that nobody knows what became of it.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	d := newDesk(t, path)
	d.say("terminal:a", "kitchen off in 1 second")
	d.say("terminal:a", "living room off in 600 seconds")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run", "^TestChildClock$")
	cmd.Env = append(os.Environ(), clockEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := false
	for lines := bufio.NewScanner(out); !begun && lines.Scan(); {
		begun = lines.Text() == "begun"
	}
	if !begun {
		t.Fatal("the job was not begun")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed

	d.ahead = time.Minute // the time that was its own is over
	defer d.run("terminal")()
	sent := make(chan string)
	go func() {
		for {
			if s := d.out.take(); s != "" {
				sent <- s
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	select {
	case got := <-sent:
		if !strings.HasPrefix(got, "terminal:a: **kitchen off** was begun ") ||
			!strings.Contains(got, "and then the desk stopped. Whether it was done is not known, and it is not begun again.") {
			t.Error(got)
		}
	case <-time.After(time.Minute):
		t.Fatal("nobody was told")
	}
	if done := d.note.take(); done != "" {
		t.Errorf("it was begun again: %s", done)
	}
	if got := d.say("terminal:a", "cancel all"); !strings.HasPrefix(got, "Cancelled: **living room off**") {
		t.Error(got)
	}
}
