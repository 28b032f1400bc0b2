package pulsetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// StartPipeWire starts PipeWire with a room, in the place of PulseAudio, whose protocol it
// speaks. What it calls the microphone is [Name] without its space. The test is skipped
// where PipeWire, its session manager or D-Bus is not there. PipeWire 0.3.65 cannot be
// unplugged while somebody plays and records: it ends then, by itself.
func StartPipeWire(t testing.TB) *Server {
	t.Helper()
	s := newServer(t)
	for _, name := range []string{"dbus-run-session", "pipewire", "wireplumber", "pipewire-pulse"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		s.programs[name] = path
	}
	// The session manager, without which nothing is connected, needs PipeWire, and D-Bus.
	const script = `"$1" & while [ ! -S "$XDG_RUNTIME_DIR/pipewire-0" ]; do sleep 0.02; done; "$2" & exec "$3"`
	s.command = func() *exec.Cmd {
		_ = os.Remove(filepath.Join(s.dir, "pipewire-0")) // of one that was killed
		cmd := exec.Command(s.programs["dbus-run-session"], "--", "sh", "-c", script, "sh", s.programs["pipewire"], s.programs["wireplumber"], s.programs["pipewire-pulse"])
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return cmd
	}
	s.kill = func(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
	s.quoted = func(description string) string { return strings.ReplaceAll(description, " ", "") }
	s.Restart()
	return s
}
