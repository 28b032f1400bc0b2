package wyoming

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

const (
	maxName     = 200 // bytes of the model's name
	defaultPort = "10300"
)

// Config says where the server is and how it is asked, the section speech: wyoming:
// of config.yaml. Without an address there is none.
type Config struct {
	// Address is tcp://host:10300, or unix:///path of a socket.
	Address string `yaml:"address"`
	// Model is its name there; empty: the server's own choice.
	Model string `yaml:"model"`
	// Timeout is how long one recording may take.
	Timeout time.Duration `yaml:"timeout"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config { return Config{Timeout: 30 * time.Second} }

// Enabled says whether a server is configured.
func (c Config) Enabled() bool { return c.Address != "" }

// Check reports what is wrong with the settings.
func (c Config) Check(report func(key, what, do string)) {
	if c.Address == "" {
		if c.Model != "" {
			report("address", "it is not said where the model is", "write address: tcp://host:10300")
		}
	} else if _, _, err := c.place(); err != nil {
		report("address", err.Error(), "write tcp://host:10300, or unix:///path of a socket")
	}
	if len(c.Model) > maxName {
		report("model", fmt.Sprintf("the name has more than %d bytes", maxName), "write its name on that server")
	}
	if c.Timeout < time.Second || c.Timeout > 10*time.Minute {
		report("timeout", "a recording cannot take "+c.Timeout.String(), "write a time between 1s and 10m")
	}
}

// place gives the network and the address to connect to.
func (c Config) place() (network, address string, err error) {
	u, err := url.Parse(c.Address)
	switch {
	case err != nil, u.User != nil, u.RawQuery != "", u.Fragment != "":
		return "", "", errors.New("it is no address of a Wyoming server")
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return "unix", u.Path, nil
	case u.Scheme == "tcp" && u.Hostname() != "" && u.Path == "":
		if u.Port() == "" {
			u.Host += ":" + defaultPort
		}
		return "tcp", u.Host, nil
	}
	return "", "", errors.New("it is no address of a Wyoming server")
}
