package exec

import (
	"fmt"
	"strings"
	"time"
)

// What stands for something in an argument.
const (
	wavMark      = "{wav}"
	grammarMark  = "{jsgf}"
	languageMark = "{language}"
)

// Bounds of the settings.
const (
	maxArguments = 200
	maxArgument  = 64 << 10 // bytes
	maxAtOnce    = 64
	maxQueue     = 1000
)

// Config says which programs recognise speech, the section speech: exec: of
// config.yaml.
type Config struct {
	// Command is a program with its arguments that hears freely; empty for none.
	Command []string `yaml:"command"`
	// Guided is one beside it that hears the expected sentences alone, by the grammar in the
	// file {jsgf}; empty for none.
	Guided []string `yaml:"guided"`
	// Timeout is how long one recording may take, from 1 s to 10 min.
	Timeout time.Duration `yaml:"timeout"`
	// AtOnce is how many recordings are worked on at the same time, each by both
	// programs, from 1 to 64, and Queue how many more wait for that, from 0 to 1000.
	AtOnce int `yaml:"at_once"`
	Queue  int `yaml:"queue"`
	// Inherit names variables of our environment that the programs see besides PATH,
	// HOME, LANG, TZ and TMPDIR.
	Inherit []string `yaml:"inherit"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config {
	return Config{Timeout: 30 * time.Second, AtOnce: 1, Queue: 8}
}

// Enabled says whether a program is configured.
func (c Config) Enabled() bool { return len(c.Command) > 0 }

// Check reports what is wrong with the settings. Whether the programs are there is
// found out by [New].
func (c Config) Check(report func(key, what, do string)) {
	for key, command := range map[string][]string{"command": c.Command, "guided": c.Guided} {
		checkCommand(command, func(what, do string) { report(key, what, do) })
	}
	if names(c.Command, grammarMark) {
		report("command", "what hears freely has no grammar", "write {jsgf} under guided: alone")
	}
	if len(c.Guided) > 0 && len(c.Command) == 0 {
		report("guided", "alone it hears a command in everything, and nothing tells that it was not said", "name a program that hears freely under command:, too")
	}
	if len(c.Guided) > 0 && !names(c.Guided, grammarMark) {
		report("guided", "it is not told what to expect", "put {jsgf} where the file of its grammar stands")
	}
	if c.Timeout < time.Second || c.Timeout > 10*time.Minute {
		report("timeout", "a recording cannot take "+c.Timeout.String(), "write a time between 1s and 10m")
	}
	if c.AtOnce < 1 || c.AtOnce > maxAtOnce {
		report("at_once", fmt.Sprintf("%d recordings cannot be worked on at once", c.AtOnce), fmt.Sprintf("write a number from 1 to %d", maxAtOnce))
	}
	if c.Queue < 0 || c.Queue > maxQueue {
		report("queue", fmt.Sprintf("%d recordings cannot wait", c.Queue), fmt.Sprintf("write a number from 0 to %d", maxQueue))
	}
	for _, name := range c.Inherit {
		if name == "" || strings.ContainsAny(name, "=\x00 ") {
			report("inherit", fmt.Sprintf("%.40q names no environment variable", name), "write names of variables, such as LD_LIBRARY_PATH")
		}
	}
}

func checkCommand(command []string, report func(what, do string)) {
	if len(command) == 0 {
		return
	}
	if command[0] == "" || strings.ContainsAny(command[0], "{}") {
		report("the program has no fixed name", `write [program, "argument", "{wav}"]`)
	}
	if len(command) > maxArguments {
		report(fmt.Sprintf("it has more than %d arguments", maxArguments), "put them into a script")
	}
	for _, argument := range command {
		switch {
		case strings.ContainsRune(argument, 0):
			report("an argument holds a NUL character, which no program can be given", "remove it")
		case len(argument) > maxArgument:
			report(fmt.Sprintf("an argument is longer than %d bytes", maxArgument), "let the program read it from a file")
		}
	}
}

// names says whether an argument holds a mark.
func names(command []string, mark string) bool {
	return strings.Contains(strings.Join(command, "\x00"), mark)
}
