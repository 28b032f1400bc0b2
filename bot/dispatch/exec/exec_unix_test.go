//go:build unix

package exec_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/exec"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// script writes a shell script into a new folder, and gives the folder.
func script(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "script.sh"), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

const plain = "command: [./script.sh]\n"

// inTime fails when something hangs, with room for a busy machine.
func inTime(t *testing.T, f func() bot.Result) bot.Result {
	t.Helper()
	done := make(chan bot.Result, 1)
	go func() { done <- f() }()
	select {
	case r := <-done:
		return r
	case <-time.After(time.Minute):
		t.Fatal("it hangs")
		return bot.Result{}
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name, script, settings string
		want                   bot.Result
	}{
		{"success", `echo hello; echo world`, plain, bot.Result{Output: "hello\nworld"}},
		{"no output", `true`, plain, bot.Result{}},
		{"both streams in order", `echo 1; echo 2 >&2; echo 3; echo 4 >&2`, plain, bot.Result{Output: "1\n2\n3\n4"}},
		{"status", `echo oops >&2; exit 3`, plain, bot.Result{Output: "oops", Failed: true, Problem: "the program ended with exit status 3"}},
		{"signal", `echo bye; kill -KILL $$`, plain, bot.Result{Output: "bye", Failed: true, Problem: "the program ended with signal: killed"}},
		{"standard input is empty", `cat; echo read`, plain, bot.Result{Output: "read"}},
		{"escapes", `printf '\033[31mred\033[0m \033]0;title\007ok\a\b\r\nnext\rline\ttab'`, plain, bot.Result{Output: "red ok\nnext\nline\ttab"}},
		{"not UTF-8", `printf 'a\377\376b\000c'`, plain, bot.Result{Output: "a\uFFFDbc"}},
		{"cut", `printf 'abcdefghij'`, plain + "output: 4\n", bot.Result{Output: "abcd\n… (cut after 4 bytes)"}},
		{"just enough", `printf 'abcd'`, plain + "output: 4\n", bot.Result{Output: "abcd"}},
		{"cut inside a character", `printf 'abcü'`, plain + "output: 4\n", bot.Result{Output: "abc\n… (cut after 4 bytes)"}},
		{"output not wanted", `echo hello`, plain + "output: 0\n", bot.Result{}},
		{"sleeps", `echo start; exec sleep 60`, plain + "timeout: 100ms\n", bot.Result{Output: "start", Failed: true, Problem: "it took longer than 100ms and was stopped"}},
		{"ignores the request to end", `trap '' TERM; echo start; while :; do sleep 0.1; done`, plain + "timeout: 100ms\n",
			bot.Result{Output: "start", Failed: true, Problem: "it took longer than 100ms and was stopped"}},
		{"ends well when asked to", `trap 'echo cleaned up; exit 0' TERM; while :; do sleep 0.02; done`, plain + "timeout: 100ms\n",
			bot.Result{Output: "cleaned up", Failed: true, Problem: "it took longer than 100ms and was stopped"}},
		{"leaves a child with the output", `sleep 60 & echo done; exit 0`, plain, bot.Result{Output: "done"}},
		{"leaves a child and fails", `sleep 60 & exit 4`, plain, bot.Result{Failed: true, Problem: "the program ended with exit status 4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runner(t, script(t, c.script), c.settings)
			got := inTime(t, func() bot.Result { return run(t, r, nil) })
			// A busy machine may stop a script before it prints, and some
			// shells tell that they were asked to end.
			if strings.Contains(c.want.Problem, "longer") && (got.Output == "" || strings.HasSuffix(got.Output, c.want.Output)) {
				got.Output = c.want.Output
			}
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestPrintsForEver bounds what is kept of endless output, binary output too.
func TestPrintsForEver(t *testing.T) {
	for _, source := range []string{"yes", "cat /dev/urandom", "cat /dev/zero"} {
		r := runner(t, script(t, "exec "+source), plain+"timeout: 300ms\noutput: 10000\n")
		got := inTime(t, func() bot.Result { return run(t, r, nil) })
		if !got.Failed || len(got.Output) > 10_000+50 || !utf8.ValidString(got.Output) || !strings.HasSuffix(got.Output, "(cut after 10000 bytes)") {
			t.Errorf("%s: failed %v, %d bytes of output, ending in %q", source, got.Failed, len(got.Output), got.Output[max(0, len(got.Output)-40):])
		}
	}
}

// beating is a script whose child, deaf to requests to end, writes for ever.
const beating = `(trap '' TERM; while :; do echo beat >> beats; sleep 0.02; done) &
while [ ! -s beats ]; do sleep 0.01; done
`

// stillBeating says whether the child lives on.
func stillBeating(t *testing.T, dir string) bool {
	t.Helper()
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "beats"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	time.Sleep(300 * time.Millisecond)
	return size() > before
}

// TestGroup ends the children of a program whose time is over, whether the
// program itself obeys or not, and whether they hold its output or not.
func TestGroup(t *testing.T) {
	for name, text := range map[string]string{
		"the program obeys":      beating + `sleep 60`,
		"the program does not":   `trap '' TERM; ` + beating + `while :; do sleep 1; done`,
		"no output in the child": strings.Replace(beating, ") &", ") >/dev/null 2>&1 &", 1) + `sleep 60`,
	} {
		t.Run(name, func(t *testing.T) {
			// On a busy machine the time may be over before there is a child.
			for timeout := 250 * time.Millisecond; ; timeout *= 2 {
				dir := script(t, text)
				r := runner(t, dir, fmt.Sprintf("%stimeout: %s\n", plain, timeout))
				got := inTime(t, func() bot.Result { return run(t, r, nil) })
				if !got.Failed {
					t.Fatalf("got %+v", got)
				}
				if _, err := os.Stat(filepath.Join(dir, "beats")); err == nil {
					if stillBeating(t, dir) {
						t.Error("a child lives on")
					}
					return
				}
				if timeout > 20*time.Second {
					t.Fatal("no child began")
				}
			}
		})
	}
}

// TestCancel ends a program when the bot stops.
func TestCancel(t *testing.T) {
	dir := script(t, beating+`sleep 60`)
	r := runner(t, dir, plain)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(dir, "beats")); err == nil {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	got := inTime(t, func() bot.Result {
		got, err := r.Run(ctx, bot.Call{})
		if err != nil {
			t.Error(err)
		}
		return got
	})
	if !got.Failed || got.Problem != "it was stopped before it had finished" {
		t.Errorf("got %+v", got)
	}
	if stillBeating(t, dir) {
		t.Error("a child lives on")
	}
	if _, err := r.Run(ctx, bot.Call{}); err == nil {
		t.Error("a program is started though ctx has ended")
	}
}

func TestDir(t *testing.T) {
	dir := script(t, `pwd -P; echo "$PWD" >/dev/null; cat here`)
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]string{"": dir, "dir: sub\n": filepath.Join(dir, "sub"), "dir: " + dir + "/sub\n": filepath.Join(dir, "sub")} {
		if err := os.WriteFile(filepath.Join(d, "here"), []byte("found "+filepath.Base(d)), 0o600); err != nil {
			t.Fatal(err)
		}
		got := run(t, runner(t, dir, plain+name), nil)
		real, err := filepath.EvalSymlinks(d)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s\nfound %s", real, filepath.Base(d)); got.Output != want {
			t.Errorf("%q: %q, want %q", name, got.Output, want)
		}
	}
}

// TestRelativeFile finds the program when the knowledge file has a relative
// name itself, and keeps to it when the working folder changes.
func TestRelativeFile(t *testing.T) {
	dir := script(t, "echo found")
	t.Chdir(filepath.Dir(dir))
	r := runner(t, filepath.Base(dir), plain)
	t.Chdir("/")
	if got := run(t, r, nil); got.Output != "found" {
		t.Errorf("got %+v", got)
	}
}

// TestGone removes the program after it was checked.
func TestGone(t *testing.T) {
	dir := script(t, "true")
	r := runner(t, dir, plain)
	if err := os.Remove(filepath.Join(dir, "script.sh")); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Run(t.Context(), bot.Call{}); err == nil {
		t.Errorf("got %+v and no error", got)
	}
}

func Example() {
	node, faults := strictyaml.Parse("home.yaml", []byte(`{command: [echo, light, "{area}", "on"], timeout: 5s}`))
	if len(faults) > 0 {
		fmt.Println(faults)
		return
	}
	lights := &knowledge.Entry{ID: "lights-on", Kind: knowledge.Do, Command: &knowledge.Command{
		Action: knowledge.Action{Kind: "exec", Node: node, Pos: knowledge.Pos{File: "home.yaml"}},
		Slots:  map[string]*knowledge.Slot{"area": {}},
	}}
	d, err := dispatch.New(&knowledge.Base{Entries: []*knowledge.Entry{lights}}, map[string]dispatch.Kind{"exec": exec.New},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := d.Dispatch(context.Background(), bot.Call{Entry: lights,
		Slots: map[string]template.Value{"area": {Said: "the lounge; rm -rf /", Canonical: "living_room"}}})
	fmt.Println(result.Output, err)
	// Output: light living_room on <nil>
}

// A program that tells a secret is not repeated, nor where it is cut off or
// dressed up.
func TestSecretOutput(t *testing.T) {
	t.Setenv("EXEC_TEST_SECRET", "hunter2-env")
	const cut = "\n… (cut after 32 bytes)"
	for text, want := range map[string]string{
		`echo "login $1 failed"`:                            "login *** failed",
		`echo "$TOKEN" >&2`:                                 "Tok ***",
		`printf '%s' "$TOKEN" | base64`:                     "VG9rIGh1bnRlcjItZW52", // a form that is not known
		`printf '%s' "$1" | base64`:                         "***",
		`printf 'hunter\033[1m2-env'`:                       "***",
		`printf '%s' "12345678901234567890123456hunter2-e"`: "12345678901234567890123456***" + cut,
		`printf '%s' "123456789012345678901234567890$1"`:    "123456789012345678901234567890**" + cut,
	} {
		dir := script(t, text)
		r := runner(t, dir, "command: [./script.sh, \"${env:EXEC_TEST_SECRET}\"]\nenv: {TOKEN: \"Tok ${env:EXEC_TEST_SECRET}\"}\noutput: 32\n")
		result := run(t, r, nil)
		if result.Output != want || result.Failed {
			t.Errorf("%s: %+v, want %q", text, result, want)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Setenv("EXEC_TEST_SECRET", "hunter2-env")
	dir := script(t, `printf '%s|' "$@" "$TOKEN" > got`)
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("hunter2-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runner(t, dir, "command: [./script.sh, \"--token=${file:token}\", \"${env:EXEC_TEST_SECRET}\", \"{a}\"]\n"+
		"env: {TOKEN: \"<${env:EXEC_TEST_SECRET}>\"}\n")
	slots := values("a", "${env:HOME}")
	run(t, r, slots)
	got, err := os.ReadFile(filepath.Join(dir, "got"))
	if err != nil || string(got) != "--token=hunter2-file|hunter2-env|${env:HOME}|<hunter2-env>|" {
		t.Errorf("%v: %s", err, got)
	}
	preview := r.Preview(bot.Call{Slots: slots})
	if strings.Contains(preview, "hunter2") || !strings.HasSuffix(preview, " --token=*** *** ${env:HOME}") {
		t.Errorf("preview: %s", preview)
	}
}
