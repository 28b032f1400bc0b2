package whisper

import (
	"fmt"
	"log/slog"
	"runtime"
	"time"
)

// Bounds on what may be configured. The library has room for eight decoders.
const (
	maxThreads   = 64
	maxStates    = 16
	maxQueue     = 1000
	maxBeam      = 8
	maxFallbacks = 5
	maxPrompt    = 220
	maxOthers    = 10
	wholeWindow  = 30 * time.Second
	// autoThreads is what whisper.cpp takes itself; more rarely make it faster.
	autoThreads = 4
)

// Config is the section speech.whisper of config.yaml.
type Config struct {
	// Model is a name of the shelf, such as whisper-base.en, or a file in the ggml
	// format. [Open] is given the file; who opens the engine finds it.
	Model string `yaml:"model"`
	// Threads that one run computes with, from 0 to 64. 0: as many as the program
	// has processors, 4 at most.
	Threads int `yaml:"threads"`
	// States are how many recordings are recognised at the same time, from 1 to 16.
	// Each takes memory of its own beside the model.
	States int `yaml:"states"`
	// Queue is how many recordings may wait for a state, from 0 to 1000.
	Queue int `yaml:"queue"`
	// Beam is how many readings are followed at the same time, from 1 to 8. 1 is
	// the fastest: the likeliest token each time.
	Beam int `yaml:"beam"`
	// Fallbacks are how often a window that came out unlikely or repetitive is
	// decoded again, each time more freely; from 0 to 5.
	Fallbacks int `yaml:"fallbacks"`
	// Prompt is how many tokens of the base's words the model is shown before, so
	// that it spells them so; from 0 to 220. They take time: a token of them costs
	// about a fifth of one that is heard.
	Prompt int `yaml:"prompt"`
	// Margin is how much silence after the sound the model hears, from 0 to 30
	// seconds. It computes on that much less than its whole window of 30 s, which
	// is what takes most of the time. 30s: always the whole window.
	Margin time.Duration `yaml:"margin"`
	// Times asks for segments with their times also where the sound is short.
	Times bool `yaml:"times"`
	// Guided looks for the likeliest of the sentences that are expected, too. The sound
	// is not worked on again for it, and what was heard freely and is one of them costs
	// nothing more. Else the decoder is run again: at worst, where everything is as likely as
	// anything else, for as long as it takes for 40 tokens or a few more.
	Guided bool `yaml:"guided"`
	// Alternatives are how many other readings of a short recording are looked for, from 0
	// to 10, where a word of it was not heard surely; one that turns out likelier takes the
	// place of what was heard, as no surer than that. The sound is not worked on again for
	// it; the decoder is run again, for as long as it takes for 30 tokens at most.
	Alternatives int `yaml:"alternatives"`
	// FlashAttention computes attention in one pass: faster where the whole window is
	// computed, but then some of the attention goes to nothing, as the library rounds
	// the window's positions up. A cut window is computed in coarser steps for it.
	FlashAttention bool `yaml:"flash_attention"`
	// Lazy leaves the first run to the first recording, which is then slow.
	Lazy bool `yaml:"lazy"`

	// Language as BCP 47; "" or auto: the model tells, if it knows more than one.
	// It stands at speech.language.
	Language string `yaml:"-"`
	// Log gets what the library reports, at the level debug; nil for nowhere.
	Log *slog.Logger `yaml:"-"`
}

// DefaultConfig hears one recording at a time, greedily.
func DefaultConfig() Config {
	return Config{States: 1, Queue: 8, Beam: 1, Fallbacks: 2, Prompt: 32, Margin: 2560 * time.Millisecond,
		Guided: true, Alternatives: 3, Language: "en"}
}

// Check reports what is wrong with the configuration, by the key at fault.
func (c Config) Check(report func(key, what, do string)) {
	between := func(key string, n, least, most int, do string) {
		if n < least || n > most {
			report(key, fmt.Sprintf("it is not from %d to %d", least, most), do)
		}
	}
	between("threads", c.Threads, 0, maxThreads, "state the number of threads, or 0 for as many as there are processors, 4 at most")
	between("states", c.States, 1, maxStates, "state how many recordings are recognised at the same time; 1 is right for one room")
	between("queue", c.Queue, 0, maxQueue, "state how many recordings may wait")
	between("beam", c.Beam, 1, maxBeam, "take 1 for the fastest, 5 for the most careful")
	between("fallbacks", c.Fallbacks, 0, maxFallbacks, "state how often an unlikely reading is tried again")
	between("prompt", c.Prompt, 0, maxPrompt, "state how many tokens of the base's words the model is shown, or 0 for none")
	between("alternatives", c.Alternatives, 0, maxOthers, "state how many other readings are looked for where one is unsure, or 0 for none")
	if c.Margin < 0 || c.Margin > wholeWindow {
		report("margin", "it is not from 0s to 30s", "take 2.5s, or 30s for the model's whole window")
	}
}

// check gives the first of what [Config.Check] reports as an error.
func (c Config) check() error {
	var err error
	c.Check(func(key, what, do string) {
		if err == nil {
			err = fmt.Errorf("speech.whisper.%s: %s; %s", key, what, do)
		}
	})
	return err
}

func (c Config) threads() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return min(runtime.GOMAXPROCS(0), autoThreads)
}
