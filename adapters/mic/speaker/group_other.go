//go:build !unix

package speaker

import (
	"os"
	"os/exec"
)

// separate does nothing: there are no process groups here.
func separate(*exec.Cmd) {}

// silence ends a program.
func silence(p *os.Process) error { return p.Kill() }
