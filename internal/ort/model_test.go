package ort_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// A message writes a protobuf message; the numbers of the fields are those of
// onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
type message []byte

func (m message) number(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) text(field protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m message) message(field protowire.Number, sub message) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), sub)
}

// The types of onnx.proto3.
const (
	float32s = 1
	int64s   = 7
	bools    = 9
	float16s = 10
)

// port writes a ValueInfoProto. A dimension is a number, or the name of one that is free.
func port(name string, typ int64, dims ...any) message {
	var shape message
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			shape = shape.message(1, message{}.number(1, int64(d)))
		case string:
			shape = shape.message(1, message{}.text(2, d))
		}
	}
	return message{}.text(1, name).message(2, message{}.message(1, message{}.number(1, typ).message(2, shape)))
}

// node writes a NodeProto.
func node(op string, inputs []string, output string, attributes ...message) message {
	var m message
	for _, i := range inputs {
		m = m.text(1, i)
	}
	m = m.text(2, output).text(3, output).text(4, op)
	for _, a := range attributes {
		m = m.message(5, a)
	}
	return m
}

// weights writes a TensorProto of float32.
func weights(name string, values []float32, dims ...int64) message {
	var m message
	for _, d := range dims {
		m = m.number(1, d)
	}
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return m.number(2, float32s).text(8, name).message(9, raw)
}

// A graph is what a model computes.
type graph struct{ nodes, weights, inputs, outputs []message }

// model writes a ModelProto of opset 17.
func (g graph) model() []byte {
	var m message
	for _, n := range g.nodes {
		m = m.message(1, n)
	}
	m = m.text(2, "test")
	for _, w := range g.weights {
		m = m.message(5, w)
	}
	for _, p := range g.inputs {
		m = m.message(11, p)
	}
	for _, p := range g.outputs {
		m = m.message(12, p)
	}
	return message{}.number(1, 8).message(7, m).message(8, message{}.text(1, "").number(2, 17))
}

// linear is a model that gives y = x·w + b for rows of three numbers.
func linear() []byte {
	return graph{
		nodes: []message{
			node("MatMul", []string{"x", "w"}, "p"),
			node("Add", []string{"p", "b"}, "y"),
		},
		weights: []message{weights("w", []float32{1, 2, 3, 4, 5, 6}, 3, 2), weights("b", []float32{10, 20}, 2)},
		inputs:  []message{port("x", float32s, "rows", 3)},
		outputs: []message{port("y", float32s, "rows", 2)},
	}.model()
}

// write puts a model into a file.
func write(t testing.TB, model []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(file, model, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ints writes a TensorProto of int64.
func ints(name string, values ...int64) message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return message{}.number(1, int64(len(values))).number(2, int64s).text(8, name).message(9, raw)
}

// attribute writes an AttributeProto that is a number.
func attribute(name string, v int64) message {
	return message{}.text(1, name).number(3, v).number(20, 2)
}

// layer is a model with what transformers are made of: ids are looked up, go
// through a product, a norm, a softmax and a shape that is computed.
func layer() []byte {
	table, square, ones := make([]float32, 6*4), make([]float32, 4*4), []float32{1, 1, 1, 1}
	for i := range table {
		table[i] = float32(i%7) - 3
	}
	for i := range square {
		square[i] = float32(i%5) - 2
	}
	return graph{
		nodes: []message{
			node("Gather", []string{"table", "ids"}, "e"),
			node("MatMul", []string{"e", "square"}, "p"),
			node("Add", []string{"p", "e"}, "a"),
			node("LayerNormalization", []string{"a", "ones", "zeros"}, "n", attribute("axis", -1)),
			node("Transpose", []string{"n"}, "t", message{}.text(1, "perm").number(8, 0).number(8, 2).number(8, 1).number(20, 7)),
			node("MatMul", []string{"n", "t"}, "scores"),
			node("Softmax", []string{"scores"}, "s", attribute("axis", -1)),
			node("MatMul", []string{"s", "n"}, "m"),
			node("Shape", []string{"m"}, "shape"),
			node("Slice", []string{"shape", "zero", "one"}, "rows"),
			node("Concat", []string{"rows", "rest"}, "flat", attribute("axis", 0)),
			node("Reshape", []string{"m", "flat"}, "y"),
		},
		weights: []message{
			weights("table", table, 6, 4), weights("square", square, 4, 4), weights("ones", ones, 4),
			weights("zeros", make([]float32, 4), 4), ints("zero", 0), ints("one", 1), ints("rest", -1),
		},
		inputs:  []message{port("ids", int64s, "rows", "tokens")},
		outputs: []message{port("y", float32s, "rows", "flat")},
	}.model()
}
