package speaker

import (
	"fmt"
	"strings"
	"time"
)

// Bounds of the settings.
const (
	maxWords   = 64 // of a program and its arguments
	maxChars   = 5000
	maxTimeout = 5 * time.Minute
	maxInherit = 32
)

// Config says how the desk speaks, the section speak: of mic: in config.yaml.
type Config struct {
	// Command says a text: a program with its arguments, never given to a shell.
	// "{text}" in an argument stands for the text, which is otherwise on its standard
	// input. Empty: the desk is mute.
	Command []string `yaml:"command"`
	// Play plays a sound: tones, and what Command prints. "{wav}" in an argument stands
	// for a WAV file, which is otherwise on its standard input. Empty: the first of
	// pw-play, paplay, aplay and afplay that is installed and plays it.
	Play []string `yaml:"play"`
	// Prints says that Command does not play what it says but prints it: "wav", or a
	// number of samples a second for samples of 16 bits without a head, as piper
	// prints with --output-raw. Empty: Command plays it.
	Prints string `yaml:"prints"`
	// MaxChars is how much of an answer is said, in letters, from 1 to 5000: whole
	// sentences, as long as there is one that fits.
	MaxChars int `yaml:"max_chars"`
	// Timeout is how long one answer may take to be said, from 1 s to 5 min.
	Timeout time.Duration `yaml:"timeout"`
	// Tones has short tones say that the desk listens, works, is done, or did not
	// understand.
	Tones bool `yaml:"tones"`
	// Inherit names variables of the environment that the programs see besides
	// those that any sound needs.
	Inherit []string `yaml:"inherit"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config {
	return Config{MaxChars: 400, Timeout: time.Minute, Tones: true}
}

// Enabled says whether the desk speaks.
func (c Config) Enabled() bool { return len(c.Command) > 0 }

// Check reports every setting that cannot be used.
func (c Config) Check(report func(key, what, do string)) {
	for _, p := range []struct {
		key     string
		program []string
	}{{"command", c.Command}, {"play", c.Play}} {
		switch {
		case len(p.program) > maxWords:
			report(p.key, fmt.Sprintf("there are %d arguments", len(p.program)-1), fmt.Sprintf("write at most %d", maxWords-1))
		case len(p.program) > 0 && strings.TrimSpace(p.program[0]) == "":
			report(p.key, "the program has no name", "write the program and its arguments, such as [espeak-ng, \"{text}\"]")
		case len(p.program) > 0 && strings.ContainsAny(p.program[0], "{}"):
			report(p.key, "the program itself cannot be a part of the answer", "write the name of a program first")
		}
	}
	if _, ok := rateOf(c.Prints); !ok {
		report("prints", fmt.Sprintf("%.20q is no form of sound", c.Prints), "write wav, or the samples a second of raw sound, from 8000 to 48000; leave it out where the program plays what it says")
	}
	if c.MaxChars < 1 || c.MaxChars > maxChars {
		report("max_chars", fmt.Sprintf("%d letters cannot be said", c.MaxChars), fmt.Sprintf("write a number from 1 to %d", maxChars))
	}
	if c.Timeout < time.Second || c.Timeout > maxTimeout {
		report("timeout", fmt.Sprintf("%v is out of range", c.Timeout), fmt.Sprintf("write a time from 1s to %v", maxTimeout))
	}
	if len(c.Inherit) > maxInherit {
		report("inherit", fmt.Sprintf("there are %d variables", len(c.Inherit)), fmt.Sprintf("name at most %d", maxInherit))
	}
	for _, name := range c.Inherit {
		if name == "" || strings.ContainsAny(name, "=\x00 ") {
			report("inherit", fmt.Sprintf("%.20q is no name of a variable", name), "write names such as PIPER_VOICES")
		}
	}
}

// rateOf reads Prints: 0 for what has a head, or nothing is printed.
func rateOf(prints string) (rate int, ok bool) {
	if prints == "" || prints == "wav" {
		return 0, true
	}
	if _, err := fmt.Sscanf(prints, "%d", &rate); err != nil || fmt.Sprint(rate) != prints {
		return 0, false
	}
	return rate, rate >= 8000 && rate <= 48000
}
