package onnxtest

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// graph is an ONNX graph in the making. Field numbers are those of onnx.proto,
// IR version 8: https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.proto.
// There are no bindings made from that file, since a writer needs so little of
// it.
type graph struct {
	kind         Type // of the weights
	opset        int
	random       *rand.Rand
	nodes        [][]byte
	initializers [][]byte
	inputs       [][]byte
	outputs      [][]byte
	named        int
	constants    map[string]string
	quantised    map[string][3]string // of what was quantised as it comes: values, scale, zero point
}

// Element types of ONNX tensors: TensorProto.DataType.
const (
	float32Type = 1
	uint8Type   = 2
	int8Type    = 3
	int32Type   = 6
	int64Type   = 7
	stringType  = 8
	boolType    = 9
	float16Type = 10
)

func newGraph(kind Type, opset int, seed uint64) *graph {
	return &graph{
		kind: kind, opset: opset, random: rand.New(rand.NewPCG(seed, 0)),
		constants: map[string]string{}, quantised: map[string][3]string{},
	}
}

// dim is one dimension of an input or an output: a number, or a free one by name.
type dim struct {
	size int
	name string
}

func (g *graph) input(name string, kind int, dims ...dim) string {
	g.inputs = append(g.inputs, port(name, kind, dims))
	return name
}

func (g *graph) output(name string, kind int, dims ...dim) {
	g.outputs = append(g.outputs, port(name, kind, dims))
}

// port is a ValueInfoProto.
func port(name string, kind int, dims []dim) []byte {
	var shape []byte
	for _, d := range dims {
		var one []byte
		if d.name != "" {
			one = appendString(one, 2, d.name)
		} else {
			one = appendInt(one, 1, d.size)
		}
		shape = appendBytes(shape, 1, one)
	}
	tensor := appendBytes(appendInt(nil, 1, kind), 2, shape)
	return appendBytes(appendString(nil, 1, name), 2, appendBytes(nil, 1, tensor))
}

// attribute is an AttributeProto.
type attribute []byte

func intAttr(name string, v int) attribute {
	return appendInt(appendInt(appendString(nil, 1, name), 3, v), 20, 2)
}

func floatAttr(name string, v float32) attribute {
	b := appendString(nil, 1, name)
	b = protowire.AppendTag(b, 2, protowire.Fixed32Type)
	b = protowire.AppendFixed32(b, math.Float32bits(v))
	return appendInt(b, 20, 1)
}

func intsAttr(name string, vs ...int) attribute {
	b := appendString(nil, 1, name)
	for _, v := range vs {
		b = appendInt(b, 8, v)
	}
	return appendInt(b, 20, 7)
}

// op adds a node with one output and gives the output's name.
func (g *graph) op(kind string, inputs []string, attributes ...attribute) string {
	return g.ops(kind, 1, inputs, attributes...)[0]
}

// ops adds a node with several outputs and gives their names.
func (g *graph) ops(kind string, outputs int, inputs []string, attributes ...attribute) []string {
	g.named++
	node := kind + "_" + strconv.Itoa(g.named)
	names := make([]string, outputs)
	for i := range names {
		names[i] = node + "_output_" + strconv.Itoa(i)
	}
	g.node(kind, node, inputs, names, attributes...)
	return names
}

// rename gives a value the name that an output of the graph must have.
func (g *graph) rename(value, name string) {
	g.node("Identity", "Identity_"+name, []string{value}, []string{name})
}

// node adds a NodeProto.
func (g *graph) node(kind, name string, inputs, outputs []string, attributes ...attribute) {
	var b []byte
	for _, in := range inputs {
		b = appendString(b, 1, in)
	}
	for _, out := range outputs {
		b = appendString(b, 2, out)
	}
	b = appendString(b, 3, name)
	b = appendString(b, 4, kind)
	for _, a := range attributes {
		b = appendBytes(b, 5, a)
	}
	g.nodes = append(g.nodes, b)
}

// tensor adds a TensorProto.
func (g *graph) tensor(name string, kind int, dims []int, raw []byte) string {
	b := make([]byte, 0, len(raw)+len(name)+64)
	for _, d := range dims {
		b = appendInt(b, 1, d)
	}
	b = appendInt(b, 2, kind)
	b = appendString(b, 8, name)
	b = appendBytes(b, 9, raw)
	g.initializers = append(g.initializers, b)
	return name
}

