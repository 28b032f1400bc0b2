package retrieval

// Config is what an owner states of a base.
type Config struct {
	// Precision is the share of answers that must be right, in (0, 1): 0.95
	// stands for one wrong answer in twenty.
	Precision float64 `yaml:"precision"`
	// UnknownShare is the share of questions that the base is expected not to
	// answer, in [0, 1).
	UnknownShare float64 `yaml:"unknown_share"`
}

// DefaultConfig suits most bases.
func DefaultConfig() Config { return Config{Precision: 0.95, UnknownShare: 0.15} }

// Check reports what is wrong with the configuration, by the key at fault.
func (c Config) Check(report func(key, what, do string)) {
	// The conditions are such that a number that is none is reported too.
	if !(c.Precision >= 0.5 && c.Precision < 1) {
		report("precision", "it is not from 0.5 up to below 1",
			"state the share of answers that must be right, such as 0.95")
	}
	if !(c.UnknownShare >= 0 && c.UnknownShare <= 0.95) {
		report("unknown_share", "it is not from 0 to 0.95",
			"state the share of questions that the base does not answer, such as 0.15")
	}
}
