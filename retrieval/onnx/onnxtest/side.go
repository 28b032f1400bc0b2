package onnxtest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// sideFile is a file beside the model.
type sideFile struct {
	name    string
	content []byte
}

type object map[string]any

// side makes the files of a sentence-transformers folder:
// https://www.sbert.net/docs/package_reference/sentence_transformer/models.html
func (m Model) side() ([]sideFile, error) {
	var files []sideFile
	var failed error
	add := func(name string, value any) {
		content, err := json.MarshalIndent(value, "", "  ")
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, sideFile{name, append(content, '\n')})
	}
	add("config.json", m.config())
	if m.Tokenizer != nil {
		files = append(files, sideFile{"tokenizer.json", m.Tokenizer})
		add("tokenizer_config.json", m.tokenizerConfig())
	}
	if m.Pooling != "" {
		modules := []object{module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling")}
		if m.Normalize {
			modules = append(modules, module(2, "2_Normalize", "Normalize"))
		}
		pooling, err := m.pooling()
		if err != nil {
			return nil, err
		}
		add("modules.json", modules)
		add("1_Pooling/config.json", pooling)
	}
	if m.MaxTokens > 0 {
		add("sentence_bert_config.json", object{"max_seq_length": m.MaxTokens, "do_lower_case": false})
	}
	if m.QueryPrefix != "" || m.PassagePrefix != "" {
		add("config_sentence_transformers.json", object{
			"prompts":             object{"query": m.QueryPrefix, "passage": m.PassagePrefix},
			"default_prompt_name": nil, "similarity_fn_name": "cosine",
		})
	}
	return files, failed
}

func module(i int, path, kind string) object {
	return object{"idx": i, "name": fmt.Sprint(i), "path": path, "type": "sentence_transformers.models." + kind}
}

func (m Model) pooling() (object, error) {
	modes := []string{"cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"}
	wanted := map[string]string{"mean": "mean_tokens", "cls": "cls_token", "max": "max_tokens", "lasttoken": "lasttoken"}[m.Pooling]
	if !slices.Contains(modes, wanted) {
		return nil, fmt.Errorf("there is no pooling %q: it is mean, cls, max or lasttoken", m.Pooling)
	}
	width := m.Width
	if m.Odd == WrongWidth {
		width *= 2
	}
	config := object{"word_embedding_dimension": width, "include_prompt": true}
	for _, mode := range modes {
		config["pooling_mode_"+mode] = mode == wanted
	}
	return config, nil
}

// config is what transformers' config.json says of a model.
func (m Model) config() object {
	class := map[Arch]string{BERT: "Bert", XLMR: "XLMRoberta", ModernBERT: "ModernBert"}[m.Arch]
	kind := "Model"
	if m.Output == Logits {
		kind = "ForSequenceClassification"
	}
	config := object{
		"architectures": []string{class + kind}, "model_type": string(m.Arch),
		"hidden_size": m.Width, "num_hidden_layers": m.Layers, "num_attention_heads": m.Heads,
		"intermediate_size": m.Inner, "vocab_size": m.Vocab, "max_position_embeddings": m.Positions,
		"pad_token_id": m.pad(),
	}
	if m.Output == Logits {
		config["id2label"], config["label2id"] = object{"0": "LABEL_0"}, object{"LABEL_0": 0}
	}
	if m.Arch == ModernBERT {
		config["global_attn_every_n_layers"] = modernEvery
		config["global_rope_theta"], config["local_rope_theta"] = modernGlobalBase, modernLocalBase
		config["local_attention"] = 2 * modernNear
	}
	return config
}

func (m Model) tokenizerConfig() object {
	longest := m.Positions
	if m.Arch == XLMR {
		longest -= m.pad() + 1
	}
	if m.MaxTokens > 0 {
		longest = m.MaxTokens
	}
	config := object{"model_max_length": longest}
	switch m.Arch {
	case BERT:
		config["tokenizer_class"], config["do_lower_case"] = "BertTokenizer", true
		config["pad_token"], config["unk_token"], config["cls_token"], config["sep_token"], config["mask_token"] =
			"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
	case XLMR:
		config["tokenizer_class"] = "XLMRobertaTokenizer"
		config["pad_token"], config["unk_token"], config["cls_token"], config["sep_token"], config["mask_token"] =
			"<pad>", "<unk>", "<s>", "</s>", "<mask>"
	case ModernBERT:
		config["tokenizer_class"] = "PreTrainedTokenizerFast"
		config["pad_token"], config["unk_token"], config["cls_token"], config["sep_token"], config["mask_token"] =
			"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
		config["model_input_names"] = []string{"input_ids", "attention_mask"}
	}
	return config
}
