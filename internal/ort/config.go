package ort

import "fmt"

// maxThreads bounds what may be configured; defaultThreads what is taken from
// the machine. Texts are short: a batch of 32 sentences has no work for more.
const (
	maxThreads     = 256
	defaultThreads = 8
)

// The execution providers that can be configured.
const (
	CPU    = "cpu"
	CUDA   = "cuda"
	CoreML = "coreml"
)

// Config is the section onnxruntime: of config.yaml.
type Config struct {
	// Library is ONNX Runtime's shared library, or the folder that it lies in.
	// Empty: it is searched for, see [Open].
	Library string `yaml:"library"`
	// Threads that one run of a model computes with, from 0 to 256. 0: as many
	// as the program has processors, 8 at most.
	Threads int `yaml:"threads"`
	// Provider is what computes: cpu, cuda (NVIDIA) or coreml (Apple). A
	// provider that library or machine lack is an error, and never replaced.
	Provider string `yaml:"provider"`
}

// DefaultConfig searches for the library and computes on all processors.
func DefaultConfig() Config { return Config{Provider: CPU} }

// Check reports what is wrong with the configuration, by the key at fault.
func (c Config) Check(report func(key, what, do string)) {
	if c.Threads < 0 || c.Threads > maxThreads {
		report("threads", fmt.Sprintf("it is not from 0 to %d", maxThreads),
			"state the number of threads, or 0 for as many as there are processors")
	}
	switch c.Provider {
	case CPU, CUDA, CoreML:
	default:
		report("provider", fmt.Sprintf("%q is no execution provider that frontdesk knows", c.Provider),
			"use cpu, cuda or coreml")
	}
}

// check gives the first of what [Config.Check] reports as an error.
func (c Config) check() error {
	var err error
	c.Check(func(key, what, do string) {
		if err == nil {
			err = fmt.Errorf("onnxruntime.%s: %s; %s", key, what, do)
		}
	})
	return err
}
