package onnx

import (
	"fmt"
	"path/filepath"
	"strings"
)

// maxTokensBound is the greatest length of a text in tokens that may be asked
// for: the memory of attention grows with its square.
const maxTokensBound = 32768

// maxPrefix bounds a prefix, in bytes.
const maxPrefix = 4096

// A Config says what the model's own folder does not say, or what is to hold
// instead. The zero value takes everything from the folder.
type Config struct {
	// File is the ONNX file to use where a folder has several: its path within
	// the folder or within the folder's onnx/, with or without ".onnx":
	// "model_quantized" or "onnx/model_fp16.onnx". Empty: model.onnx, or the
	// only one that there is.
	File string `yaml:"file"`
	// Pooling says how the vectors of a text's tokens become one: mean, cls, max,
	// lasttoken, mean_sqrt_len, weightedmean, several of them joined by "+", or
	// pooled for a model that gives one vector a text itself.
	Pooling string `yaml:"pooling"`
	// Normalize scales the vectors to length 1, which is the default and what an
	// index needs; false is for comparing a model with others' numbers.
	Normalize *bool `yaml:"normalize"`
	// Dimensions cuts the vectors to their first numbers, for models that were
	// trained for it (Kusupati et al. 2022, "Matryoshka Representation
	// Learning"); 0 for all.
	Dimensions int `yaml:"dimensions"`
	// MaxTokens is the length in tokens, special ones included, that a longer
	// text is cut to; 0 for what the model was made for.
	MaxTokens int `yaml:"max_tokens"`
	// QueryPrefix is put before what is asked, and PassagePrefix before what is
	// looked for; nil for what the folder says.
	QueryPrefix   *string `yaml:"query_prefix"`
	PassagePrefix *string `yaml:"passage_prefix"`
}

// Check reports what is wrong with the configuration, by the key at fault.
func (c Config) Check(report func(key, what, do string)) {
	if c.File != "" && !filepath.IsLocal(c.File) {
		report("file", "it leads out of the model's folder", "name a file within it, such as onnx/model_quantized.onnx")
	}
	if c.Pooling != "" {
		if _, err := parsePooling(c.Pooling); err != nil {
			report("pooling", err.Error(), "write one of "+strings.Join(poolingNames(), ", ")+", or several joined by +")
		}
	}
	if c.Dimensions < 0 {
		report("dimensions", "it is below 0", "state how many numbers of a vector to keep, or 0 for all")
	}
	if c.MaxTokens < 0 || c.MaxTokens > maxTokensBound {
		report("max_tokens", fmt.Sprintf("it is not from 0 to %d", maxTokensBound), "state a length in tokens, or 0 for what the model was made for")
	}
	for _, p := range []struct {
		key  string
		text *string
	}{{"query_prefix", c.QueryPrefix}, {"passage_prefix", c.PassagePrefix}} {
		if p.text != nil && len(*p.text) > maxPrefix {
			report(p.key, fmt.Sprintf("it is longer than %d bytes", maxPrefix), "shorten it")
		}
	}
}
