//go:build !unix

package exec

import (
	"os"
	"os/exec"
)

// inherited are the environment variables that a program sees of ours, with
// the names that Windows has for them.
var inherited = []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR", "PATHEXT", "USERPROFILE", "TEMP", "TMP"}

// separate does nothing: there are no process groups here.
func separate(*exec.Cmd) {}

// terminate ends the program at once; it cannot be asked.
func terminate(p *os.Process) error { return p.Kill() }

// kill has nothing left to do.
func kill(*os.Process) {}
