package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// obj is a part of a tokenizer.json.
type obj = map[string]any

// file makes a tokenizer.json; what is nil is left null.
func file(added []obj, normalizer, preTokenizer, post any, model obj) []byte {
	data, err := json.Marshal(obj{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": append([]obj{}, added...),
		"normalizer": normalizer, "pre_tokenizer": preTokenizer, "post_processor": post, "decoder": nil, "model": model,
	})
	if err != nil {
		panic(err)
	}
	return data
}

// special makes added tokens out of pieces.
func special(ids map[string]int) []obj {
	var all []obj
	for token, id := range ids {
		all = append(all, obj{"id": id, "content": token, "single_word": false, "lstrip": token == "<mask>" || token == "[MASK]", "rstrip": false, "normalized": false, "special": true})
	}
	slices.SortFunc(all, func(a, b obj) int { return cmp.Compare(a["id"].(int), b["id"].(int)) })
	return all
}

// around makes a post-processor; its parts are A, B and special tokens, and what
// follows a colon is the token type.
func around(single, pair string, ids map[string]int) obj {
	parts := func(line string) []obj {
		var all []obj
		for word := range strings.FieldsSeq(line) {
			name, kind, _ := strings.Cut(word, ":")
			n, _ := strconv.Atoi(kind)
			key := "SpecialToken"
			if name == "A" || name == "B" {
				key = "Sequence"
			}
			all = append(all, obj{key: obj{"id": name, "type_id": n}})
		}
		return all
	}
	tokens := obj{}
	for token, id := range ids {
		if slices.Contains(strings.Fields(strings.ReplaceAll(single+" "+pair, ":", " ")), token) {
			tokens[token] = obj{"id": token, "ids": []int{id}, "tokens": []string{token}}
		}
	}
	return obj{"type": "TemplateProcessing", "single": parts(single), "pair": parts(pair), "special_tokens": tokens}
}

func seq(key string, parts ...obj) obj { return obj{"type": "Sequence", key: parts} }

// trainBPE learns byte-pair merges of words, which are written as the model sees
// them: each time the pair that is there most often, and of equals the first by
// its letters.
func trainBPE(words []string, merges int) [][2]string {
	type word struct {
		parts []string
		count int
	}
	counts := map[string]int{}
	for _, w := range words {
		counts[w]++
	}
	var all []word
	pairs := map[[2]string]int{}
	count := func(w word, sign int) {
		for i := range len(w.parts) - 1 {
			pairs[[2]string{w.parts[i], w.parts[i+1]}] += sign * w.count
		}
	}
	for w, n := range counts {
		all = append(all, word{strings.Split(w, ""), n})
		count(all[len(all)-1], 1)
	}
	var learnt [][2]string
	for len(learnt) < merges {
		var best [2]string
		most := 1
		for p, n := range pairs {
			if n > most || n == most && n > 1 && cmp.Or(cmp.Compare(p[0], best[0]), cmp.Compare(p[1], best[1])) < 0 {
				best, most = p, n
			}
		}
		if most < 2 {
			break
		}
		learnt = append(learnt, best)
		for k, w := range all {
			for i := 0; i+1 < len(w.parts); i++ {
				if w.parts[i] == best[0] && w.parts[i+1] == best[1] {
					count(w, -1)
					w.parts[i] += w.parts[i+1]
					w.parts = slices.Delete(w.parts, i+1, i+2)
					count(w, 1)
				}
			}
			all[k] = w
		}
	}
	return learnt
}

// bpeModel makes a model of merges. Its vocabulary is the special tokens in their
// places, the characters and what the merges make.
func bpeModel(specials []string, chars []string, merges [][2]string, asLines bool) obj {
	vocab := map[string]int{}
	add := func(token string) {
		if _, ok := vocab[token]; !ok {
			vocab[token] = len(vocab)
		}
	}
	for _, s := range specials {
		add(s)
	}
	for _, c := range chars {
		add(c)
	}
	var list []any
	for _, m := range merges {
		add(m[0] + m[1])
		if asLines {
			list = append(list, m[0]+" "+m[1])
		} else {
			list = append(list, m)
		}
	}
	return obj{
		"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
		"fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocab, "merges": list,
	}
}

