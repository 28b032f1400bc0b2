package onnxtest

import (
	"math"
	"strings"
)

// in makes a list of inputs; an empty name is an input that is left out.
func in(names ...string) []string { return names }

// linear multiplies with a matrix of random weights and adds random biases, where
// there are any.
func (g *graph) linear(x, name string, from, to int, bias bool) string {
	y := g.matmul(x, name+".weight", from, to)
	if bias {
		y = g.op("Add", in(y, g.weights(name+".bias", 0, 0.1, to)))
	}
	return y
}

// matmul multiplies with random weights, quantised where the graph is.
func (g *graph) matmul(x, name string, from, to int) string {
	deviation := 1 / math.Sqrt(float64(from)) // keeps the size of what comes in
	if g.kind == Int8 {
		return g.matmulInteger(x, name, from, to, deviation)
	}
	return g.op("MatMul", in(x, g.weights(name, 0, deviation, from, to)))
}

// layerNorm is one node in opset 17, and before that in the parts that PyTorch
// made of it.
func (g *graph) layerNorm(x, name string, width int, epsilon float64) string {
	scale := g.weights(name+".weight", 1, 0.1, width)
	bias := g.weights(name+".bias", 0, 0.1, width)
	if g.opset >= 17 {
		return g.op("LayerNormalization", in(x, scale, bias), intAttr("axis", -1), floatAttr("epsilon", float32(epsilon)))
	}
	mean := g.op("ReduceMean", in(x), intsAttr("axes", -1))
	centred := g.op("Sub", in(x, mean))
	square := g.op("Pow", in(centred, g.float(2)))
	variance := g.op("ReduceMean", in(square), intsAttr("axes", -1))
	root := g.op("Sqrt", in(g.op("Add", in(variance, g.float(epsilon)))))
	return g.op("Add", in(g.op("Mul", in(g.op("Div", in(centred, root)), scale)), bias))
}

// gelu is the exact one, by the error function.
func (g *graph) gelu(x string) string {
	erf := g.op("Erf", in(g.op("Div", in(x, g.float(math.Sqrt2)))))
	return g.op("Mul", in(g.op("Mul", in(x, g.op("Add", in(erf, g.float(1))))), g.float(0.5)))
}

// size is one dimension of a value, as a vector of one number.
func (g *graph) size(x string, axis int) string {
	return g.unsqueeze(g.scalarSize(x, axis), 0)
}

func (g *graph) scalarSize(x string, axis int) string {
	return g.op("Gather", in(g.op("Shape", in(x)), g.int64(axis)), intAttr("axis", 0))
}

// reshape keeps batch and sequence and divides what comes after them, as traced
// from view(batch, sequence, …).
func (g *graph) reshape(x string, rest ...int) string {
	parts := in(g.size(x, 0), g.size(x, 1))
	for _, r := range rest {
		parts = append(parts, g.int64s(r))
	}
	return g.op("Reshape", in(x, g.op("Concat", parts, intAttr("axis", 0))))
}

// unsqueeze adds a dimension of 1.
func (g *graph) unsqueeze(x string, axis int) string {
	if g.opset < 13 {
		return g.op("Unsqueeze", in(x), intsAttr("axes", axis))
	}
	return g.op("Unsqueeze", in(x, g.int64s(axis)))
}

// sum adds up along a dimension, which goes.
func (g *graph) sum(x string, axis int) string {
	if g.opset < 13 {
		return g.op("ReduceSum", in(x), intsAttr("axes", axis), intAttr("keepdims", 0))
	}
	return g.op("ReduceSum", in(x, g.int64s(axis)), intAttr("keepdims", 0))
}

func (g *graph) transpose(x string, order ...int) string {
	return g.op("Transpose", in(x), intsAttr("perm", order...))
}

// attention mixes positions. q and v are [batch, heads, sequence, size], k is
// [batch, heads, size, sequence], and bias is added to the scores.
func (g *graph) attention(q, k, v, bias string, heads, size int) string {
	scores := g.op("Div", in(g.op("MatMul", in(q, k)), g.float(math.Sqrt(float64(size)))))
	shares := g.op("Softmax", in(g.op("Add", in(scores, bias))), intAttr("axis", 3))
	mixed := g.transpose(g.op("MatMul", in(shares, v)), 0, 2, 1, 3)
	return g.reshape(mixed, heads*size)
}

// maskBias makes of a mask of ones and zeros [batch, sequence] what is added to
// the scores [batch, 1, 1, sequence]: 0, or the least number.
func (g *graph) maskBias(mask string) string {
	m := g.unsqueeze(g.unsqueeze(mask, 1), 2)
	m = g.op("Cast", in(m), intAttr("to", g.activation()))
	return g.op("Mul", in(g.op("Sub", in(g.float(1), m)), g.float(g.least())))
}

// least is what keeps attention away.
func (g *graph) least() float64 {
	if g.opset < 13 {
		return -10000 // as transformers had it in those days
	}
	if g.kind == Float16 {
		return -65504
	}
	return -math.MaxFloat32
}

// embeddings looks ids up in a table of random rows.
func (g *graph) embeddings(ids, name string, rows, width int) string {
	if g.kind == Int8 && !strings.HasPrefix(name, "embeddings.token_type") && !strings.HasPrefix(name, "embeddings.position") {
		return g.gatherInteger(ids, name, rows, width)
	}
	return g.op("Gather", in(g.weights(name+".weight", 0, 1, rows, width), ids), intAttr("axis", 0))
}

// pooled is the mean of what the mask leaves, of length 1: [batch, width].
func (g *graph) pooled(hidden, mask string) string {
	m := g.op("Cast", in(g.unsqueeze(mask, 2)), intAttr("to", g.activation()))
	m = g.op("Expand", in(m, g.op("Shape", in(hidden))))
	sum := g.sum(g.op("Mul", in(hidden, m)), 1)
	count := g.sum(m, 1)
	mean := g.op("Div", in(sum, g.op("Clip", in(count, g.float(1e-6)))))
	length := g.op("ReduceL2", in(mean), intsAttr("axes", 1), intAttr("keepdims", 1))
	return g.op("Div", in(mean, g.op("Clip", in(length, g.float(1e-6)))))
}
