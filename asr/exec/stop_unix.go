//go:build unix

package exec

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// inherited are the environment variables that a program sees of ours.
var inherited = []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR"}

// separate puts a program into a process group of its own, whose number is that
// of the program.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// kill ends a program and all that it started. It has nothing to finish.
func kill(p *os.Process) error {
	err := syscall.Kill(-p.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
