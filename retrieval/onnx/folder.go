package onnx

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/retrieval/tokenizer"
)

// A folder is what the files of a model's folder say of its use, and our
// configuration where that has a word of its own. What nobody says is 0.
type folder struct {
	model  string // the path of the ONNX file within the folder
	graph  graph
	bytes  int64  // of the model's files
	sum    string // SHA-256 of the model's files and the tokenizer's, in hex
	tokens *tokenizer.Tokenizer

	kind      string // model_type
	hidden    int    // length of a token's vector
	positions int    // the longest text that the model has places for
	place     int    // of the first token
	padID     int32
	padLeft   bool

	pooling    pooling
	fromConfig bool // the pooling is our configuration's
	width      int  // of what is pooled, as 1_Pooling/config.json says
	dense      int  // length of what the last Dense module gives
	beyond     []string
	lower      bool
	noPrompt   bool // the prefix is not pooled
	maxTokens  int
	query      string
	passage    string
}

// A module is one line of modules.json.
type module struct {
	Path string `json:"path"`
	Type string `json:"type"`
}

// kind is the last part of the type, as the part before it has been renamed
// from one version of sentence-transformers to the next.
func (m module) kind() string { return m.Type[strings.LastIndexByte(m.Type, '.')+1:] }

// read reads a model's folder. The error is a fault.List with all that is wrong
// in it.
func read(dir string, c Config) (*folder, error) {
	r := &reading{dir: dir}
	c.Check(func(key, what, do string) { r.fault("", key+": "+what, do) })
	if info, err := os.Stat(dir); err != nil {
		r.unreadable("", err)
		return nil, r.faults
	} else if !info.IsDir() {
		r.fault("", "it is not a folder", "name the folder that holds the model's files")
		return nil, r.faults
	}
	f := new(folder)
	base := f.readModules(r)
	f.readConfig(r, base)
	f.readTokens(r, base)
	f.readTransformer(r, base, c)
	f.readPrompts(r, c)
	if c.Pooling != "" {
		if p, err := parsePooling(c.Pooling); err == nil { // Check has reported it else.
			f.pooling, f.fromConfig = p, true
		}
	}
	sum := sha256.New()
	f.readTokenizer(r, base, sum)
	if f.model = r.model(base, c.File); f.model != "" {
		f.graph, f.bytes = r.weigh(f.model, sum)
	}
	f.sum = fmt.Sprintf("%x", sum.Sum(nil))
	r.faults.Sort()
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// readModules reads modules.json and what it names, and gives the path of the
// transformer within the folder.
func (f *folder) readModules(r *reading) (base string) {
	const name = "modules.json"
	data, ok := r.file(name, maxSideFile)
	if !ok {
		f.readPooling(r, "1_Pooling")
		return ""
	}
	if !r.isJSON(name, data) {
		return ""
	}
	var modules []module
	if err := json.Unmarshal(data, &modules); err != nil {
		r.faultAt(name, data, 0, "expected a list of modules", "put the model's own file here")
		return ""
	}
	for _, m := range modules {
		if m.Path != "" && !filepath.IsLocal(filepath.FromSlash(m.Path)) {
			r.fault(name, fmt.Sprintf("the path %.200q leads out of the folder", m.Path), "put the model's own file here")
			continue
		}
		switch m.kind() {
		case "Transformer":
			base = m.Path
		case "Pooling":
			f.readPooling(r, m.Path)
		case "Normalize", "Dropout":
		case "Dense":
			var out float64
			r.object(path.Join(m.Path, "config.json"), map[string]any{"out_features": &out})
			f.dense = whole(out)
			f.beyond = append(f.beyond, "Dense")
		default:
			f.beyond = append(f.beyond, cmp.Or(m.kind(), "without a type"))
		}
	}
	return base
}

// readPooling reads the config.json of a pooling module, if it is there.
func (f *folder) readPooling(r *reading, at string) {
	name := path.Join(at, "config.json")
	var width float64
	prompt := true
	var mode string
	into := map[string]any{"word_embedding_dimension": &width, "include_prompt": &prompt, "pooling_mode": &mode}
	said := make([]*bool, len(poolings))
	for i, p := range poolings {
		if p.key != "" {
			into[p.key] = &said[i]
		}
	}
	if !r.object(name, into) {
		return
	}
	f.width, f.noPrompt = whole(width), !prompt
	if mode != "" {
		var err error
		if f.pooling, err = parsePooling(strings.ToLower(mode)); err != nil {
			r.fault(name, "pooling_mode: "+err.Error(), "")
		}
		return
	}
	for i, p := range poolings {
		// Where mean is not spoken of it is on: so reads sentence-transformers.
		if said[i] != nil && *said[i] || said[i] == nil && p.way == poolMean {
			f.pooling |= p.way
		}
	}
	if f.pooling == 0 {
		r.fault(name, "no way of pooling is on", "turn one on, such as pooling_mode_mean_tokens")
	}
}

// readConfig reads the transformer's own config.json.
func (f *folder) readConfig(r *reading, base string) {
	var hidden, positions, older, pad float64
	if !r.object(path.Join(base, "config.json"), map[string]any{
		"model_type": &f.kind, "hidden_size": &hidden, "max_position_embeddings": &positions, "n_positions": &older, "pad_token_id": &pad,
	}) {
		return
	}
	f.hidden, f.positions, f.padID = whole(hidden), whole(cmp.Or(positions, older)), int32(whole(pad))
	if f.placesFromPad() {
		f.place = int(f.padID) + 1
	}
	if f.positions > 0 {
		f.positions = max(f.positions-f.place, 1)
	}
}

// placesFromPad says whether the places of a text's tokens are counted from the
// number of the padding on, as in RoBERTa and what descends from it.
func (f *folder) placesFromPad() bool {
	return slices.Contains([]string{
		"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "data2vec-text",
		"roberta-prelayernorm", "xmod", "ibert",
	}, f.kind)
}

// readTokens reads tokenizer_config.json.
func (f *folder) readTokens(r *reading, base string) {
	var longest float64
	var side string
	r.object(path.Join(base, "tokenizer_config.json"), map[string]any{"model_max_length": &longest, "padding_side": &side})
	f.maxTokens, f.padLeft = whole(longest), side == "left"
}

// readTransformer reads sentence_bert_config.json and settles the length.
func (f *folder) readTransformer(r *reading, base string, c Config) {
	var longest float64
	for _, kind := range []string{"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"} { // the others in older models
		if r.object(path.Join(base, "sentence_"+kind+"_config.json"), map[string]any{"max_seq_length": &longest, "do_lower_case": &f.lower}) {
			break
		}
	}
	f.maxTokens = cmp.Or(whole(longest), f.maxTokens)
	if f.maxTokens == 0 {
		f.maxTokens = defaultTokens
	}
	if f.positions > 0 {
		f.maxTokens = min(f.maxTokens, f.positions)
		if c.MaxTokens > f.positions {
			r.fault(path.Join(base, "config.json"), fmt.Sprintf("the model has places for %d tokens, and max_tokens is %d", f.positions, c.MaxTokens), "lower max_tokens")
		}
	}
	f.maxTokens = min(cmp.Or(c.MaxTokens, f.maxTokens), maxTokensBound)
}

// readPrompts reads the prompts of config_sentence_transformers.json.
func (f *folder) readPrompts(r *reading, c Config) {
	const name = "config_sentence_transformers.json"
	var prompts map[string]*string
	var byDefault string
	r.object(name, map[string]any{"prompts": &prompts, "default_prompt_name": &byDefault})
	prompt := func(names ...string) string {
		for _, n := range names {
			if p, ok := prompts[n]; ok && p != nil {
				if len(*p) > maxPrefix {
					r.fault(name, fmt.Sprintf("the prompt %q is longer than %d bytes", n, maxPrefix), "shorten it")
				}
				return *p
			}
		}
		return ""
	}
	if byDefault != "" && prompts[byDefault] == nil {
		r.fault(name, fmt.Sprintf("default_prompt_name is %.40q, and there is no such prompt", byDefault), "name one of prompts, or null")
	}
	f.query = prompt("query", byDefault)
	f.passage = prompt("document", "passage", "corpus", byDefault)
	if c.QueryPrefix != nil {
		f.query = *c.QueryPrefix
	}
	if c.PassagePrefix != nil {
		f.passage = *c.PassagePrefix
	}
}

// readTokenizer reads tokenizer.json, or else vocab.txt, and adds it to the hash.
func (f *folder) readTokenizer(r *reading, base string, sum hash.Hash) {
	name, faults := path.Join(base, "tokenizer.json"), len(r.faults)
	data, ok := r.file(name, maxTokenizer)
	var err error
	switch {
	case ok:
		f.tokens, err = tokenizer.Open(data)
	case len(r.faults) > faults:
		return
	default:
		if data, ok = r.file(path.Join(base, "vocab.txt"), maxTokenizer); !ok {
			if len(r.faults) == faults {
				r.fault(name, "it is missing", "put the model's own file here; in Python, "+
					"transformers.AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER) writes it")
			}
			return
		}
		name = path.Join(base, "vocab.txt")
		o := vocabOptions(r, base)
		fmt.Fprintf(sum, "vocab %+v\n", o)
		f.tokens, err = tokenizer.OpenVocab(data, o)
	}
	if err != nil {
		r.fault(name, err.Error(), "put the model's own file here")
		return
	}
	fmt.Fprintf(sum, "tokenizer %d\n", len(data))
	sum.Write(data) // A hash gives no error.
	if id, ok := f.tokens.Pad(); ok {
		f.padID = id
	}
}

// vocabOptions says how a vocab.txt is read.
func vocabOptions(r *reading, base string) tokenizer.VocabOptions {
	o := tokenizer.VocabOptions{Lowercase: true}
	r.object(path.Join(base, "tokenizer_config.json"), map[string]any{"do_lower_case": &o.Lowercase})
	return o
}

// model finds the ONNX file; it is "" when there is a fault.
func (r *reading) model(base, asked string) string {
	folders := []string{path.Join(base, "onnx"), base}
	if base != "" {
		folders = append(folders, "onnx", "")
	}
	if asked != "" {
		return r.asked(folders, filepath.ToSlash(asked))
	}
	for _, in := range folders {
		if name := path.Join(in, "model.onnx"); r.isFile(name) {
			return name
		}
	}
	found := r.models(folders)
	switch len(found) {
	case 0:
		r.fault("", "there is no ONNX file in it", "put the model's model.onnx here, or name its file with file:")
		return ""
	case 1:
		return found[0]
	}
	r.fault("", "it has several ONNX files and none is model.onnx: "+strings.Join(found, ", "), "choose one with file:")
	return ""
}

func (r *reading) asked(folders []string, asked string) string {
	if !filepath.IsLocal(filepath.FromSlash(asked)) {
		return "" // Check has reported it.
	}
	for _, in := range append([]string{""}, folders...) {
		for _, end := range []string{"", ".onnx"} {
			if name := path.Join(in, asked+end); r.isFile(name) {
				return name
			}
		}
	}
	do := "choose another file:"
	if found := r.models(folders); len(found) > 0 {
		do = "there is " + strings.Join(found, ", ")
	}
	r.fault(asked, "there is no such file", do)
	return ""
}

// models lists the ONNX files of folders.
func (r *reading) models(folders []string) []string {
	var found []string
	for _, in := range folders {
		entries, err := os.ReadDir(r.path(in))
		if err != nil {
			continue // It need not be there.
		}
		for _, e := range entries {
			if name := path.Join(in, e.Name()); path.Ext(name) == ".onnx" && !slices.Contains(found, name) && r.isFile(name) {
				found = append(found, name)
			}
		}
	}
	return found
}

func (r *reading) isFile(name string) bool {
	info, err := os.Stat(r.path(name))
	return err == nil && info.Mode()&fs.ModeType == 0
}

// whole gives a number of a JSON file as a whole one; what is none, or absurd
// like the 1e30 that stands for "no bound", is 0.
func whole(n float64) int {
	if n >= 1 && n <= 1<<30 && n == float64(int(n)) {
		return int(n)
	}
	return 0
}
