package onnxtest

// oddOutput adds the outputs of a model whose outputs are odd; false for one
// that is odd in something else.
func (m Model) oddOutput(g *graph, ids, hidden string) bool {
	name, value, kind := "last_hidden_state", hidden, g.activation()
	width := dim{size: m.Width}
	dims := []dim{batch, sequence, width}
	switch m.Odd {
	case RankFour:
		value = g.unsqueeze(hidden, 1)
		dims = []dim{batch, {size: 1}, sequence, width}
	case RankTwo:
		value = g.op("ReduceMax", in(hidden), intsAttr("axes", 1), intAttr("keepdims", 0))
		dims = []dim{batch, width}
	case IntOutput:
		value, kind = g.op("Cast", in(hidden), intAttr("to", int64Type)), int64Type
	case StringOutput:
		// The hidden states are kept, so that the model is as large as others.
		all := g.op("Add", in(g.op("Cast", in(g.op("ReduceMax", in(hidden),
			intsAttr("axes", 2), intAttr("keepdims", 0))), intAttr("to", int64Type)), ids))
		value, kind = g.op("Cast", in(all), intAttr("to", stringType)), stringType
		dims = []dim{batch, sequence}
	case OtherOutput:
		name = "output_0"
	case NaN:
		value = g.op("Sqrt", in(g.op("Sub", in(g.op("Abs", in(hidden)), g.float(1000)))))
	case LaterWidth:
		value = g.op("Slice", in(hidden, g.int64s(0), g.int64s(m.Width/2), g.int64s(2)))
		dims[2] = dim{name: "width"}
	case ManyOutputs:
		first := g.op("Gather", in(hidden, g.int64(0)), intAttr("axis", 1))
		g.rename(g.op("Tanh", in(first)), "pooler_output")
		g.output("pooler_output", kind, batch, width)
		g.rename(g.op("Neg", in(hidden)), "hidden_states.0")
		g.output("hidden_states.0", kind, batch, sequence, width)
	default:
		return false
	}
	g.rename(value, name)
	g.output(name, kind, dims...)
	return true
}
