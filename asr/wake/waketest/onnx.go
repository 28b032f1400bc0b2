// Package waketest writes models of the shapes of openWakeWord for tests, whose
// arithmetic is known.
package waketest

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Message is one of protobuf that is being written; the numbers of the fields are those
// of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
type Message []byte

func (m Message) number(field protowire.Number, v int64) Message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m Message) text(field protowire.Number, s string) Message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m Message) message(field protowire.Number, sub Message) Message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), sub)
}

const float32s, int64s = 1, 7

// Port writes an input or output of float32; a dimension below 0 is free.
func Port(name string, dims ...int64) Message {
	var shape Message
	for _, d := range dims {
		if d < 0 {
			shape = shape.message(1, Message{}.text(2, "free"))
		} else {
			shape = shape.message(1, Message{}.number(1, d))
		}
	}
	return Message{}.text(1, name).message(2, Message{}.message(1, Message{}.number(1, float32s).message(2, shape)))
}

// Node writes a step: its inputs stand in one text, and it has at most one attribute, a
// list of numbers.
func Node(op, inputs, output string, attribute map[string][]int64) Message {
	var m Message
	for i := range strings.FieldsSeq(inputs) {
		m = m.text(1, i)
	}
	m = m.text(2, output).text(3, output).text(4, op)
	for name, values := range attribute {
		a := Message{}.text(1, name)
		for _, v := range values {
			a = a.number(8, v)
		}
		m = m.message(5, a.number(20, 7))
	}
	return m
}

func tensor(name string, typ int64, raw []byte, dims ...int64) Message {
	var m Message
	for _, d := range dims {
		m = m.number(1, d)
	}
	return m.number(2, typ).text(8, name).message(9, raw)
}

// Floats writes a constant of a shape.
func Floats(name string, values []float32, dims ...int64) Message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return tensor(name, float32s, raw, dims...)
}

// Ints writes a constant list of numbers.
func Ints(name string, values ...int64) Message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return tensor(name, int64s, raw, int64(len(values)))
}

// Write writes a model of opset 17 into a file.
func Write(file string, in, out Message, constants, nodes []Message) error {
	var g Message
	for _, n := range nodes {
		g = g.message(1, n)
	}
	g = g.text(2, "test")
	for _, w := range constants {
		g = g.message(5, w)
	}
	g = g.message(11, in).message(12, out)
	m := Message{}.number(1, 8).message(7, g).message(8, Message{}.text(1, "").number(2, 17))
	if err := os.WriteFile(file, m, 0o600); err != nil {
		return fmt.Errorf("writing a model: %w", err)
	}
	return nil
}
