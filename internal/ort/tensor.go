package ort

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Type is what a tensor is made of.
type Type int

// The types of the ONNX standard that have one in Go, with their numbers there
// (TensorProto.DataType, https://onnx.ai/onnx/repo-docs/IR.html).
const (
	Other       Type = 0 // any that is not listed here, and whatever is no tensor
	Float32Type Type = 1
	Uint8Type   Type = 2
	Int8Type    Type = 3
	Uint16Type  Type = 4
	Int16Type   Type = 5
	Int32Type   Type = 6
	Int64Type   Type = 7
	BoolType    Type = 9
	Float16Type Type = 10
	Float64Type Type = 11
	Uint32Type  Type = 12
	Uint64Type  Type = 13
)

var typeNames = map[Type]string{
	Float32Type: "float32", Uint8Type: "uint8", Int8Type: "int8", Uint16Type: "uint16", Int16Type: "int16",
	Int32Type: "int32", Int64Type: "int64", BoolType: "bool", Float16Type: "float16", Float64Type: "float64",
	Uint32Type: "uint32", Uint64Type: "uint64",
}

func (t Type) String() string {
	if s := typeNames[t]; s != "" {
		return s
	}
	return "a type that is not supported"
}

// A Port is an input or an output of a model.
type Port struct {
	Name  string
	Type  Type
	Shape []int64 // -1 where a dimension is free; nil where even their number is
}

// A Tensor is a named array: what goes into a model or comes out.
type Tensor struct {
	Name string
	// Shape has one number a dimension, none negative; it is empty for a single
	// number.
	Shape []int64
	// Data holds the elements, the last dimension running fastest: []float32,
	// []float64, []Float16, []int8, []int16, []int32, []int64, the same
	// unsigned, or []bool.
	Data any
}

// typeOf gives the type and number of a tensor's elements.
func typeOf(data any) (Type, int) {
	switch d := data.(type) {
	case []float32:
		return Float32Type, len(d)
	case []float64:
		return Float64Type, len(d)
	case []Float16:
		return Float16Type, len(d)
	case []int8:
		return Int8Type, len(d)
	case []int16:
		return Int16Type, len(d)
	case []int32:
		return Int32Type, len(d)
	case []int64:
		return Int64Type, len(d)
	case []uint8:
		return Uint8Type, len(d)
	case []uint16:
		return Uint16Type, len(d)
	case []uint32:
		return Uint32Type, len(d)
	case []uint64:
		return Uint64Type, len(d)
	case []bool:
		return BoolType, len(d)
	}
	return Other, 0
}

// maxElements bounds a tensor: 2^31 elements are 8 GB of float32.
const maxElements = math.MaxInt32

// elements gives how many elements a shape has.
func elements(shape []int64) (int, error) {
	n := int64(1)
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		case d > maxElements || n*d > maxElements: // n is at most maxElements: no overflow
			return 0, fmt.Errorf("shape %v has more than %d elements", shape, maxElements)
		}
		n *= d
	}
	return int(n), nil
}

// fits says what speaks against giving a tensor to a port, or room for one; the
// data is looked at here because nobody does in C.
func (p Port) fits(t Tensor) error {
	typ, have := typeOf(t.Data)
	if typ == Other {
		return fmt.Errorf("%q is a %T, which is no tensor's data", t.Name, t.Data)
	}
	if typ != p.Type {
		return fmt.Errorf("%q is made of %v, and the model has %v there", t.Name, typ, p.Type)
	}
	want, err := elements(t.Shape)
	if err != nil {
		return fmt.Errorf("%q: %w", t.Name, err)
	}
	if have != want {
		return fmt.Errorf("%q has %d elements, and its shape %v wants %d", t.Name, have, t.Shape, want)
	}
	if p.Shape == nil {
		return nil
	}
	same := func(d, declared int64) bool { return d == declared || declared < 0 }
	if !slices.EqualFunc(t.Shape, p.Shape, same) {
		return fmt.Errorf("%q has shape %v, and the model has %s there", t.Name, t.Shape, shapeName(p.Shape))
	}
	return nil
}

// shapeName writes the shape of a port: [? 128].
func shapeName(shape []int64) string {
	return strings.ReplaceAll(fmt.Sprint(shape), "-1", "?")
}

// portNames lists the names of ports, for an error.
func portNames(ports []Port) string {
	names := make([]string, len(ports))
	for i, p := range ports {
		names[i] = fmt.Sprintf("%q", p.Name)
	}
	return strings.Join(names, ", ")
}

// Float16 is a number of IEEE 754's binary16, by its bits.
type Float16 uint16

// Float32 gives the same number; every binary16 has one, infinities and NaN too.
func (f Float16) Float32() float32 {
	sign, exponent, fraction := uint32(f&0x8000)<<16, uint32(f>>10&0x1f), uint32(f&0x3ff)
	switch exponent {
	case 0: // zero, or a number below 2^-14, whose exponent is -14
		v := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
