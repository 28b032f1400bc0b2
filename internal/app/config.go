package app

import (
	"frontdesk"
	"frontdesk/internal/config"
)

// LoadConfig reads the configuration: the file that was asked for, else the one
// that [config.Find] finds, else the one that is built in, which serves the
// knowledge about frontdesk itself.
func LoadConfig(asked string) (*config.Config, error) {
	if name := config.Find(asked); name != "" {
		return config.Load(nil, name)
	}
	return config.Load(frontdesk.Files, "config.yaml")
}
