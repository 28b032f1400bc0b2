//go:build unix

package exec_test

import (
	"os"
	"os/user"
	"strings"
	"testing"
)

// TestUser: a program runs as the user that is named, and as nobody else.
func TestUser(t *testing.T) {
	dir := t.TempDir()
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(run(t, runner(t, dir, `{command: [sh, -c, "id -un; echo $HOME $USER"], user: `+self.Username+`}`), nil).Output); len(got) != 3 ||
		got[0] != self.Username || got[1] != self.HomeDir || got[2] != self.Username {
		t.Errorf("as ourselves: %q", got)
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("there is no user nobody")
	}
	if os.Geteuid() != 0 {
		faults := faultsOf(t, dir, `{command: ["true"], user: nobody}`)
		if !strings.Contains(faults, `the program cannot run as "nobody": only root may`) {
			t.Errorf("not as root: %s", faults)
		}
		return
	}
	if got := run(t, runner(t, dir, `{command: [sh, -c, "id -u; id -g; id -G; kill -0 $PPID || echo no"], dir: /, user: nobody}`), nil).Output; !strings.HasPrefix(got, nobody.Uid+"\n"+nobody.Gid+"\n"+nobody.Gid+"\n") || !strings.HasSuffix(got, "no") {
		t.Errorf("as nobody: %q", got)
	}
	// What runs as somebody else is stopped all the same.
	if got := run(t, runner(t, dir, `{command: [sh, -c, "trap '' TERM; sleep 60 & sleep 60"], dir: /, user: nobody, timeout: 100ms}`), nil); !strings.Contains(got.Problem, "longer than 100ms") {
		t.Errorf("it was not stopped: %+v", got)
	}
}

// TestInherit: of our environment a program sees what it is given, and no more.
func TestInherit(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FRONTDESK_SHOWN", "shown")
	t.Setenv("FRONTDESK_HIDDEN", "hidden")
	got := run(t, runner(t, dir, `{command: [env], inherit: [FRONTDESK_SHOWN, FRONTDESK_UNSET]}`), nil).Output
	if !strings.Contains(got, "FRONTDESK_SHOWN=shown") || strings.Contains(got, "FRONTDESK_HIDDEN") || strings.Contains(got, "FRONTDESK_UNSET") {
		t.Errorf("the environment is %q", got)
	}
	faults := faultsOf(t, dir, `{command: [env], inherit: ["A=B"], user: "no such user"}`)
	for _, want := range []string{`"A=B" cannot name an environment variable`, `the program cannot run as "no such user": there is no such user`} {
		if !strings.Contains(faults, want) {
			t.Errorf("faults %s lack %s", faults, want)
		}
	}
}

// faultsOf gives what is wrong with settings.
func faultsOf(t *testing.T, dir, text string) string {
	t.Helper()
	_, faults := settings(t, dir, text)
	return faults.Error()
}
