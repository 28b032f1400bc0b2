package remote

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"frontdesk/internal/secret"
)

// Bounds of the settings.
const (
	maxDimensions = 8192
	maxBatch      = 2048 // texts; what OpenAI takes at once
	maxPrefix     = 1000 // bytes
	maxName       = 200  // bytes of the model's name
)

// Config says where the model is and how it is asked, the section
// embedding: remote: of config.yaml. Without a URL there is none.
type Config struct {
	// URL is the address of the API, without /embeddings.
	URL string `yaml:"url"`
	// Model is its name there.
	Model string `yaml:"model"`
	// APIKey is sent as a bearer token (RFC 6750); not set for none.
	APIKey secret.String `yaml:"api_key"`
	// Dimensions is the length of the vectors that is asked for, which not every
	// model can have; 0 for whatever it gives.
	Dimensions int `yaml:"dimensions"`
	// Timeout is how long one request may take when an index is made, and
	// QueryTimeout how long a question waits for its vector, with all that is
	// tried for it.
	Timeout      time.Duration `yaml:"timeout"`
	QueryTimeout time.Duration `yaml:"query_timeout"`
	// Batch is how many texts one request holds at most.
	Batch int `yaml:"batch"`
	// QueryPrefix and PassagePrefix stand before each question and each text that
	// is found by one, as the model was trained.
	QueryPrefix   string `yaml:"query_prefix"`
	PassagePrefix string `yaml:"passage_prefix"`
}

// DefaultConfig gives the settings that hold where the owner says nothing. The
// batch is what text-embeddings-inference takes at once by its own default.
func DefaultConfig() Config {
	return Config{Timeout: 30 * time.Second, QueryTimeout: 2 * time.Second, Batch: 32}
}

// Enabled says whether a remote model is configured.
func (c Config) Enabled() bool { return c.URL != "" }

// Check reports what is wrong with the settings.
func (c Config) Check(report func(key, what, do string)) {
	if c.URL == "" {
		if c.Model != "" || !c.APIKey.IsZero() {
			report("url", "it is not said where the model is", "write url: with the address of the API, such as http://localhost:11434/v1")
		}
	} else {
		if _, err := c.address(); err != nil {
			report("url", err.Error(), "write the address of the API, such as http://localhost:11434/v1 or https://api.openai.com/v1")
		}
		if c.Model == "" {
			report("model", "the model has no name", "write model: with its name on that server")
		}
	}
	if len(c.Model) > maxName {
		report("model", fmt.Sprintf("the name has more than %d bytes", maxName), "write its name on that server")
	}
	if c.Dimensions < 0 || c.Dimensions > maxDimensions {
		report("dimensions", fmt.Sprintf("a vector cannot have %d numbers", c.Dimensions),
			fmt.Sprintf("write a number up to %d, or 0 for whatever the model gives", maxDimensions))
	}
	if c.Timeout < time.Second || c.Timeout > 10*time.Minute {
		report("timeout", "a request cannot take "+c.Timeout.String(), "write a time between 1s and 10m")
	}
	if c.QueryTimeout < 50*time.Millisecond || c.QueryTimeout > time.Minute {
		report("query_timeout", "a question cannot wait "+c.QueryTimeout.String(), "write a time between 50ms and 1m")
	}
	if c.Batch < 1 || c.Batch > maxBatch {
		report("batch", fmt.Sprintf("a request cannot hold %d texts", c.Batch), fmt.Sprintf("write a number from 1 to %d", maxBatch))
	}
	for key, prefix := range map[string]string{"query_prefix": c.QueryPrefix, "passage_prefix": c.PassagePrefix} {
		if len(prefix) > maxPrefix {
			report(key, fmt.Sprintf("it has more than %d bytes", maxPrefix), "write what the model's description names")
		}
	}
}

// address gives the URL, without a slash at its end.
func (c Config) address() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(c.URL, "/"))
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("it is no address of a server")
	case u.User != nil:
		return nil, errors.New("the address holds a user; a key is written under api_key")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address holds more than a path")
	case strings.HasSuffix(u.Path, "/embeddings"):
		return nil, errors.New("/embeddings is added by itself")
	}
	return u, nil
}
