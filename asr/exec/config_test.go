package exec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/asr/exec"
)

func TestCheck(t *testing.T) {
	good := func(c *exec.Config) {}
	for _, c := range []struct {
		change func(*exec.Config)
		want   string // "" for nothing wrong
	}{
		{good, ""},
		{func(c *exec.Config) { c.Command, c.Guided = []string{"a", "{wav}"}, []string{"b", "--grammar={jsgf}"} }, ""},
		{func(c *exec.Config) { c.Command = []string{""} }, "command: the program has no fixed name"},
		{func(c *exec.Config) { c.Command = []string{"{wav}"} }, "command: the program has no fixed name"},
		{func(c *exec.Config) { c.Command = []string{"a", "{jsgf}"} }, "command: what hears freely has no grammar"},
		{func(c *exec.Config) { c.Command, c.Guided = []string{"a"}, []string{"a"} }, "guided: it is not told what to expect"},
		{func(c *exec.Config) { c.Guided = []string{"a", "{jsgf}"} }, "guided: alone it hears a command in everything"},
		{func(c *exec.Config) { c.Command = []string{"a", "\x00"} }, "command: an argument holds a NUL"},
		{func(c *exec.Config) { c.Command = make([]string, 201); c.Command[0] = "a" }, "command: it has more than 200 arguments"},
		{func(c *exec.Config) { c.Command = []string{"a", strings.Repeat("x", 64<<10+1)} }, "command: an argument is longer"},
		{func(c *exec.Config) { c.Timeout = 0 }, "timeout: a recording cannot take 0s"},
		{func(c *exec.Config) { c.Timeout = time.Hour }, "timeout: a recording cannot take 1h0m0s"},
		{func(c *exec.Config) { c.AtOnce = 0 }, "at_once: 0 recordings"},
		{func(c *exec.Config) { c.Queue = -1 }, "queue: -1 recordings"},
		{func(c *exec.Config) { c.Inherit = []string{"A=B"} }, `inherit: "A=B" names no`},
	} {
		cfg := exec.DefaultConfig()
		c.change(&cfg)
		var got []string
		cfg.Check(func(key, what, do string) {
			if do == "" {
				t.Errorf("%s: %s: what is to be done?", key, what)
			}
			got = append(got, key+": "+what)
		})
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A program that cannot be run is told at the start.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plain"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"no-such-program": `the program "no-such-program" is not in PATH; install it`,
		"./missing":       "there is no program at " + filepath.Join(dir, "missing"),
		"./plain":         "the program ./plain may not be run; make it executable: chmod +x " + filepath.Join(dir, "plain"),
	} {
		_, err := exec.New(exec.Config{Command: []string{name}, Timeout: time.Second, AtOnce: 1}, dir)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "command: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := exec.New(exec.DefaultConfig(), dir); err == nil {
		t.Error("there is an engine without a program")
	}
}
