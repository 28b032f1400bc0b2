//go:build !unix

package exec

import (
	"os"
	"os/exec"
)

// inherited are the environment variables that a program sees of ours, with
// the names that Windows has for them.
var inherited = []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR", "PATHEXT", "SYSTEMROOT", "USERPROFILE", "TEMP", "TMP"}

// separate does nothing: there are no process groups here.
func separate(*exec.Cmd) {}

// kill ends a program.
func kill(p *os.Process) error { return p.Kill() }
