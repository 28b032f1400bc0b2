package onnxtest

import "strconv"

// bert adds BERT (Devlin and others 2018, arXiv:1810.04805) and gives the hidden
// states [batch, sequence, width]. XLM-R (Conneau and others 2019,
// arXiv:1911.02116) is BERT but for its positions and types.
func (g *graph) bert(m Model, ids, mask, types string) string {
	prefix := "embeddings."
	words := g.embeddings(ids, prefix+"word_embeddings", m.Vocab, m.Width)
	var positions string
	if m.Arch == XLMR {
		positions = g.xlmrPositions(m, ids)
	} else {
		all := make([]int, m.Positions)
		for i := range all {
			all[i] = i
		}
		row := g.unsqueeze(g.int64s(all...), 0)
		positions = g.op("Slice", in(row, g.int64s(0), g.size(ids, 1), g.int64s(1), g.int64s(1)))
	}
	x := words
	if m.Arch == XLMR || types != "" {
		kinds := 2
		if m.Arch == XLMR {
			kinds = 1
		}
		if types == "" {
			zeros := g.op("ConstantOfShape", in(g.op("Shape", in(ids))))
			types = g.op("Cast", in(zeros), intAttr("to", int64Type))
		}
		x = g.op("Add", in(words, g.embeddings(types, prefix+"token_type_embeddings", kinds, m.Width)))
	}
	x = g.op("Add", in(x, g.embeddings(positions, prefix+"position_embeddings", m.Positions, m.Width)))
	x = g.layerNorm(x, prefix+"LayerNorm", m.Width, m.epsilon())

	bias := g.maskBias(mask)
	for i := range m.Layers {
		x = g.bertLayer(m, x, bias, "encoder.layer."+strconv.Itoa(i)+".")
	}
	return x
}

// xlmrPositions counts what is no padding from the padding's id on.
func (g *graph) xlmrPositions(m Model, ids string) string {
	padding := g.op("Equal", in(ids, g.int64(m.pad())))
	real := g.op("Cast", in(g.op("Not", in(padding))), intAttr("to", int32Type))
	counted := g.op("Mul", in(g.op("CumSum", in(real, g.int64(1))), real))
	return g.op("Add", in(g.op("Cast", in(counted), intAttr("to", int64Type)), g.int64(m.pad())))
}

func (g *graph) bertLayer(m Model, x, bias, prefix string) string {
	size := m.Width / m.Heads
	self := prefix + "attention.self."
	q := g.transpose(g.reshape(g.linear(x, self+"query", m.Width, m.Width, true), m.Heads, size), 0, 2, 1, 3)
	k := g.transpose(g.reshape(g.linear(x, self+"key", m.Width, m.Width, true), m.Heads, size), 0, 2, 3, 1)
	v := g.transpose(g.reshape(g.linear(x, self+"value", m.Width, m.Width, true), m.Heads, size), 0, 2, 1, 3)
	mixed := g.attention(q, k, v, bias, m.Heads, size)
	mixed = g.linear(mixed, prefix+"attention.output.dense", m.Width, m.Width, true)
	x = g.layerNorm(g.op("Add", in(mixed, x)), prefix+"attention.output.LayerNorm", m.Width, m.epsilon())

	inner := g.gelu(g.linear(x, prefix+"intermediate.dense", m.Width, m.Inner, true))
	inner = g.linear(inner, prefix+"output.dense", m.Inner, m.Width, true)
	return g.layerNorm(g.op("Add", in(inner, x)), prefix+"output.LayerNorm", m.Width, m.epsilon())
}

// classifier adds BERT's pooler and a head with one output: logits [batch, 1].
func (g *graph) classifier(m Model, hidden string) string {
	first := g.op("Gather", in(hidden, g.int64(0)), intAttr("axis", 1))
	pooled := g.op("Tanh", in(g.linear(first, "pooler.dense", m.Width, m.Width, true)))
	return g.linear(pooled, "classifier", m.Width, 1, true)
}
