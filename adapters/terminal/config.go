package terminal

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// When colours are used.
const (
	Auto   Colour = "auto"   // on a terminal, unless $NO_COLOR is set or $TERM is dumb
	Always Colour = "always" // also into a pipe or a file
	Never  Colour = "never"
)

// A Colour says when colours are used.
type Colour string

// maxPrompt bounds the prompt, in characters: the line that is typed needs the
// room.
const maxPrompt = 40

// Config is the terminal section of config.yaml.
type Config struct {
	Prompt   string `yaml:"prompt"`   // shown before the line that is typed
	Colour   Colour `yaml:"colour"`   // when colours are used
	History  bool   `yaml:"history"`  // whether what was typed is kept in data_dir
	Greeting bool   `yaml:"greeting"` // whether a chat begins with a greeting
}

// DefaultConfig gives the settings used where config.yaml is silent.
func DefaultConfig() Config {
	return Config{Prompt: "> ", Colour: Auto, History: true, Greeting: true}
}

// Check reports every setting that cannot be used, by its YAML key.
func (c Config) Check(report func(key, what, do string)) {
	switch c.Colour {
	case Auto, Always, Never:
	default:
		report("colour", fmt.Sprintf("unknown value %q", c.Colour), "write auto, always or never")
	}
	if n := utf8.RuneCountInString(c.Prompt); n > maxPrompt {
		report("prompt", fmt.Sprintf("the prompt has %d characters", n),
			fmt.Sprintf("write at most %d", maxPrompt))
	}
	for _, r := range c.Prompt {
		// The line editor counts columns, which such characters do not fill.
		if unicode.Is(unicode.C, r) || r == utf8.RuneError {
			report("prompt", fmt.Sprintf("the prompt holds %U, which cannot be shown", r),
				"write letters, digits, signs and spaces only")
			return
		}
	}
}
