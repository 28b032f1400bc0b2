package bot

import "time"

// Config bounds what the bot keeps of conversations.
type Config struct {
	// Expire is how long a conversation remembers what it was about.
	Expire time.Duration `yaml:"expire"`
	// AtMost is how many conversations are remembered; the ones least
	// recently used are forgotten first.
	AtMost int `yaml:"at_most"`
	// ConfirmWithin is how long a confirmation waits for its yes.
	ConfirmWithin time.Duration `yaml:"confirm_within"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config {
	return Config{Expire: 10 * time.Minute, AtMost: 10_000, ConfirmWithin: time.Minute}
}

// Check reports every setting out of its range.
func (c Config) Check(report func(key, what, do string)) {
	if c.Expire < time.Second || c.Expire > 24*time.Hour {
		report("expire", "conversations cannot expire after "+c.Expire.String(), "write a time between 1s and 24h")
	}
	if c.AtMost < 1 || c.AtMost > 1_000_000 {
		report("at_most", "the number of conversations kept is out of range", "write a number between 1 and 1000000")
	}
	if c.ConfirmWithin < time.Second || c.ConfirmWithin > time.Hour {
		report("confirm_within", "a confirmation cannot wait "+c.ConfirmWithin.String(), "write a time between 1s and 1h")
	}
}
