package onnx

import "path"

// vocabOptions says how a vocab.txt is read.
func (f *folder) vocabOptions(r *reading, base string) vocabOptions {
	o := vocabOptions{Lowercase: true}
	r.object(path.Join(base, "tokenizer_config.json"), map[string]any{"do_lower_case": &o.Lowercase})
	return o
}

type vocabOptions struct{ Lowercase bool }
