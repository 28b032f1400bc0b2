package hearing

import (
	"fmt"
	"regexp"

	"frontdesk/asr/vad"
)

// maxDays and maxMB bound what is kept of sound.
const (
	maxDays = 3650
	maxMB   = 1 << 20
)

var language = regexp.MustCompile(`^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*$`)

// Config says how sound is heard, whatever recognises it: these keys of the section
// speech: of config.yaml.
type Config struct {
	// Language is what is spoken where a message does not say, as BCP 47; empty:
	// the recogniser finds out, if it can.
	Language string `yaml:"language"`
	// Detect has speech looked for before anything is recognised; without it, all
	// sound is recognised that is not silent.
	Detect bool `yaml:"detect"`
	// VAD says how it is found out when somebody speaks.
	VAD vad.Config `yaml:"vad"`
	// KeepAudio says what is kept of the sound.
	KeepAudio Keep `yaml:"keep_audio"`
}

// Keep says for how long recordings are kept, and how much of them.
type Keep struct {
	// Days after which a recording is removed; 0 keeps none.
	Days int `yaml:"days"`
	// MaxMB bounds all of them together, in MiB; the oldest are removed first.
	MaxMB int `yaml:"max_mb"`
}

// DefaultConfig gives the settings that hold where the owner says nothing: no sound
// is kept.
func DefaultConfig() Config {
	return Config{Language: "en", Detect: true, VAD: vad.DefaultConfig(), KeepAudio: Keep{MaxMB: 500}}
}

// Check reports what is wrong with the settings.
func (c Config) Check(report func(key, what, do string)) {
	if c.Language != "" && !language.MatchString(c.Language) {
		report("language", fmt.Sprintf("%.20q names no language", c.Language), `write its code, such as en or de, or "" for the recogniser to find out`)
	}
	c.VAD.Check(func(key, what, do string) { report("vad."+key, what, do) })
	if d := c.KeepAudio.Days; d < 0 || d > maxDays {
		report("keep_audio.days", fmt.Sprintf("sound cannot be kept for %d days", d), fmt.Sprintf("write a number up to %d, or 0 to keep none", maxDays))
	}
	if m := c.KeepAudio.MaxMB; m < 1 || m > maxMB {
		report("keep_audio.max_mb", fmt.Sprintf("%d MiB of sound cannot be kept", m), fmt.Sprintf("write a number from 1 to %d, and days: 0 to keep none", maxMB))
	}
}
