package onnxtest

import (
	"encoding/binary"
	"math"
	"strconv"
)

// ModernBERT looks at everything in every third layer and at what is near in the
// others, with other frequencies for the places (Warner and others 2024,
// arXiv:2412.13663).
const (
	modernEvery      = 3
	modernGlobalBase = 160000
	modernLocalBase  = 10000
	modernNear       = 4 // places to either side; 64 in the real one, where texts are longer
)

// modernBERT adds ModernBERT and gives the hidden states: rotary positions (Su
// and others 2021, arXiv:2104.09864), norms before each part and without biases,
// gated linear units (Shazeer 2020, arXiv:2002.05202).
func (g *graph) modernBERT(m Model, ids, mask string) string {
	x := g.embeddings(ids, "embeddings.tok_embeddings", m.Vocab, m.Width)
	x = g.scaleNorm(x, "embeddings.norm", m)
	everything := g.maskBias(mask)
	places := g.op("Range", in(g.int64(0), g.scalarSize(ids, 1), g.int64(1)))
	near := g.nearBias(places, everything)

	global := g.rotary(places, m.Width/m.Heads, modernGlobalBase)
	local := g.rotary(places, m.Width/m.Heads, modernLocalBase)
	for i := range m.Layers {
		rotary, bias := local, near
		if i%modernEvery == 0 {
			rotary, bias = global, everything
		}
		x = g.modernLayer(m, i, x, bias, rotary)
	}
	return g.scaleNorm(x, "final_norm", m)
}

// scaleNorm is a LayerNorm whose biases are 0, as the exporter writes one that
// has none.
func (g *graph) scaleNorm(x, name string, m Model) string {
	scale := g.weights(name+".weight", 1, 0.1, m.Width)
	kind, raw := g.floats(make([]float32, m.Width)...)
	zeros := g.constant("zeros", kind, []int{m.Width}, raw)
	return g.op("LayerNormalization", in(x, scale, zeros), intAttr("axis", -1), floatAttr("epsilon", float32(m.epsilon())))
}

// nearBias adds the least number where two places are far from each other:
// [batch, 1, sequence, sequence].
func (g *graph) nearBias(places, everything string) string {
	rows := g.unsqueeze(places, 0)
	distance := g.op("Abs", in(g.op("Sub", in(rows, g.unsqueeze(places, 1)))))
	near := g.op("LessOrEqual", in(distance, g.int64(modernNear)))
	return g.op("Where", in(near, everything, g.float(g.least())))
}

// rotary gives the cosines and sines of the places: [1, sequence, size].
func (g *graph) rotary(places string, size int, base float64) [2]string {
	var raw []byte
	for i := 0; i < size; i += 2 {
		frequency := math.Pow(base, -float64(i)/float64(size))
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(frequency)))
	}
	name := "rotary.inv_freq." + strconv.Itoa(int(base))
	frequencies := g.tensor(name, float32Type, []int{1, size / 2, 1}, raw)
	row := g.unsqueeze(g.unsqueeze(places, 0), 0)
	angles := g.op("MatMul", in(frequencies, g.op("Cast", in(row), intAttr("to", float32Type))))
	angles = g.transpose(angles, 0, 2, 1)
	angles = g.op("Concat", in(angles, angles), intAttr("axis", -1))
	var both [2]string
	for i, kind := range []string{"Cos", "Sin"} {
		both[i] = g.unsqueeze(g.op(kind, in(angles)), 1)
		if g.activation() != float32Type {
			both[i] = g.op("Cast", in(both[i]), intAttr("to", g.activation()))
		}
	}
	return both
}

// rotate turns each pair of numbers by the angle of its place.
func (g *graph) rotate(x string, rotary [2]string, size int) string {
	first := g.op("Slice", in(x, g.int64s(0), g.int64s(size/2), g.int64s(3)))
	second := g.op("Slice", in(x, g.int64s(size/2), g.int64s(math.MaxInt64), g.int64s(3)))
	turned := g.op("Concat", in(g.op("Neg", in(second)), first), intAttr("axis", -1))
	return g.op("Add", in(g.op("Mul", in(x, rotary[0])), g.op("Mul", in(turned, rotary[1]))))
}

func (g *graph) modernLayer(m Model, i int, x, bias string, rotary [2]string) string {
	prefix := "layers." + strconv.Itoa(i) + "."
	size := m.Width / m.Heads
	normed := x
	if i > 0 { // the embeddings are normed already
		normed = g.scaleNorm(x, prefix+"attn_norm", m)
	}
	all := g.reshape(g.linear(normed, prefix+"attn.Wqkv", m.Width, 3*m.Width, false), 3, m.Heads, size)
	all = g.transpose(all, 2, 0, 3, 1, 4) // [3, batch, heads, sequence, size]
	part := func(i int) string { return g.op("Gather", in(all, g.int64(i)), intAttr("axis", 0)) }
	q := g.rotate(part(0), rotary, size)
	k := g.transpose(g.rotate(part(1), rotary, size), 0, 1, 3, 2)
	mixed := g.attention(q, k, part(2), bias, m.Heads, size)
	x = g.op("Add", in(x, g.linear(mixed, prefix+"attn.Wo", m.Width, m.Width, false)))

	normed = g.scaleNorm(x, prefix+"mlp_norm", m)
	halves := g.ops("Split", 2, in(g.linear(normed, prefix+"mlp.Wi", m.Width, 2*m.Inner, false), g.int64s(m.Inner, m.Inner)), intAttr("axis", -1))
	gated := g.op("Mul", in(g.gelu(halves[0]), halves[1]))
	return g.op("Add", in(x, g.linear(gated, prefix+"mlp.Wo", m.Inner, m.Width, false)))
}
