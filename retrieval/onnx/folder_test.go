package onnx

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tinyTokenizer = `{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1],["b",-2]]}}`

// folderOf writes the files of a folder; an empty content removes one of the
// least that a folder needs.
func folderOf(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"tokenizer.json": tinyTokenizer, "onnx/model.onnx": "x"}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		if content != "" {
			write(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(content))
		}
	}
	return dir
}

const pooling384 = `{"word_embedding_dimension": 384, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}`

const modulesUsual = `[
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]`

// summary is what was read of a folder, in a line.
func summary(f *folder) string {
	s := fmt.Sprintf("%s %s %d", f.model, f.pooling, f.maxTokens)
	for _, more := range []struct {
		name string
		is   bool
	}{
		{fmt.Sprintf(" width %d", f.width), f.width > 0}, {fmt.Sprintf(" dense %d", f.dense), f.dense > 0}, {fmt.Sprintf(" hidden %d", f.hidden), f.hidden > 0},
		{fmt.Sprintf(" positions %d", f.positions), f.positions > 0}, {fmt.Sprintf(" from %d", f.place), f.place > 0}, {fmt.Sprintf(" pad %d", f.padID), f.padID > 0}, {" left", f.padLeft},
		{" lower", f.lower}, {" masked", f.noPrompt}, {fmt.Sprintf(" query %q", f.query), f.query != ""},
		{fmt.Sprintf(" passage %q", f.passage), f.passage != ""}, {fmt.Sprintf(" beyond %v", f.beyond), len(f.beyond) > 0},
	} {
		if more.is {
			s += more.name
		}
	}
	return s
}

