package tokenizer

import "encoding/json"

// What is still to come: each of these goes when its file is there.

func readPrecompiled(raw json.RawMessage, where string) (normalizer, error) {
	return nil, unknownKind(where, "Precompiled")
}

func readByteLevelNormalizer(raw json.RawMessage, where string) (normalizer, error) {
	return nil, unknownKind(where, "ByteLevel")
}

func readByteLevel(raw json.RawMessage, where string) (preTokenizer, error) {
	return nil, unknownKind(where, "ByteLevel")
}

func readMetaspace(raw json.RawMessage, where string) (preTokenizer, error) {
	return nil, unknownKind(where, "Metaspace")
}

func readUnigram(raw json.RawMessage, where string) (model, error) {
	return nil, unknownKind(where, "Unigram")
}

func readBPE(raw json.RawMessage, where string) (model, error) {
	return nil, unknownKind(where, "BPE")
}
