package tokenizer

import "encoding/json"

func readWordPiece(raw json.RawMessage, where string) (model, error) {
	return nil, unknownKind(where, "WordPiece") // to come
}

func readWordLevel(raw json.RawMessage, where string) (model, error) {
	return nil, unknownKind(where, "WordLevel") // to come
}