// constant adds a tensor once, under a name made of what it holds.
func (g *graph) constant(key string, kind int, dims []int, raw []byte) string {
	if name, ok := g.constants[key]; ok {
		return name
	}
	g.constants[key] = g.tensor("constant_"+strconv.Itoa(len(g.constants)), kind, dims, raw)
	return g.constants[key]
}

// int64s is a constant vector.
func (g *graph) int64s(vs ...int) string {
	key := "ints"
	var raw []byte
	for _, v := range vs {
		key += " " + strconv.Itoa(v)
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(key, int64Type, []int{len(vs)}, raw)
}

// int64 is a constant without dimensions.
func (g *graph) int64(v int) string {
	return g.constant("int "+strconv.Itoa(v), int64Type, nil, binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

// float is a constant without dimensions, of the type of the activations.
func (g *graph) float(v float64) string {
	kind, raw := g.floats(float32(v))
	return g.constant("float "+strconv.FormatFloat(v, 'g', -1, 64), kind, nil, raw)
}

// activation is the element type of what flows through the graph.
func (g *graph) activation() int {
	if g.kind == Float16 {
		return float16Type
	}
	return float32Type
}

// floats encodes numbers in the type of the activations.
func (g *graph) floats(vs ...float32) (kind int, raw []byte) {
	if g.kind == Float16 {
		raw = make([]byte, 0, 2*len(vs))
		for _, v := range vs {
			raw = binary.LittleEndian.AppendUint16(raw, float16(v))
		}
		return float16Type, raw
	}
	raw = make([]byte, 0, 4*len(vs))
	for _, v := range vs {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return float32Type, raw
}

// normal draws numbers around mean.
func (g *graph) normal(n int, mean, deviation float64) []float32 {
	vs := make([]float32, n)
	for i := range vs {
		vs[i] = float32(mean + float64(deviation*g.random.NormFloat64())) // never fused, so that all machines agree
	}
	return vs
}

// weights adds a tensor of random numbers around mean.
func (g *graph) weights(name string, mean, deviation float64, dims ...int) string {
	n := 1
	for _, d := range dims {
		n *= d
	}
	kind, raw := g.floats(g.normal(n, mean, deviation)...)
	return g.tensor(name, kind, dims, raw)
}

// write puts the graph as a ModelProto into w.
func (g *graph) write(w io.Writer, name string) error {
	var head []byte
	head = appendInt(head, 1, 8) // the IR version
	head = appendString(head, 2, "frontdesk")
	head = appendBytes(head, 8, appendInt(nil, 2, g.opset))

	parts := []struct {
		field    protowire.Number
		messages [][]byte
	}{{1, g.nodes}, {5, g.initializers}, {11, g.inputs}, {12, g.outputs}}
	graphName := appendString(nil, 2, name)
	size := len(graphName)
	for _, p := range parts {
		for _, m := range p.messages {
			size += protowire.SizeTag(p.field) + protowire.SizeBytes(len(m))
		}
	}
	head = protowire.AppendTag(head, 7, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(size))

	out := bufio.NewWriterSize(w, 1<<20)
	out.Write(head)
	out.Write(graphName)
	for _, p := range parts {
		for _, m := range p.messages {
			tag := protowire.AppendTag(nil, p.field, protowire.BytesType)
			out.Write(protowire.AppendVarint(tag, uint64(len(m))))
			out.Write(m)
		}
	}
	return out.Flush() // what went wrong before is kept until here
}

func appendInt(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func appendString(b []byte, field protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

// float16 is the nearest IEEE 754 binary16, ties to even; what is too large
// becomes infinite.
func float16(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	exponent := int(bits>>23&0xff) - 127 + 15
	mantissa := bits & 0x7fffff
	switch {
	case exponent >= 31:
		if exponent == 255-127+15 && mantissa != 0 {
			return sign | 0x7e00 // not a number
		}
		return sign | 0x7c00
	case exponent < -10:
		return sign
	}
	shift := uint(13)
	if exponent <= 0 { // a subnormal one
		mantissa |= 0x800000
		shift += uint(1 - exponent)
		exponent = 0
	}
	half := uint32(exponent)<<10 + mantissa>>shift
	rest, middle := mantissa&(1<<shift-1), uint32(1)<<(shift-1)
	if rest > middle || rest == middle && half&1 == 1 {
		half++ // may carry into the exponent, which is right
	}
	return sign | uint16(half)
}