func text(s string) *string { return &s }

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		config Config
		want   string
	}{
		"the least": {want: "onnx/model.onnx  512"},
		"beside":    {files: map[string]string{"onnx/model.onnx": "", "model.onnx": "x"}, want: "model.onnx  512"},
		"only one":  {files: map[string]string{"onnx/model.onnx": "", "onnx/model_O4.onnx": "x"}, want: "onnx/model_O4.onnx  512"},
		"all-MiniLM-L6-v2": {files: map[string]string{
			"modules.json": modulesUsual, "1_Pooling/config.json": pooling384, "onnx/model_O4.onnx": "x",
			"config.json":                       `{"model_type": "bert", "hidden_size": 384, "max_position_embeddings": 512, "pad_token_id": 0}`,
			"sentence_bert_config.json":         `{"max_seq_length": 256, "do_lower_case": false}`,
			"tokenizer_config.json":             `{"model_max_length": 512, "never_split": null}`,
			"config_sentence_transformers.json": `{"__version__": {"pytorch": "1.8.1"}}`,
		}, want: "onnx/model.onnx mean 256 width 384 hidden 384 positions 512"},
		"a variant":             {files: map[string]string{"onnx/model_int8.onnx": "x"}, config: Config{File: "model_int8"}, want: "onnx/model_int8.onnx  512"},
		"a variant by its path": {files: map[string]string{"onnx/model_int8.onnx": "x"}, config: Config{File: "onnx/model_int8.onnx"}, want: "onnx/model_int8.onnx  512"},
		"XLM-R's places":        {files: map[string]string{"config.json": `{"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}`, "tokenizer_config.json": `{"model_max_length": 1000000000000000019884624838656}`}, want: "onnx/model.onnx  512 positions 512 from 2 pad 1"},
		"few places":            {files: map[string]string{"config.json": `{"model_type": "bert", "max_position_embeddings": 128}`}, want: "onnx/model.onnx  128 positions 128"},
		"many places":           {files: map[string]string{"config.json": `{"model_type": "modernbert", "max_position_embeddings": 8192}`}, want: "onnx/model.onnx  512 positions 8192"},
		"the tokenizer's word":  {files: map[string]string{"config.json": `{"max_position_embeddings": 8192}`, "tokenizer_config.json": `{"model_max_length": 8192, "padding_side": "left"}`}, want: "onnx/model.onnx  8192 positions 8192 left"},
		"our length":            {files: map[string]string{"sentence_bert_config.json": `{"max_seq_length": 256, "do_lower_case": true}`}, config: Config{MaxTokens: 300}, want: "onnx/model.onnx  300 lower"},
		"an older name":         {files: map[string]string{"sentence_roberta_config.json": `{"max_seq_length": 128}`}, want: "onnx/model.onnx  128"},
		"null is not said":      {files: map[string]string{"sentence_bert_config.json": `{"max_seq_length": null}`, "config.json": `{"pad_token_id": null}`}, want: "onnx/model.onnx  512"},
		"several ways":          {files: map[string]string{"1_Pooling/config.json": `{"word_embedding_dimension": 8, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": true, "pooling_mode_lasttoken": true, "include_prompt": false}`}, want: "onnx/model.onnx cls+max+lasttoken 512 width 8 masked"},
		"mean is not spoken of": {files: map[string]string{"1_Pooling/config.json": `{"pooling_mode_cls_token": true}`}, want: "onnx/model.onnx cls+mean 512"},
		"pooling by its name":   {files: map[string]string{"1_Pooling/config.json": `{"pooling_mode": "cls"}`}, want: "onnx/model.onnx cls 512"},
		"our pooling":           {files: map[string]string{"1_Pooling/config.json": pooling384}, config: Config{Pooling: "cls"}, want: "onnx/model.onnx cls 512 width 384"},
		"prompts":               {files: map[string]string{"config_sentence_transformers.json": `{"prompts": {"query": "query: ", "passage": "passage: ", "other": "x"}, "default_prompt_name": null}`}, want: `onnx/model.onnx  512 query "query: " passage "passage: "`},
		"a prompt by default":   {files: map[string]string{"config_sentence_transformers.json": `{"prompts": {"query": "q: ", "all": "a: "}, "default_prompt_name": "all"}`}, want: `onnx/model.onnx  512 query "q: " passage "a: "`},
		"empty prompts":         {files: map[string]string{"config_sentence_transformers.json": `{"prompts": {"query": "", "document": ""}, "default_prompt_name": null}`}, want: `onnx/model.onnx  512`},
		"our prefixes":          {files: map[string]string{"config_sentence_transformers.json": `{"prompts": {"query": "q: ", "document": "d: "}}`}, config: Config{QueryPrefix: text(""), PassagePrefix: text("p: ")}, want: `onnx/model.onnx  512 passage "p: "`},
		"dense":                 {files: map[string]string{"modules.json": strings.Replace(modulesUsual, "2_Normalize\", \"type\": \"sentence_transformers.models.Normalize", "2_Dense\", \"type\": \"sentence_transformers.models.Dense", 1), "1_Pooling/config.json": pooling384, "2_Dense/config.json": `{"in_features": 384, "out_features": 512}`}, want: "onnx/model.onnx mean 512 width 384 dense 512 beyond [Dense]"},
		"an old layout": {files: map[string]string{
			"tokenizer.json": "", "onnx/model.onnx": "", "0_Transformer/tokenizer.json": tinyTokenizer, "0_Transformer/model.onnx": "x", "0_Transformer/sentence_bert_config.json": `{"max_seq_length": 128}`,
			"modules.json": strings.Replace(modulesUsual, `"path": ""`, `"path": "0_Transformer"`, 1), "1_Pooling/config.json": pooling384,
		}, want: "0_Transformer/model.onnx mean 128 width 384"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := read(folderOf(t, c.files), c.config)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(f); got != c.want {
				t.Errorf("%s\nnot %s", got, c.want)
			}
		})
	}
}

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		config Config
		want   []string // one a line
	}{
		"nothing": {files: map[string]string{"tokenizer.json": "", "onnx/model.onnx": ""}, want: []string{
			": there is no ONNX file in it; put the model's model.onnx here, or name its file with file:",
			"/tokenizer.json: it is missing; put the model's own file here; in Python, transformers.AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER) writes it",
		}},
		"everything at once": {
			files: map[string]string{
				"onnx/model.onnx": "", "onnx/a.onnx": "x", "onnx/b.onnx": "x",
				"config.json":                       "{\n  \"hidden_size\": \"384\",\n  \"pad_token_id\": [1]\n}",
				"sentence_bert_config.json":         "{\n  \"max_seq_length\": 256,\n",
				"config_sentence_transformers.json": `{"prompts": {"query": "q"}, "default_prompt_name": "quer"}`,
				"1_Pooling/config.json":             `{"pooling_mode_mean_tokens": false}`,
				"tokenizer_config.json":             `[]`,
			},
			config: Config{Pooling: "median", Dimensions: -1, MaxTokens: 1 << 20, QueryPrefix: text(strings.Repeat("x", 5000))},
			want: []string{
				": dimensions: it is below 0",
				": it has several ONNX files and none is model.onnx: onnx/a.onnx, onnx/b.onnx; choose one with file:",
				": max_tokens: it is not from 0 to 32768",
				`: pooling: "median" is no pooling; write one of cls, max, mean`,
				": query_prefix: it is longer than 4096 bytes",
				"/1_Pooling/config.json: no way of pooling is on; turn one on",
				"/config.json:2:18: hidden_size: expected a number",
				"/config.json:3:19: pad_token_id: expected a number",
				`/config_sentence_transformers.json: default_prompt_name is "quer", and there is no such prompt`,
				"/sentence_bert_config.json:3:1: it is no JSON: unexpected end of JSON input",
				"/tokenizer_config.json:1:1: expected a JSON object",
			},
		},
		"out of the folder": {
			files:  map[string]string{"modules.json": strings.Replace(modulesUsual, "1_Pooling", "../1_Pooling", 1)},
			config: Config{File: "../model.onnx"},
			want: []string{
				": file: it leads out of the model's folder",
				`/modules.json: the path "../1_Pooling" leads out of the folder`,
			},
		},
		"no modules":          {files: map[string]string{"modules.json": "{}"}, want: []string{"/modules.json:1:1: expected a list of modules"}},
		"broken modules":      {files: map[string]string{"modules.json": "[\n{]"}, want: []string{"/modules.json:2:2: it is no JSON"}},
		"broken config":       {files: map[string]string{"config.json": "{\"a\": 1,\n\"b\" 2}"}, want: []string{"/config.json:2:5: it is no JSON"}},
		"no such file":        {config: Config{File: "model_int8"}, want: []string{"/model_int8: there is no such file; there is onnx/model.onnx"}},
		"more than places":    {files: map[string]string{"config.json": `{"max_position_embeddings": 128}`}, config: Config{MaxTokens: 129}, want: []string{"/config.json: the model has places for 128 tokens, and max_tokens is 129; lower max_tokens"}},
		"no tokenizer at all": {files: map[string]string{"tokenizer.json": "{}"}, want: []string{"/tokenizer.json: tokenizer.json: "}},
		"weights elsewhere": {files: map[string]string{"onnx/model.onnx": string(protoGraph(protoBytes(5, protoEntry("location", "../../w")...), protoBytes(5, protoEntry("location", "model.onnx_data")...)))}, want: []string{
			`/onnx/model.onnx: its weights lie outside of its folder, in "../../w"`,
			"/onnx/model.onnx_data: it is missing, and onnx/model.onnx keeps its weights in it",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, c.files)
			_, err := read(dir, c.config)
			if err == nil {
				t.Fatal("it is not refused")
			}
			got := strings.Split(strings.ReplaceAll(filepath.ToSlash(err.Error()), filepath.ToSlash(dir), ""), "\n")
			if len(got) != len(c.want) {
				t.Fatalf("%d faults, not %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
			}
			for i, line := range got {
				if !strings.HasPrefix(line, c.want[i]) {
					t.Errorf("%s\nnot %s", line, c.want[i])
				}
			}
		})
	}
}

func TestReadNoFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "none"), filepath.Join(folderOf(t, nil), "tokenizer.json")} {
		if _, err := read(name, Config{}); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that is as large as a mistake is not read into memory.
func TestReadBounds(t *testing.T) {
	dir := folderOf(t, nil)
	for name, size := range map[string]int64{"config.json": maxSideFile + 1, "tokenizer.json": maxTokenizer + 1} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, name), size); err != nil { // takes no room on the disk
			t.Fatal(err)
		}
	}
	_, err := read(dir, Config{})
	if err == nil || !strings.Contains(err.Error(), "config.json: it is larger than 16 MB") || !strings.Contains(err.Error(), "tokenizer.json: it is larger than 48 MB") {
		t.Error(err)
	}
}

// The sum of a folder depends on all that changes its vectors.
func TestReadSum(t *testing.T) {
	sums := map[string]string{}
	for name, files := range map[string]map[string]string{
		"as it is": nil, "model": {"onnx/model.onnx": "y"}, "tokenizer": {"tokenizer.json": strings.Replace(tinyTokenizer, "-2", "-3", 1)},
		"weights":       {"onnx/model.onnx": string(protoGraph(protoBytes(5, protoEntry("location", "w")...))), "onnx/w": "1"},
		"other weights": {"onnx/model.onnx": string(protoGraph(protoBytes(5, protoEntry("location", "w")...))), "onnx/w": "2"},
	} {
		f, err := read(folderOf(t, files), Config{})
		if err != nil {
			t.Fatal(err)
		}
		if other := sums[f.sum]; other != "" {
			t.Errorf("%s and %s have one sum", name, other)
		}
		sums[f.sum] = name
	}
}

func FuzzObject(f *testing.F) {
	f.Add([]byte(pooling384))
	f.Add([]byte(`{"prompts": {"query": "a"}, "model_type": 3, "x": [[[[`))
	f.Add([]byte(modulesUsual))
	f.Add([]byte("{\"a\":1}\n}"))
	dir := folderOf(f, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"config.json", "modules.json", "config_sentence_transformers.json", "1_Pooling/config.json"} {
			write(t, filepath.Join(dir, name), data)
		}
		got, err := read(dir, Config{})
		if err == nil && (got.maxTokens < 1 || got.maxTokens > maxTokensBound) {
			t.Errorf("texts of %d tokens", got.maxTokens)
		}
	})
}
