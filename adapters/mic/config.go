package mic

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"frontdesk/adapters/mic/capture"
	"frontdesk/adapters/mic/speaker"
	"frontdesk/asr/wake"
	"frontdesk/bot"
	"frontdesk/internal/secret"
)

// When what is said is taken to be meant for the desk.
const (
	OnPush Listen = "push"   // after a key, a call by HTTP or a message by MQTT
	OnWake Listen = "wake"   // after a wake phrase
	Always Listen = "always" // always: what it is sure of is done, and the rest passed over
)

// Listen says when what is said is taken to be meant for the desk.
type Listen string

// What hooks and tones tell of.
const (
	CueHeard   Cue = "heard"          // it listens now
	CueThink   Cue = "thinking"       // what was said is worked on
	CueDone    Cue = "done"           // it was answered or done
	CueUnclear Cue = "not_understood" // it was meant for the desk, and came to nothing
	CueAsleep  Cue = "asleep"         // it does not listen any more
)

// A Cue is a moment that people, or a lamp, are told of.
type Cue string

var cues = []Cue{CueHeard, CueThink, CueDone, CueUnclear, CueAsleep}

const (
	maxRoom     = 64 // bytes
	maxFollowUp = time.Minute
	maxWords    = 32 // of a command
	maxModels   = 8
)

// Config is the section mic: of config.yaml.
type Config struct {
	Enabled bool   `yaml:"enabled"` // "frontdesk serve" listens
	Device  string `yaml:"device"`  // see [capture.Config]
	// Room is where the microphone stands: commands can refer to it, and its address
	// is mic:ROOM. Empty: mic:local, and no room is known.
	Room string `yaml:"room"`
	// Person is who speaks, for rights; empty for the address of the microphone: who
	// it is cannot be heard.
	Person bot.Address `yaml:"person"`
	Base   string      `yaml:"base"`   // which base answers; empty for the default
	Locale string      `yaml:"locale"` // of the desk's own sentences; BCP 47
	Listen Listen      `yaml:"listen"`
	Wake   Wake        `yaml:"wake"`
	// FollowUp is for how long something more may be said after an answer without
	// waking the desk again, from 0 to 1 min.
	FollowUp time.Duration `yaml:"follow_up"`
	// BargeIn has the desk listen while it speaks, and fall silent when somebody
	// else does. The microphone must not hear the loudspeaker then.
	BargeIn bool `yaml:"barge_in"`
	// AtLeast is the probability from which on a question is answered that was said
	// to nobody in particular, above 0 and at most 1.
	AtLeast float64 `yaml:"at_least"`
	Push    Push    `yaml:"push"`
	// Speak says how the desk speaks.
	Speak speaker.Config `yaml:"speak"`
	// Hooks are programs with their arguments, run at their cue.
	Hooks map[Cue][]string `yaml:"hooks"`
}

// Wake says what wakes the desk.
type Wake struct {
	Words []string `yaml:"words"` // phrases, found in what was recognised
	// Models are files of openWakeWord, which find their phrase in the sound. The two
	// that turn sound into features lie beside them.
	Models    []string `yaml:"models"`
	Threshold float64  `yaml:"threshold"` // of the models, in (0, 1)
	// Command is a program with its arguments that hears the phrases of Words in the
	// beginning of what was said, and prints the one that it hears: for recognisers that
	// seldom hear two words without a sentence around them. See package asr/exec; empty
	// for none.
	Command []string `yaml:"command"`
}

