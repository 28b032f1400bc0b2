package config

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/asr/exec"
	"frontdesk/asr/hearing"
	"frontdesk/asr/openai"
	"frontdesk/asr/whisper"
	"frontdesk/asr/wyoming"
	"frontdesk/internal/strictyaml"
)

// Engines of speech recognition.
const (
	SpeechWhisper = "whisper"
	SpeechOpenAI  = openai.Name
	SpeechWyoming = wyoming.Name
	SpeechExec    = exec.Name
)

// speechEngines are those that can be named.
var speechEngines = []string{SpeechWhisper, SpeechOpenAI, SpeechWyoming, SpeechExec}

// SpeechEngines names the engines of speech recognition.
func SpeechEngines() []string { return slices.Clone(speechEngines) }

// Speech says what sound is recognised with, the section speech: of config.yaml.
type Speech struct {
	// Engine recognises speech; empty: sound is answered with a sentence that says
	// that there is nobody to listen.
	Engine string `yaml:"engine"`
	// Fallback is the engine that is asked where the first one fails, hears nothing
	// although somebody speaks, or is unsure; empty for none.
	Fallback string `yaml:"fallback"`

	// Dictionary is a pronouncing dictionary in the form of CMUdict, whose words are
	// the only ones of the grammar that {jsgf} stands for; a relative path counts from
	// the configuration. Empty: all words.
	Dictionary string `yaml:"dictionary"`

	hearing.Config `yaml:",inline"`

	Whisper whisper.Config `yaml:"whisper"`
	OpenAI  openai.Config  `yaml:"openai"`
	Wyoming wyoming.Config `yaml:"wyoming"`
	Exec    exec.Config    `yaml:"exec"`
}

// DefaultSpeech names no engine.
func DefaultSpeech() Speech {
	return Speech{Config: hearing.DefaultConfig(), Whisper: whisper.DefaultConfig(), OpenAI: openai.DefaultConfig(), Wyoming: wyoming.DefaultConfig(), Exec: exec.DefaultConfig()}
}

// Enabled says whether an engine is named.
func (s Speech) Enabled() bool { return s.Engine != "" }

// Uses says whether an engine is asked, first or as fallback.
func (s Speech) Uses(engine string) bool { return s.Engine == engine || s.Fallback == engine }

// Check reports what is wrong with the settings.
func (s Speech) Check(report func(key, what, do string)) {
	s.Config.Check(report)
	under := func(section string) func(key, what, do string) {
		return func(key, what, do string) { report(section+"."+key, what, do) }
	}
	s.Whisper.Check(under("whisper"))
	s.OpenAI.Check(under("openai"))
	s.Wyoming.Check(under("wyoming"))
	s.Exec.Check(under("exec"))
	s.checkEngine("engine", s.Engine, report)
	s.checkEngine("fallback", s.Fallback, report)
	switch {
	case s.Fallback == "":
	case s.Engine == "":
		report("fallback", "there is no engine that it could stand in for", "write engine: too")
	case s.Engine == s.Fallback:
		report("fallback", "this engine is asked already", "name another one, or leave fallback: out")
	}
}

// checkEngine reports what is wrong with an engine that is named under a key.
func (s Speech) checkEngine(key, engine string, report func(key, what, do string)) {
	switch {
	case engine == "":
	case !slices.Contains(speechEngines, engine):
		do := "engines: " + strings.Join(speechEngines, ", ")
		if near := strictyaml.Nearest(engine, speechEngines); near != "" {
			do = fmt.Sprintf("did you mean %q?", near)
		}
		report(key, fmt.Sprintf("there is no engine %q", strictyaml.Shorten(engine)), do)
	case engine == SpeechWhisper && s.Whisper.Model == "":
		report(key, "it is not said with which model", `write whisper: {model: whisper-base.en}, and fetch it with "frontdesk models pull whisper-base.en"`)
	case engine == SpeechOpenAI && !s.OpenAI.Enabled():
		report(key, "it is not said where the server is", `write openai: {url: "http://localhost:8000/v1", model: NAME}`)
	case engine == SpeechWyoming && !s.Wyoming.Enabled():
		report(key, "it is not said where the server is", `write wyoming: {address: "tcp://host:10300"}`)
	case engine == SpeechExec && !s.Exec.Enabled():
		report(key, "it is not said which program recognises speech", `write exec: {command: [program, "argument", "{wav}"]}`)
	}
}
