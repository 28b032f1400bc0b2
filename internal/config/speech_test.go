package config_test

import (
	"strings"
	"testing"
)

// What is wrong under speech: is told at its place, all of it at once.
func TestSpeechFaults(t *testing.T) {
	for section, want := range map[string]string{
		"{engine: wisper}": `5:12: there is no engine "wisper"; did you mean "whisper"?`,
		"{engine: vosk}":   `5:12: there is no engine "vosk"; engines: whisper, openai, wyoming, exec`,
		"{engine: whisper}": `5:12: it is not said with which model; write whisper: {model: whisper-base.en}, and fetch it with ` +
			`"frontdesk models pull whisper-base.en"`,
		"{engine: openai}":                                     `5:12: it is not said where the server is; write openai:`,
		"{engine: wyoming}":                                    `5:12: it is not said where the server is; write wyoming:`,
		"{engine: exec}":                                       `5:12: it is not said which program recognises speech; write exec:`,
		"{fallback: exec, exec: {command: [x]}}":               `5:14: there is no engine that it could stand in for; write engine: too`,
		"{engine: exec, fallback: exec, exec: {command: [x]}}": `5:28: this engine is asked already; name another one`,
		"{exec: {timeout: 1h}}":                                `5:20: a recording cannot take 1h0m0s`,
		"{openai: {url: x, model: y}}":                         `5:18: it is no address of a server`,
		"{wyoming: {address: x}}":                              `5:23: it is no address of a Wyoming server`,
		"{whisper: {states: 0}}":                               `5:22: it is not from 1 to 16`,
		"{language: '?'}":                                      `5:14: "?" names no language`,
		"{keep_audio: {days: -1}}":                             `5:23: sound cannot be kept for -1 days`,
		"{vad: {end_silence: 1m}}":                             `5:23: 1m0s is out of range`,
		"{enigne: x}":                                          `5:4: unknown key "enigne"; did you mean "engine"?`,
		"{openai: {url: \"http://h\", model: m, api_key: sk}}": `a secret must not be written out here`,
	} {
		_, err := parse(t, minimal+"\nspeech:\n  "+section+"\n")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v\nwant %s", section, err, want)
		}
	}
	if _, err := parse(t, minimal+"speech: {engine: whisper, fallback: exec, language: '', whisper: {model: m}, exec: {command: [x]}, keep_audio: {days: 3}}\n"); err != nil {
		t.Error(err)
	}
}
