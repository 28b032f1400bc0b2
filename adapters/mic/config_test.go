package mic

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	DefaultConfig().Check(func(key, what, do string) { t.Errorf("%s: %s; %s", key, what, do) })
	for want, change := range map[string]func(*Config){
		"listen":         func(c *Config) { c.Listen = "sometimes" },
		"room":           func(c *Config) { c.Room = "a:b" },
		"person":         func(c *Config) { c.Person = "anna" },
		"follow_up":      func(c *Config) { c.FollowUp = time.Hour },
		"at_least":       func(c *Config) { c.AtLeast = 0 },
		"wake.threshold": func(c *Config) { c.Wake.Threshold = 1 },
		"wake":           func(c *Config) { c.Wake.Words = nil },
		"wake.words":     func(c *Config) { c.Wake.Words = []string{"hi"} },
		"wake.command":   func(c *Config) { c.Wake.Command = []string{""} },
		"wake.models":    func(c *Config) { c.Wake.Models = make([]string, 9) },
		"push.http":      func(c *Config) { c.Push.HTTP = "mic" },
		"push.mqtt":      func(c *Config) { c.Push.MQTT = "a/#" },
		"speak.timeout":  func(c *Config) { c.Speak.Timeout = 0 },
		"hooks":          func(c *Config) { c.Hooks = map[Cue][]string{"lunch": {"bell"}} },
		"hooks.done":     func(c *Config) { c.Hooks = map[Cue][]string{CueDone: {}} },
	} {
		c := DefaultConfig()
		change(&c)
		var keys []string
		c.Check(func(key, what, do string) {
			if keys = append(keys, key); what == "" || do == "" {
				t.Errorf("%s: %q; %q", key, what, do)
			}
		})
		if !slices.Equal(keys, []string{want}) {
			t.Errorf("%s: reported %q", want, keys)
		}
	}
}

func TestResolve(t *testing.T) {
	c := DefaultConfig()
	c.Wake.Models = []string{"hey.onnx"}
	got, err := c.Resolve(func(path string) (string, error) { return "/etc/" + path, nil })
	if err != nil || got.Wake.Models[0] != "/etc/hey.onnx" || c.Wake.Models[0] != "hey.onnx" {
		t.Error(got.Wake.Models, c.Wake.Models, err)
	}
	if c.Room = "living room"; c.Address() != "mic:living_room" || !strings.HasPrefix(string(DefaultConfig().Address()), Name+":") {
		t.Error(c.Address())
	}
}