// byteWords cuts texts as byte-level models do.
func byteWords(texts []string) []string {
	var words []string
	for _, t := range texts {
		pieces := (&byteLevel{cut: true}).preTokenize(nil, piece{text: []byte(t)}, new(arena))
		for _, p := range pieces {
			words = append(words, string(p.text))
		}
	}
	return words
}

// spmModel is what we need of a model that spm_train made.
type spmModel struct {
	pieces []string
	scores []float32
	kinds  []uint64 // 1 normal, 2 unknown, 3 control, 4 user-defined, 6 byte
	chars  []byte   // the compiled table of characters
}

const parityCache = "../../bin/cache/parity"

// trainSPM trains a SentencePiece model with Debian's spm_train, which tools/parity.sh
// fetches; it says so where that is not there.
func trainSPM(t testing.TB, texts []string, options ...string) (m spmModel, ok bool) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join(parityCache, "debian"))
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(root, "usr/bin/spm_train")
	if _, err := os.Stat(program); err != nil || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Log("spm_train is not there: make parity fetches it, on Debian for amd64; Unigram is not compared")
		return m, false
	}
	dir := t.TempDir()
	input := filepath.Join(dir, "texts")
	if err := os.WriteFile(input, []byte(strings.Join(texts, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	train := exec.Command(program, append([]string{
		"--input=" + input, "--model_prefix=" + filepath.Join(dir, "m"), "--model_type=unigram", "--num_threads=1",
		"--hard_vocab_limit=false", "--character_coverage=0.98", "--minloglevel=2",
	}, options...)...)
	train.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(root, "usr/lib/x86_64-linux-gnu"))
	if out, err := train.CombinedOutput(); err != nil {
		t.Fatalf("spm_train: %v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "m.model"))
	if err != nil {
		t.Fatal(err)
	}
	return readSPM(t, data), true
}

// readSPM reads the protobuf that sentencepiece_model.proto describes.
func readSPM(t testing.TB, data []byte) spmModel {
	t.Helper()
	var m spmModel
	fields(t, data, func(n protowire.Number, value []byte, _ uint64) {
		switch n {
		case 1: // a piece
			m.kinds = append(m.kinds, 1)
			fields(t, value, func(n protowire.Number, value []byte, number uint64) {
				switch n {
				case 1:
					m.pieces = append(m.pieces, string(value))
				case 2:
					m.scores = append(m.scores, math.Float32frombits(uint32(number)))
				case 3:
					m.kinds[len(m.kinds)-1] = number
				}
			})
		case 3: // how texts are normalised
			fields(t, value, func(n protowire.Number, value []byte, _ uint64) {
				if n == 2 {
					m.chars = value
				}
			})
		}
	})
	if len(m.pieces) != len(m.scores) || len(m.pieces) < 4 {
		t.Fatalf("spm_train made %d pieces and %d scores", len(m.pieces), len(m.scores))
	}
	return m
}

func fields(t testing.TB, data []byte, do func(n protowire.Number, value []byte, number uint64)) {
	t.Helper()
	for len(data) > 0 {
		n, kind, size := protowire.ConsumeTag(data)
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		data = data[size:]
		var value []byte
		var number uint64
		switch kind {
		case protowire.BytesType:
			value, size = protowire.ConsumeBytes(data)
		case protowire.Fixed32Type:
			var bits uint32
			bits, size = protowire.ConsumeFixed32(data)
			number = uint64(bits)
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(data)
		default:
			size = protowire.ConsumeFieldValue(n, kind, data)
		}
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		data = data[size:]
		do(n, value, number)
	}
}

// xlmrIDs are where XLM-R's vocabulary has its special tokens; <mask> is last.
var xlmrIDs = map[string]int{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}

// xlmr makes a tokenizer.json of XLM-R's shape, as transformers converts it: its
// own first four pieces, those of the model without its first three, <mask>.
func (m spmModel) xlmr(preTokenizer obj, after ...obj) []byte {
	vocab := [][2]any{{"<s>", 0.0}, {"<pad>", 0.0}, {"</s>", 0.0}, {"<unk>", 0.0}}
	for i, p := range m.pieces[3:] {
		vocab = append(vocab, [2]any{p, float64(m.scores[i+3])})
	}
	ids := map[string]int{"<mask>": len(vocab)}
	for token, id := range xlmrIDs {
		ids[token] = id
	}
	vocab = append(vocab, [2]any{"<mask>", 0.0})
	var normalizers []obj
	if len(m.chars) > 0 {
		normalizers = append(normalizers, obj{"type": "Precompiled", "precompiled_charsmap": base64.StdEncoding.EncodeToString(m.chars)})
	}
	normalizers = append(normalizers, after...)
	var normalizer any
	switch len(normalizers) {
	case 0:
	case 1:
		normalizer = normalizers[0]
	default:
		normalizer = seq("normalizers", normalizers...)
	}
	model := obj{"type": "Unigram", "unk_id": 3, "vocab": vocab}
	if slices.Contains(m.kinds, 6) {
		model["byte_fallback"] = true
	}
	return file(special(ids), normalizer, preTokenizer, around("<s> A </s>", "<s> A </s> </s> B </s>", xlmrIDs), model)
}

// oldMetaspace is what multilingual-e5 has, newMetaspace what today's converter writes.
var (
	oldMetaspace = seq("pretokenizers", obj{"type": "WhitespaceSplit"}, obj{"type": "Metaspace", "replacement": "▁", "add_prefix_space": true})
	newMetaspace = obj{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}
)

// plain makes the file that the reference needs for what we always do: that
// special tokens in a text are plain text. The binding for node has no
// encode_special_tokens, and with it the models would still find the pieces in
// their vocabularies; so both are taken out of its sight.
func plain(t testing.TB, tokenizerJSON []byte) []byte {
	t.Helper()
	f := decoded(t, tokenizerJSON)
	const unseen = "\U0010FFF0" // which no text has
	gone := map[string]bool{}
	var rest []any
	for _, a := range f["added_tokens"].([]any) {
		if token := a.(obj); token["special"] == true {
			gone[token["content"].(string)] = true
		} else {
			rest = append(rest, a)
		}
	}
	f["added_tokens"] = append([]any{}, rest...)
	model := f["model"].(obj)
	switch vocab := model["vocab"].(type) {
	case obj:
		for token := range gone {
			if id, ok := vocab[token]; ok {
				delete(vocab, token)
				vocab[unseen+token] = id
			}
		}
	case []any:
		for _, pair := range vocab {
			if token := pair.([]any)[0].(string); gone[token] {
				pair.([]any)[0] = unseen + token
			}
		}
	}
	if merges, ok := model["merges"].([]any); ok {
		model["merges"] = slices.DeleteFunc(merges, func(m any) bool {
			if line, ok := m.(string); ok {
				return gone[strings.Replace(line, " ", "", 1)]
			}
			pair := m.([]any)
			return gone[pair[0].(string)+pair[1].(string)]
		})
	}
	if unk, ok := model["unk_token"].(string); ok && gone[unk] {
		model["unk_token"] = unseen + unk
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded gives a tokenizer.json as values, with the numbers as they stand there.
func decoded(t testing.TB, tokenizerJSON []byte) obj {
	t.Helper()
	var f obj
	d := json.NewDecoder(bytes.NewReader(tokenizerJSON))
	d.UseNumber()
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}
