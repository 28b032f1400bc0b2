package openai

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"frontdesk/internal/secret"
)

// maxName bounds the model's name, in bytes.
const maxName = 200

// The ends of addresses: of the API of OpenAI, and of whisper.cpp's own server.
const (
	transcriptions = "/audio/transcriptions"
	inference      = "/inference"
)

// Config says where the server is and how it is asked, the section speech: openai:
// of config.yaml. Without a URL there is none.
type Config struct {
	// URL is the address of the API, without /audio/transcriptions; or that of
	// whisper.cpp's own server, with /inference.
	URL string `yaml:"url"`
	// Model is its name there; whisper.cpp's server has but one, which needs none.
	Model string `yaml:"model"`
	// APIKey is sent as a bearer token (RFC 6750); not set for none.
	APIKey secret.String `yaml:"api_key"`
	// Timeout is how long one recording may take, with all that is tried for it.
	Timeout time.Duration `yaml:"timeout"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config { return Config{Timeout: 30 * time.Second} }

// Enabled says whether a server is configured.
func (c Config) Enabled() bool { return c.URL != "" }

// Check reports what is wrong with the settings.
func (c Config) Check(report func(key, what, do string)) {
	if c.URL == "" {
		if c.Model != "" || !c.APIKey.IsZero() {
			report("url", "it is not said where the model is", "write url: with the address of the API, such as http://localhost:8000/v1")
		}
	} else if u, err := c.address(); err != nil {
		report("url", err.Error(), "write the address of the API, such as http://localhost:8000/v1 or https://api.openai.com/v1, or of whisper.cpp's server, such as http://localhost:8080/inference")
	} else if c.Model == "" && !strings.HasSuffix(u.Path, inference) {
		report("model", "the model has no name", "write model: with its name on that server, such as whisper-1")
	}
	if len(c.Model) > maxName {
		report("model", fmt.Sprintf("the name has more than %d bytes", maxName), "write its name on that server")
	}
	if c.Timeout < time.Second || c.Timeout > 10*time.Minute {
		report("timeout", "a recording cannot take "+c.Timeout.String(), "write a time between 1s and 10m")
	}
}

// address gives where recordings are sent.
func (c Config) address() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(c.URL, "/"))
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("it is no address of a server")
	case u.User != nil:
		return nil, errors.New("the address holds a user; a key is written under api_key")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address holds more than a path")
	case strings.HasSuffix(u.Path, transcriptions):
		return nil, errors.New(transcriptions + " is added by itself")
	case strings.HasSuffix(u.Path, inference):
		return u, nil
	}
	return u.JoinPath(transcriptions), nil
}
