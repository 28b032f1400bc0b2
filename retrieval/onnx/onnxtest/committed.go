package onnxtest

// Committed are the models in retrieval/onnx/testdata, by the names of their
// folders: one of each kind that matters. `go generate` writes them.
func Committed() map[string]Model {
	with := func(arch Arch, change func(*Model)) Model {
		m := Small(arch)
		change(&m)
		return m
	}
	return map[string]Model{
		"bert":      Small(BERT),
		"bert-fp16": with(BERT, func(m *Model) { m.Type, m.File = Float16, "model.onnx" }),
		"bert-int8": with(BERT, func(m *Model) { m.Type, m.File = Int8, "onnx/model_quantized.onnx" }),
		"bert-old":  with(BERT, func(m *Model) { m.Old, m.Layers = true, 1 }),
		"bert-cls": with(BERT, func(m *Model) {
			m.Pooling, m.Layers, m.TokenTypes, m.Seed = "cls", 1, false, 2
			m.QueryPrefix, m.PassagePrefix = "query: ", "passage: "
		}),
		"bert-pooled": with(BERT, func(m *Model) { m.Output, m.Pooling, m.Layers = Pooled, "", 1 }),
		"xlmr":        Small(XLMR),
		"xlmr-last":   with(XLMR, func(m *Model) { m.Pooling, m.Layers, m.Normalize = "lasttoken", 1, false }),
		"modernbert":  Small(ModernBERT),
		"reranker":    with(BERT, func(m *Model) { m.Output, m.Pooling, m.Normalize = Logits, "", false }),
	}
}
