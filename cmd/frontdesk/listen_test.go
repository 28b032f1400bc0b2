//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"frontdesk/adapters/mic/pulsetest"
	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/asr/audio"
	"frontdesk/internal/ort/orttest"
)

const listenDesk = `format: 1
slots:
  area: {values: [kitchen, office], ask: "Which room?"}
commands:
  - id: lights-on
    say: ["(turn|switch) on [the] {area} (light|lights)"]
    run: {exec: {command: [touch, "on-{area}"]}}
    reply: The {area} lights are on.
faq:
  - {id: open, question: When are you open?, answer: From nine to five.}
`

// listenScript recognises the command in a recording or, where a file "talk" lies beside
// it, other talk, once: that something was said is found out before it, and what it says
// is taken from there.
const listenScript = `#!/bin/sh
size=$(wc -c < "$1")
[ "$size" -gt 20000 ] || exit 1
if [ -e talk ]; then rm talk; echo "the weather is nice"; else echo "hey desk turn on the kitchen light"; fi
`

// What is said: a command after the wake phrase, and something else.
const listenCommand, listenTalk = "Hey desk, turn on the kitchen light.", "Good morning."

// listenFolder writes a desk that listens, with the sound of what is said.
func listenFolder(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	library := orttest.Config(t).Library
	config := fmt.Sprintf("format: 1\ndata_dir: data\nbases: {home: {knowledge: [desk.yaml], allow: everybody}}\nonnxruntime: {library: %q}\n"+
		"speech: {engine: exec, exec: {command: [./hear.sh, \"{wav}\"]}}\nmic: {room: kitchen, speak: {tones: false}, hooks: {done: [touch, done]}}\n", library)
	for name, text := range map[string]string{"desk.yaml": listenDesk, "config.yaml": config, "hear.sh": listenScript} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	listenSay(t, dir, "command.wav", asrtest.Say(t, "flite:slt", listenCommand))
	listenSay(t, dir, "talk.wav", asrtest.Say(t, "flite:slt", listenTalk))
	return dir
}

