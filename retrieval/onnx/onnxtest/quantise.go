package onnxtest

import (
	"encoding/binary"
	"math"
)

// matmulInteger is what onnxruntime.quantization.quantize_dynamic makes of a
// MatMul: what comes in is quantised as it comes, the weights are int8 with one
// scale. https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
func (g *graph) matmulInteger(x, name string, from, to int, deviation float64) string {
	quantised, ok := g.quantised[x]
	if !ok {
		quantised = [3]string(g.ops("DynamicQuantizeLinear", 3, in(x)))
		g.quantised[x] = quantised
	}
	weights, scale, zero := g.int8Weights(name, from, to, deviation)
	product := g.op("MatMulInteger", in(quantised[0], weights, quantised[2], zero))
	product = g.op("Cast", in(product), intAttr("to", float32Type))
	return g.op("Mul", in(product, g.op("Mul", in(quantised[1], scale))))
}

// gatherInteger looks up rows of int8 and makes numbers of them.
func (g *graph) gatherInteger(ids, name string, rows, width int) string {
	table, scale, zero := g.int8Weights(name+".weight", rows, width, 1)
	row := g.op("Gather", in(table, ids), intAttr("axis", 0))
	return g.op("DequantizeLinear", in(row, scale, zero))
}

// int8Weights adds random weights with their scale and zero point.
func (g *graph) int8Weights(name string, rows, columns int, deviation float64) (weights, scale, zero string) {
	vs := g.normal(rows*columns, 0, deviation)
	var most float32
	for _, v := range vs {
		most = max(most, v, -v)
	}
	step := most / 127
	raw := make([]byte, len(vs))
	for i, v := range vs {
		raw[i] = byte(int8(math.Round(float64(v / step))))
	}
	weights = g.tensor(name+"_quantized", int8Type, []int{rows, columns}, raw)
	scale = g.tensor(name+"_scale", float32Type, nil, binary.LittleEndian.AppendUint32(nil, math.Float32bits(step)))
	return weights, scale, g.tensor(name+"_zero_point", int8Type, nil, []byte{0})
}
