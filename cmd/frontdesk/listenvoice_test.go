//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/mic"
	"frontdesk/adapters/mic/pulsetest"
	"frontdesk/asr/asrtest"
	"frontdesk/internal/config"

	"github.com/creack/pty"
)

// A program that listens for the wake phrase wakes the desk where the recogniser hears
// something else: here pocketsphinx, with the command that config.yaml shows.
func TestListenToWakeCommand(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the race detector makes every start of the program slow")
	}
	sphinx := asrtest.Program(t, "pocketsphinx_continuous")
	shown := regexp.MustCompile(`#   command: \[pocketsphinx_continuous, (.*-keyphrase.*)\]`).FindStringSubmatch(houseRead(t, "../../config.yaml"))
	if shown == nil {
		t.Fatal("config.yaml shows no command that listens for a phrase")
	}
	dir := listenFolder(t)
	houseWrite(t, filepath.Join(dir, "hear.sh"), strings.ReplaceAll(listenScript, "hey desk", "hey guess"))
	file := filepath.Join(dir, "config.yaml")
	plain := houseRead(t, file)
	listen := func() string {
		if err := os.WriteFile(filepath.Join(dir, "talk"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := program(t, dir, "listen", "--json", "--file", "talk.wav", "--file", "command.wav").CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	if out := listen(); strings.Contains(out, `"heard"`) || strings.Count(out, `"ignored"`) != 2 {
		t.Errorf("without it: %s", out)
	}
	houseWrite(t, file, strings.Replace(plain, "mic: {", "mic: {wake: {command: ["+sphinx+", "+shown[1]+"]}, ", 1))
	if out := listen(); strings.Count(out, `"ignored"`) != 1 || !strings.Contains(out, `"text":"turn on the kitchen light"`) || !strings.Contains(out, `"The kitchen lights are on."`) {
		t.Errorf("with it: %s", out)
	}
	houseWrite(t, file, strings.Replace(plain, "mic: {", "mic: {wake: {command: [no-such-program]}, ", 1))
	out, err := program(t, dir, "listen", "--file", "talk.wav").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `what hears the wake phrase: mic.wake: command: `) || !strings.Contains(string(out), `"no-such-program" is not in PATH`) {
		t.Errorf("without the program: %s, %v", out, err)
	}
}

// The doctor records from a real microphone, and shows what becomes of it.
func TestDoctorRecords(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as what is said")
	}
	dir := listenFolder(t)
	server := pulsetest.Start(t)
	// Long enough for a player that is slow to start.
	cmd := program(t, dir, "doctor", "voice", "--device", "desk mic", "--seconds", "10")
	var stdout bytes.Buffer
	stderr := &serveBuffer{}
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	cmd.Env = append(cmd.Env, server.Env()...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); !strings.Contains(stderr.String(), "Speak now, for 10 seconds (Desk Microphone).") && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	server.Play(filepath.Join(dir, "command.wav"))
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, stderr)
	}
	for _, want := range []string{
		`^ok   voice    10\.0 s of sound from Desk Microphone$`,
		`^ok   voice    it is as loud as -[0-9]+ dB, and -[0-9]+ dB in the mean$`,
		`^ok   voice    somebody speaks from [0-9.]+ s to [0-9.]+ s; finding that took \S+ \(Silero `,
		`^ok   voice    heard "hey desk turn on the kitchen light" in \S+, [0-9.]+ of the length of the sound \(confidence `,
		`^ok   voice    the desk would run lights-on \(area: kitchen\), with a probability of `,
	} {
		if !regexp.MustCompile("(?m)" + want).MatchString(stdout.String()) {
			t.Errorf("%s is not in\n%s%s", want, &stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "on-kitchen")); err == nil {
		t.Error("it was done")
	}
}

// An Ogg is asked as any other recording; a bar shows on a terminal how far the writing
// down of several has come, and is gone in the end.
func TestTranscribeOnTerminal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the race detector makes every start of the program slow")
	}
	dir := t.TempDir()
	houseWrite(t, filepath.Join(dir, "desk.yaml"), listenDesk)
	houseWrite(t, filepath.Join(dir, "config.yaml"), "format: 1\ndata_dir: data\nbases: {home: {knowledge: [desk.yaml], allow: everybody}}\n"+
		"speech: {engine: exec, detect: false, exec: {command: [sh, -c, 'sleep 0.2; test \"$(head -c 4 \"$1\")\" = RIFF && echo when are you open', sh, \"{wav}\"]}}\n")
	for from, to := range map[string]string{"celt.opus": "clip.ogg", "mpeg1.mp3": "b.mp3", "16.flac": "c.flac"} {
		houseWrite(t, filepath.Join(dir, to), houseRead(t, filepath.Join("../../asr/audio/testdata", from)))
	}
	if out, err := program(t, dir, "ask", "--audio", "clip.ogg").CombinedOutput(); err != nil || !strings.Contains(string(out), "From nine to five.") {
		t.Errorf("%s, %v", out, err)
	}
	cmd := program(t, dir, "transcribe", "clip.ogg", "b.mp3", "c.flac")
	cmd.Env = append(cmd.Env, "TERM=xterm")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		t.Skipf("no pseudo-terminal can be had here: %v", err)
	}
	defer tty.Close()
	screen := &listenScreen{t: t}
	read := make(chan struct{})
	go func() { // ends with the terminal
		defer close(read)
		part := make([]byte, 4096)
		for {
			n, err := tty.Read(part)
			_, _ = screen.Write(part[:n])
			if err != nil {
				return
			}
		}
	}()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	<-read
	screen.expect(`\r *transcribing clip\.ogg +0% .*\(0/3\)`)
	screen.expect(`\r *\rfile +seconds .*\r\nclip\.ogg .*when are you open\r\n`)
	screen.expect(`transcribing b\.mp3 +33% .*\(1/3\)`)
	screen.expect(`\r *\rb\.mp3 .*when are you open\r\n`)
	screen.expect(`transcribing c\.flac +66% .*\(2/3\)`)
	screen.expect(`\r *\rc\.flac .*when are you open\r\n(\r *\r)*$`)
}

// The flags stand over the configuration, and leave what they do not name.
func TestListenFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "wake hall jabra"},
		{[]string{"--push"}, "push hall jabra"},
		{[]string{"--always", "--room", "living room"}, "always living room jabra"},
		{[]string{"--wake", "--device", ""}, "wake hall "},
		{[]string{"--device", "webcam"}, "wake hall webcam"},
	} {
		cfg := &config.Config{Mic: mic.DefaultConfig()}
		cfg.Mic.Room, cfg.Mic.Device = "hall", "jabra"
		cmd := newListen(&cli{})
		if err := cmd.ParseFlags(c.args); err != nil {
			t.Fatal(err)
		}
		o := listening{}
		for flag, into := range map[string]*bool{"push": &o.push, "wake": &o.wake, "always": &o.always} {
			*into = cmd.Flags().Changed(flag)
		}
		o.device, o.room = cmd.Flag("device").Value.String(), cmd.Flag("room").Value.String()
		if err := o.apply(cfg, cmd.Flags().Changed); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(cfg.Mic.Listen, " ", cfg.Mic.Room, " ", cfg.Mic.Device); got != c.want || !cfg.Mic.Enabled {
			t.Errorf("%q: got %q, want %q", c.args, got, c.want)
		}
	}
}