func listenSay(t *testing.T, dir, name string, clip asr.Clip) {
	t.Helper()
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, clip); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The whole program hears files in the place of a microphone, and acts.
func TestListenToFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the race detector makes every start of the program slow")
	}
	dir := listenFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "talk"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config.yaml")
	plainly := houseRead(t, config)
	houseWrite(t, config, strings.Replace(plainly, "speech: {", "speech: {keep_audio: {days: 1}, ", 1))
	cmd := program(t, dir, "listen", "--file", "talk.wav", "--file", "command.wav", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &stderr)
	}
	var seen []string
	for line := range strings.Lines(string(out)) {
		var e happening
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch e.Event {
		case "ignored":
			seen = append(seen, "ignored")
		case "heard":
			seen = append(seen, "heard "+*e.Text)
		case "reply":
			seen = append(seen, e.Reply.Entry+" "+e.Reply.Answer)
		case "ended":
			seen = append(seen, "ended")
		}
	}
	want := []string{"ignored", "heard turn on the kitchen light", "lights-on The kitchen lights are on.", "ended"}
	if !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q\n%s%s", seen, want, out, &stderr)
	}
	for _, file := range []string{"on-kitchen", "done"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	if strings.Contains(string(out)+stderr.String(), "weather") {
		t.Error("what was not said to the desk is shown")
	}
	rows, err := readJournal(filepath.Join(dir, "data"))
	if err != nil || len(rows) != 1 || rows[0].Question != "turn on the kitchen light" || rows[0].Sender != "mic:kitchen" {
		t.Errorf("recorded %+v, %v", rows, err)
	}
	// Of what was said the command alone is kept, with what was heard.
	kept, err := filepath.Glob(filepath.Join(dir, "data", "audio", "*", "*.json"))
	if err != nil || len(kept) != 1 || !strings.Contains(houseRead(t, kept[0]), `"hey desk turn on the kitchen light"`) {
		t.Errorf("kept %q, %v", kept, err)
	}
	// The same for people, and nothing is kept where the owner does not say so.
	houseWrite(t, config, plainly)
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	plain, err := program(t, dir, "listen", "--file", "command.wav").Output()
	if want := "I heard: turn on the kitchen light\nThe kitchen lights are on.\n\n"; err != nil || string(plain) != want {
		t.Errorf("got %q, want %q, %v", plain, want, err)
	}
	// What is passed over is told with why, and that there was nothing, but not what it was.
	houseWrite(t, filepath.Join(dir, "talk"), "")
	listenSay(t, dir, "still.wav", asr.Clip{Samples: make([]float32, 2*asr.SampleRate)})
	for _, c := range []struct{ file, how, want string }{
		{"talk.wav", "--wake", "Passed over: it does not begin with a wake phrase\n"},
		{"still.wav", "--wake", "Nobody speaks in it.\n"},
		{"command.wav", "--push", "It was never told to listen, which it waits for.\n"},
	} {
		if out, err := program(t, dir, "listen", c.how, "--file", c.file).Output(); err != nil || string(out) != c.want {
			t.Errorf("%s: got %q, want %q, %v", c.file, out, c.want, err)
		}
	}
	err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".wav") && filepath.Dir(path) != dir {
			t.Errorf("sound is kept at %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// How speech is found is what the configuration says: here nothing is long enough.
func TestListenByConfiguration(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector makes every start of the program slow")
	}
	dir := listenFolder(t)
	file := filepath.Join(dir, "config.yaml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.Replace(config, []byte("speech: {"), []byte("speech: {vad: {min_speech: 2s}, "), 1)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := program(t, dir, "listen", "--file", "command.wav", "--json").Output()
	if err != nil || !strings.Contains(string(out), `"event":"ended"`) || strings.Contains(string(out), `"event":"heard"`) {
		t.Errorf("%s, %v", out, err)
	}
}

// A desk that serves hears a room where the configuration says so.
func TestServeInRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as what is said")
	}
	dir := listenFolder(t)
	file := filepath.Join(dir, "config.yaml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.Replace(config, []byte("mic: {"), []byte("http: {address: \"\"}\nmic: {enabled: true, "), 1)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	server := pulsetest.Start(t)
	l := startListening(t, dir, server, "serve")
	// It is said again until the desk has started to listen and has heard it.
	for end := time.Now().Add(time.Minute); ; {
		server.Play(filepath.Join(dir, "command.wav"))
		time.Sleep(2 * time.Second)
		if _, err := os.Stat(filepath.Join(dir, "on-kitchen")); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nothing was done")
		}
	}
	l.stop()
}

// The whole program hears what is played in a room, and acts.
func TestListenInRoom(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as what is said")
	}
	dir := listenFolder(t)
	espeak := asrtest.Program(t, "espeak-ng")
	config := filepath.Join(dir, "config.yaml")
	speaks := fmt.Sprintf("speak: {command: [%q, --stdout, \"{text}\"], prints: wav, play: [%q, \"--device=%s\", \"{wav}\"], ",
		espeak, asrtest.Program(t, "paplay"), pulsetest.Sink)
	houseWrite(t, config, strings.Replace(houseRead(t, config), "speak: {", "follow_up: 2s, "+speaks, 1))
	server := pulsetest.Start(t)
	devices := program(t, dir, "devices")
	devices.Env = append(devices.Env, server.Env()...)
	if out, err := devices.Output(); err != nil || !strings.Contains(string(out), "*  "+pulsetest.Name) {
		t.Errorf("%s, %v", out, err)
	}
	l := startListening(t, dir, server, "listen", "--device", "desk mic", "--json")
	l.until("a level", `"event":"level"`)
	server.Play(filepath.Join(dir, "command.wav"))
	l.until("the reply", `"answer":"The kitchen lights are on."`)
	if _, err := os.Stat(filepath.Join(dir, "on-kitchen")); err != nil {
		t.Error(err)
	}
	// It says so into the room, hears nothing of it, and listens for what follows.
	l.until("that it speaks", `"state":"speaking"`)
	l.until("that it listens", `"state":"listening"`)
	said := len(l.seen)
	l.until("that it sleeps", `"state":"asleep"`)
	if text := strings.Join(l.seen[said:], "\n"); strings.Contains(text, "hearing") || strings.Contains(text, "ignored") || strings.Contains(text, `"heard"`) {
		t.Errorf("it hears itself:\n%s", text)
	}
	l.stop()
	if strings.Contains(l.err.String(), "saying a reply") {
		t.Error("it does not speak")
	}
}

// A listener is "frontdesk listen" in a process of its own.
type listener struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	seen  []string
	err   *serveBuffer
}

func startListening(t *testing.T, dir string, server *pulsetest.Server, args ...string) *listener {
	t.Helper()
	l := &listener{t: t, cmd: program(t, dir, args...), lines: make(chan string, 1000), err: &serveBuffer{}}
	l.cmd.Env, l.cmd.Stderr = append(l.cmd.Env, server.Env()...), l.err
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(l.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			l.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill() // it may have ended
		if t.Failed() {
			t.Logf("it said:\n%s\n%s", strings.Join(l.seen, "\n"), l.err)
		}
	})
	return l
}

// until waits for a line that has a part.
func (l *listener) until(what, part string) string {
	l.t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	for {
		select {
		case line, ok := <-l.lines:
			if !ok {
				l.t.Fatalf("%s: it has ended", what)
			}
			if !strings.Contains(line, `"event":"level"`) {
				l.seen = append(l.seen, line)
			}
			if strings.Contains(line, part) {
				return line
			}
		case <-timer.C:
			l.t.Fatalf("%s does not come", what)
		}
	}
}

// stop ends it as systemd does.
func (l *listener) stop() {
	l.t.Helper()
	if err := l.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		l.t.Fatal(err)
	}
	for range l.lines {
	}
	if err := l.cmd.Wait(); err != nil {
		l.t.Error(err)
	}
}
