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
// Normalize, as an index compares directions. A model of whose pooling nobody says
// anything and that has the output sentence_embedding, or one vector a text as its
// only output, pools itself; so does one with modules after its pooling (Dense),
// which are not computed here.
//
// Texts are read as sentence-transformers reads them: the prefix is put before
// the text, outer space goes, and what is longer than the model allows is cut. Of
// a text only the first 64 bytes a token of that length are looked at.
//
// # The same text, the same vector
//
// A vector depends on its text alone, not on those that it was computed with, so
// that an index that was built in parts is that built at once, to the last bit.
// Measured with ONNX Runtime 1.30 on amd64, which TestNeighbours repeats:
//
//   - Models of float32 whose token vectors are pooled here, and rerankers of
//     float32, give the same bits in any batch, with padding or without.
//   - With a pooling of their own, vectors are some 1e-7 apart from one batch to
//     the next, with weights of 16 bits 5e-5, and with quantising as they run
//     (model_quantized.onnx, model_int8.onnx and the like) 2e-2, a cosine of
//     0.9999, as the steps are scaled by all that is in the batch. The texts of
//     these go through the model one by one, which takes them 1.7 times as long
//     in the first case and no longer in the last.
//
// The fingerprint includes the version of the runtime and what it computes with.
// Other processors may round otherwise in the last bit.
package onnx
