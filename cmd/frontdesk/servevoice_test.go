//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"frontdesk/adapters/discord/discordfake"
	"frontdesk/adapters/slack/slackfake"
	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// A voice message is fetched, recognised and answered; another engine takes over
// when the configuration names it; and no sound is kept.
func TestServeVoice(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	clip := asr.Clip{Samples: make([]float32, asr.SampleRate)}
	for i := range clip.Samples {
		clip.Samples[i] = float32(i%20)/40 - 0.25
	}
	var sound bytes.Buffer
	if err := audio.WriteWAV(&sound, clip); err != nil {
		t.Fatal(err)
	}
	serveEach(t, 1, func(t *testing.T, p servedPlatform) {
		speak := func() {
			switch s := p.(type) {
			case *servedSlack:
				s.workspace.Share(s.people[0], s.dms[0], "", "", slackfake.File{Name: "audio_message.wav", Mimetype: "audio/wav", Subtype: "slack_audio", Content: sound.Bytes()})
			case *servedDiscord:
				said := discordfake.Said{Flags: discordfake.VoiceMessage, Files: []discordfake.Upload{{Name: "voice-message.wav", ContentType: "audio/wav", Data: sound.Bytes(), Duration: 1}}}
				if _, err := s.server.SayMore(s.dms[0], s.people[0], said); err != nil {
					t.Error(err)
				}
			}
		}
		answered := func(text string) func() bool {
			return func() bool {
				return slices.ContainsFunc(p.said(0), func(s string) bool { return strings.Contains(s, text) })
			}
		}
		var desk *served
		dir := serveFolder(t, p)
		recogniser := func(name, text string) {
			serveWrite(t, dir, name, "#!/bin/sh\n[ \"$(head -c 4 \"$1\")\" = RIFF ] && echo '"+text+"'\n")
			if err := os.Chmod(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			serveWrite(t, dir, "config.yaml", serveConfig(p)+"speech: {engine: exec, detect: false, exec: {command: [./"+name+", \"{wav}\"]}}\n")
		}
		state := func(text string) func() bool {
			return func() bool { return strings.Contains(desk.get("/readyz"), `{"name":"speech","ok":true,"state":"`+text) }
		}
		recogniser("first.sh", "when are you open")
		desk = startServe(t, dir, p)
		serveUntil(t, "readiness", func() bool { return strings.HasPrefix(desk.get("/readyz"), `{"ready":true`) })
		serveUntil(t, "a connection", p.connected)
		serveUntil(t, "the recogniser", state("the program first.sh hears; sound stays on this machine; recordings are not kept\"}"))
		speak()
		serveUntil(t, "the answer", answered("From nine to five."))

		recogniser("second.sh", "where is "+serveWord(7))
		desk.signal(syscall.SIGHUP)
		serveUntil(t, "the other recogniser", state("the program second.sh hears"))
		serveUntil(t, "a connection", p.connected)
		speak()
		serveUntil(t, "the other answer", answered("That is 7."))
		metrics := desk.get("/metrics")
		for _, want := range []string{`frontdesk_speech_seconds_count{engine="exec"}`, "frontdesk_speech_sound_seconds_total ", "frontdesk_speech_pending "} {
			if !strings.Contains(metrics, "\n"+want) {
				t.Errorf("the metrics lack %s", want)
			}
		}

		serveWrite(t, dir, "config.yaml", serveConfig(p))
		desk.signal(syscall.SIGHUP)
		serveUntil(t, "deafness", state("nothing hears: no engine is named"))
		if _, err := os.Stat(filepath.Join(dir, "data", "audio")); err == nil {
			t.Error("sound was kept")
		}
		desk.signal(syscall.SIGTERM)
		if code := desk.end(); code != codeDone {
			t.Errorf("it ended with %d", code)
		}
	})
}