// Push says by what means the desk is told to listen, beside a key.
type Push struct {
	HTTP  string        `yaml:"http"`  // the path; empty for none
	Token secret.String `yaml:"token"` // that a call must bear; without, only this machine may call
	MQTT  string        `yaml:"mqtt"`  // the topic; empty for none
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config {
	return Config{Listen: OnWake, Wake: Wake{Words: []string{"hey desk"}, Threshold: 0.5}, FollowUp: 8 * time.Second, AtLeast: 0.97, Speak: speaker.DefaultConfig()}
}

// Address gives the address of the microphone.
func (c Config) Address() bot.Address {
	if c.Room == "" {
		return Name + ":local"
	}
	return bot.Address(Name + ":" + strings.ReplaceAll(c.Room, " ", "_"))
}

// Check reports every setting that cannot be used.
func (c Config) Check(report func(key, what, do string)) {
	switch c.Listen {
	case OnPush, OnWake, Always:
	default:
		report("listen", fmt.Sprintf("unknown value %.20q", string(c.Listen)), "write push, wake or always")
	}
	if len(c.Room) > maxRoom || strings.ContainsFunc(c.Room, func(r rune) bool { return !unicode.IsPrint(r) || r == ':' }) {
		report("room", fmt.Sprintf("%.20q cannot be the name of a room", c.Room), fmt.Sprintf("write at most %d letters, digits and spaces, as commands name the room", maxRoom))
	}
	if c.Person != "" && c.Person.Adapter() == "" {
		report("person", fmt.Sprintf("%.40q is no address", string(c.Person)), `write one that stands under people:, such as "mic:anna"`)
	}
	if c.FollowUp < 0 || c.FollowUp > maxFollowUp {
		report("follow_up", fmt.Sprintf("%v is out of range", c.FollowUp), fmt.Sprintf("write a time between 0s (the desk must be woken every time) and %v", maxFollowUp))
	}
	if !(c.AtLeast > 0 && c.AtLeast <= 1) {
		report("at_least", fmt.Sprintf("%v is no probability", c.AtLeast), "write a number such as 0.97")
	}
	if len(c.Wake.Models) > maxModels {
		report("wake.models", fmt.Sprintf("there are %d models", len(c.Wake.Models)), fmt.Sprintf("name at most %d", maxModels))
	}
	if !(c.Wake.Threshold > 0 && c.Wake.Threshold < 1) {
		report("wake.threshold", fmt.Sprintf("%v is no probability between 0 and 1", c.Wake.Threshold), "write a number such as 0.5")
	}
	if args := c.Wake.Command; len(args) > 0 {
		switch {
		case args[0] == "" || len(args) > maxWords:
			report("wake.command", "there is no program to run", "write a program and its arguments as a list")
		case len(c.Wake.Words) == 0:
			report("wake.command", "it is not said which phrases it prints", "write them under words:")
		}
	}
	if c.Listen == OnWake && len(c.Wake.Words) == 0 && len(c.Wake.Models) == 0 {
		report("wake", "nothing wakes the desk", `write words: ["hey desk"], or listen: push`)
	}
	if len(c.Wake.Words) > 0 {
		if _, err := wake.NewPhrases(c.Wake.Words); err != nil {
			report("wake.words", err.Error(), "write other words")
		}
	}
	if c.Push.HTTP != "" && (!strings.HasPrefix(c.Push.HTTP, "/") || len(c.Push.HTTP) > 200 || strings.ContainsAny(c.Push.HTTP, " ?#{}")) {
		report("push.http", fmt.Sprintf("%.40q is no path", c.Push.HTTP), "write one such as /mic/push")
	}
	if t := c.Push.MQTT; len(t) > 200 || strings.ContainsAny(t, "#+\x00") {
		report("push.mqtt", fmt.Sprintf("%.40q is no topic", t), "write one without # and +, such as frontdesk/kitchen/listen")
	}
	c.Speak.Check(func(key, what, do string) { report("speak."+key, what, do) })
	for _, cue := range slices.Sorted(maps.Keys(c.Hooks)) {
		switch args := c.Hooks[cue]; {
		case !slices.Contains(cues, cue):
			report("hooks", fmt.Sprintf("there is no moment %.20q", string(cue)), fmt.Sprintf("write one of %v", cues))
		case len(args) == 0 || args[0] == "" || len(args) > maxWords:
			report("hooks."+string(cue), "there is no program to run", "write a program and its arguments as a list, such as [led, green]")
		}
	}
}

// Resolve gives the settings with the paths of files made absolute.
func (c Config) Resolve(absolute func(path string) (string, error)) (Config, error) {
	c.Wake.Models = slices.Clone(c.Wake.Models)
	for i, file := range c.Wake.Models {
		path, err := absolute(file)
		if err != nil {
			return c, err
		}
		c.Wake.Models[i] = filepath.Clean(path)
	}
	return c, nil
}

// BasesNamed gives the bases that the settings name, by the key where they stand.
func (c Config) BasesNamed() map[string]string {
	if c.Base == "" {
		return nil
	}
	return map[string]string{"base": c.Base}
}

// capturing gives what the microphone of the settings is recorded by.
func (c Config) capturing() capture.Config { return capture.Config{Device: c.Device} }
