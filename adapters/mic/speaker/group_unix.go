//go:build unix

package speaker

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// separate puts a program into a process group of its own, so that what it starts
// (a player) falls silent with it.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// silence ends a program and all that it started.
func silence(p *os.Process) error {
	err := syscall.Kill(-p.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
