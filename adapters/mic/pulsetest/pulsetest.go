// Package pulsetest gives tests a PulseAudio server of their own, with a room: what is
// played there is recorded by its microphone.
package pulsetest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/asr/asrtest"
)

// Sink is the name of the sink of a room, and Source that of the source which
// records what is played there; Name is what people call it.
const (
	Sink   = "room"
	Source = "microphone"
	Name   = "Desk Microphone"
)

// startsWithin bounds the start of a server.
const startsWithin = 20 * time.Second

// A Server is a PulseAudio. It ends with its test.
type Server struct {
	t      testing.TB
	dir    string
	daemon *exec.Cmd
	module string // of the sink, without which there is no source

	command func() *exec.Cmd                // that is the daemon
	kill    func(daemon *os.Process) error  // with all that it started
	quoted  func(description string) string // as it takes one with a space

	programs map[string]string // their paths, by name
}

// Start starts a server with a room. The test is skipped where PulseAudio is not
// there.
func Start(t testing.TB) *Server {
	t.Helper()
	s := newServer(t, "pulseaudio")
	s.command = func() *exec.Cmd {
		return exec.Command(s.programs["pulseaudio"], "--daemonize=no", "--exit-idle-time=-1", "-n", "--disable-shm=yes", "--use-pid-file=no",
			"--load=module-native-protocol-unix auth-anonymous=1 socket="+s.socket())
	}
	s.kill = (*os.Process).Kill
	s.quoted = func(description string) string { return `"` + strings.ReplaceAll(description, " ", `\ `) + `"` }
	s.Restart()
	return s
}

// newServer makes one that is to be started.
func newServer(t testing.TB, more ...string) *Server {
	t.Helper()
	programs := map[string]string{}
	for _, name := range append(more, "pactl", "paplay") {
		programs[name] = asrtest.Program(t, name)
	}
	// The path of a socket must be short.
	dir, err := os.MkdirTemp("", "pulse")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, dir: dir, programs: programs}
	t.Cleanup(func() {
		s.Kill()
		_ = os.RemoveAll(dir) // nothing depends on it
	})
	return s
}

// Env gives what a program needs in its environment to find the server, and no
// other.
func (s *Server) Env() []string {
	return []string{"PULSE_SERVER=unix:" + s.socket(), "PULSE_RUNTIME_PATH=" + s.dir, "PULSE_STATE_PATH=" + s.dir,
		"PULSE_COOKIE=" + filepath.Join(s.dir, "cookie"), "HOME=" + s.dir, "XDG_RUNTIME_DIR=" + s.dir}
}

// Use has this process find the server, and no other.
func (s *Server) Use(t *testing.T) {
	for _, v := range s.Env() {
		if key, value, _ := strings.Cut(v, "="); strings.HasPrefix(key, "PULSE_") {
			t.Setenv(key, value)
		}
	}
}

func (s *Server) socket() string { return filepath.Join(s.dir, "native") }

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	if s.daemon != nil {
		_ = s.kill(s.daemon.Process) // it may have ended
		_ = s.daemon.Wait()          // it was killed
		s.daemon = nil
	}
}

// Restart starts the server anew, after Kill.
func (s *Server) Restart() {
	s.t.Helper()
	_ = os.Remove(s.socket())
	_ = os.Remove(filepath.Join(s.dir, "pid"))
	s.daemon = s.command()
	s.daemon.Env = append(os.Environ(), s.Env()...)
	var out bytes.Buffer
	s.daemon.Stdout, s.daemon.Stderr = &out, &out
	if err := s.daemon.Start(); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(startsWithin); ; time.Sleep(20 * time.Millisecond) {
		if _, err := s.try("info"); err == nil {
			break
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s does not start: %s", s.daemon.Path, &out)
		}
	}
	s.Plug()
}

// Plug adds the room, and gives back when its microphone is there and the default:
// PipeWire and its session manager go on after they have answered.
func (s *Server) Plug() {
	s.t.Helper()
	s.module = s.Control("load-module", "module-null-sink", "sink_name="+Sink, "rate=48000", "sink_properties=device.description=Room")
	s.Control("load-module", "module-remap-source", "source_name="+Source, "master="+Sink+".monitor",
		`source_properties=device.description=`+s.quoted(Name))
	for end := time.Now().Add(startsWithin); ; time.Sleep(20 * time.Millisecond) {
		set, err := s.try("set-default-source", Source)
		got, gotErr := s.try("get-default-source")
		listed, listErr := s.try("list", "short", "sources")
		if err == nil && gotErr == nil && got == Source && listErr == nil && strings.Contains(listed, "\t"+Source+"\t") {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the microphone is not there: pactl set-default-source: %v: %s; get-default-source: %v: %s; list: %v: %s", err, set, gotErr, got, listErr, listed)
		}
	}
}

// Unplug takes the room away.
func (s *Server) Unplug() {
	s.t.Helper()
	s.Control("unload-module", s.module)
}

// Suspend suspends the microphone, or has it go on.
func (s *Server) Suspend(on bool) {
	s.t.Helper()
	word := "0"
	if on {
		word = "1"
	}
	s.Control("suspend-source", Source, word)
}

// Control is pactl: it gives what that prints.
func (s *Server) Control(args ...string) string {
	s.t.Helper()
	out, err := s.try(args...)
	if err != nil {
		s.t.Fatalf("pactl %q: %v: %s", args, err, out)
	}
	return out
}

func (s *Server) try(args ...string) (string, error) {
	cmd := exec.Command(s.programs["pactl"], args...)
	cmd.Env = append(os.Environ(), s.Env()...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Play plays a WAV file in the room, to its end.
func (s *Server) Play(file string) {
	s.t.Helper()
	cmd := exec.Command(s.programs["paplay"], "--device="+Sink, file)
	cmd.Env = append(os.Environ(), s.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Errorf("paplay %s: %v: %s", file, err, out)
	}
}
