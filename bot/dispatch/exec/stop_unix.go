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

// separate puts the program into a process group of its own, whose number is
// that of the program.
func separate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// terminate asks the program and all that it started to end.
func terminate(p *os.Process) error { return signal(p, syscall.SIGTERM) }

// kill ends what is left of the group. The program itself is gone by then; its
// number belongs to the group as long as anybody is in it.
func kill(p *os.Process) { _ = signal(p, syscall.SIGKILL) }

func signal(p *os.Process, s syscall.Signal) error {
	err := syscall.Kill(-p.Pid, s)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
