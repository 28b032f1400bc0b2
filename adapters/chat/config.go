package chat

import (
	"fmt"
	"maps"
	"slices"
)

// When the desk speaks in a channel.
const (
	OnMention When = "mention" // it is named
	InThread  When = "thread"  // in a thread that it is part of
	OnCommand When = "command" // by the slash command and the shortcut
	WhenSure  When = "helpful" // unasked, above a high precision, and seldom
)

// When says on what occasion the desk speaks in a channel.
type When string

// Ways to rate an answer.
const (
	Buttons   Rating = "buttons"   // under the answer, and reactions
	Reactions Rating = "reactions" // reactions alone
	NoRating  Rating = "off"
)

// Rating says how people rate an answer.
type Rating string

// Everywhere stands for all channels that are not named.
const Everywhere = "*"

// Config is what the configurations of all chat platforms have in common.
type Config struct {
	Direct bool `yaml:"direct"` // private messages are answered
	// Channels are those in which the desk speaks, by the platform's id; "*" is
	// every other one. None at all: everywhere, as DefaultChannel says.
	Channels map[string]Channel `yaml:"channels"`
	Rating   Rating             `yaml:"rating"`
	Unfurl   bool               `yaml:"unfurl"`  // links in answers show a preview
	Working  bool               `yaml:"working"` // a slow answer shows that it is being made
	Locale   string             `yaml:"locale"`  // of the desk's own sentences where the platform does not tell; BCP 47
}

// A Channel says how the desk behaves in one channel, and in its threads.
type Channel struct {
	When []When `yaml:"when"`
	Base string `yaml:"base"` // which base answers; empty for the default
	// AtLeast is the probability from which on it answers unasked, and PerHour
	// how often it does so at most; 0 for the defaults. Never is to leave WhenSure out.
	AtLeast float64 `yaml:"at_least"`
	PerHour int     `yaml:"per_hour"`
	Locale  string  `yaml:"locale"`
}

// DefaultConfig answers private messages, and whoever names the desk anywhere.
func DefaultConfig() Config {
	return Config{Direct: true, Rating: Buttons, Working: true}
}

// DefaultChannel is how the desk behaves where nothing is written.
func DefaultChannel() Channel {
	return Channel{When: []When{OnMention, InThread, OnCommand}}
}

const (
	defaultAtLeast = 0.97
	defaultPerHour = 4
	maxPerHour     = 60
	maxChannels    = 1000
)

// Check reports every setting that cannot be used, by its YAML key.
func (c Config) Check(report func(key, what, do string)) {
	switch c.Rating {
	case Buttons, Reactions, NoRating:
	default:
		report("rating", fmt.Sprintf("unknown value %q", c.Rating), "write buttons, reactions or off")
	}
	if len(c.Channels) > maxChannels {
		report("channels", fmt.Sprintf("there are %d channels", len(c.Channels)), fmt.Sprintf("name at most %d, and %q for all others", maxChannels, Everywhere))
	}
	for _, id := range slices.Sorted(maps.Keys(c.Channels)) {
		ch, key := c.Channels[id], "channels."+id
		for _, w := range ch.When {
			switch w {
			case OnMention, InThread, OnCommand, WhenSure:
			default:
				report(key+".when", fmt.Sprintf("unknown value %q", w), "write mention, thread, command or helpful")
			}
		}
		if ch.AtLeast != 0 && (ch.AtLeast < 0.5 || ch.AtLeast > 1) {
			report(key+".at_least", fmt.Sprintf("%g is no such probability", ch.AtLeast), "write a number from 0.5 to 1")
		}
		if ch.PerHour < 0 || ch.PerHour > maxPerHour {
			report(key+".per_hour", fmt.Sprintf("%d times an hour cannot be", ch.PerHour), fmt.Sprintf("write a number from 1 to %d; for never leave helpful out of when:", maxPerHour))
		}
	}
}

// BasesNamed gives the names of the bases that channels name, by the key under which
// they stand.
func (c Config) BasesNamed() map[string]string {
	out := map[string]string{}
	for id, ch := range c.Channels {
		if ch.Base != "" {
			out["channels."+id+".base"] = ch.Base
		}
	}
	return out
}

// channel gives how the desk behaves in a channel; false where it does not speak.
func (c Config) channel(id string) (Channel, bool) {
	ch, ok := c.Channels[id]
	if !ok {
		ch, ok = c.Channels[Everywhere]
	}
	if !ok && len(c.Channels) == 0 {
		ch, ok = DefaultChannel(), true
	}
	if ch.When == nil {
		ch.When = DefaultChannel().When
	}
	if ch.AtLeast == 0 {
		ch.AtLeast = defaultAtLeast
	}
	if ch.PerHour == 0 {
		ch.PerHour = defaultPerHour
	}
	return ch, ok
}

// Speaks says whether the desk ever speaks in a channel on an occasion.
func (c Config) Speaks(channel string, w When) bool {
	ch, ok := c.channel(channel)
	return ok && slices.Contains(ch.When, w)
}

// Overhears says whether the desk speaks anywhere without being named, which takes
// the right to read all that is said.
func (c Config) Overhears() bool {
	for id := range c.Channels {
		if c.Speaks(id, WhenSure) || c.Speaks(id, InThread) {
			return true
		}
	}
	return len(c.Channels) == 0
}
