// Package onnx runs transformer models in the ONNX format: an embedder, which
// turns texts into vectors ([Open]), and a reranker, which says how well a text
// answers a query ([OpenReranker]).
//
// A model is a folder as sentence-transformers and the ONNX community write it.
// What is read of it, where it is there:
//
//	modules.json                      the modules, in their order
//	1_Pooling/config.json             how the tokens' vectors become one
//	sentence_bert_config.json         max_seq_length, do_lower_case
//	config_sentence_transformers.json the prompts query, document or passage
//	config.json                       model_type, hidden_size, max_position_embeddings, pad_token_id
//	tokenizer.json or vocab.txt       the tokenizer
//	tokenizer_config.json             model_max_length, padding_side, do_lower_case
//	onnx/model.onnx or model.onnx     the model, and the files that it keeps its weights in
//
// A [Config] says what the folder does not, and overrides it. What nobody says is
// mean pooling, vectors of length 1, no prefixes, and 512 tokens or as many as the
// model has places for. Vectors are of length 1 even where modules.json has no
// Normalize, as an index compares directions. A model with the output
// sentence_embedding, or with one vector a text as its only output, pools itself.
//
// Texts are read as sentence-transformers reads them: the prefix is put before
// the text, outer space goes, and what is longer than the model allows is cut. Of
// a text only the first 64 bytes a token of that length are looked at.
//
// # The same text, the same vector
//
// A vector depends on its text alone, not on those that it was computed with, so
// that an index built in parts is that built at once. For models of float32 this
// holds to the last bit: the padding that a batch needs is masked, and ONNX
// Runtime computes every row by itself in the same order (measured with 1.30 on
// amd64; TestNeighbours holds it). Models that are quantised as they run (int8
// with DynamicQuantizeLinear, which is what model_quantized.onnx and
// model_int8.onnx mostly are) round by what else is in the batch: their texts go
// through the model one by one. The fingerprint includes the version of the
// runtime; other processors may round otherwise in the last bit.
package onnx
