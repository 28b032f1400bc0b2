package ort

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Bounds on what a model may declare.
const (
	maxFields   = 2 << 20 // of the file, its graph and its weights
	maxPorts    = 1 << 10
	maxPortSize = 64 << 10 // bytes of what one declares
)

var (
	errNoModel = errors.New("it is no ONNX model")
	errDamaged = errors.New("it is no ONNX model, or it is cut off or damaged; fetch it again")
)

// A declaration is what a model's file says of the model.
type declaration struct {
	inputs, outputs []Port
	graph           bool
	weights         map[string]bool
}

// readModel reads what a model declares to take and to give. The library tells
// it only of a model that it has loaded wholly, and wants to be told the names
// before it does so; this way a model is loaded once. What is not of the
// protobuf format is refused here with a clear word. The format is that of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3; the numbers are its.
func readModel(file string) (d declaration, err error) {
	f, err := os.Open(file)
	if err != nil {
		return d, brief(err)
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return d, brief(err)
	case !info.Mode().IsRegular():
		return d, errors.New("it is no file")
	}
	return readDeclaration(f, info.Size())
}

// readDeclaration is [readModel] of what is open, or in memory.
func readDeclaration(f io.ReaderAt, size int64) (declaration, error) {
	d := declaration{weights: map[string]bool{}}
	if size == 0 {
		return d, errors.New("it is empty")
	}
	if isPointer(f) {
		return d, errors.New("it is a pointer of Git LFS, not the model; fetch the model itself")
	}
	m := modelReader{file: f}
	err := m.fields(0, size, func(p protoField) error { // ModelProto
		if p.number == 7 && p.nested { // graph; parts of it are one, as protobuf merges them
			d.graph = true
			return m.graph(p, &d)
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	if !d.graph {
		return d, errNoModel
	}
	// Models of before IR version 4 list their weights among the inputs.
	d.inputs = slices.DeleteFunc(d.inputs, func(p Port) bool { return d.weights[p.Name] })
	if len(d.inputs) == 0 || len(d.outputs) == 0 {
		return d, errors.New("the model has no input or no output")
	}
	return d, nil
}

// isPointer says whether a file is what Git leaves in place of a large one that
// was not fetched (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
func isPointer(f io.ReaderAt) bool {
	const begin = "version https://git-lfs"
	text := make([]byte, len(begin))
	n, _ := f.ReadAt(text, 0) // a file that is shorter is none
	return string(text[:n]) == begin
}

// A modelReader goes through a file without reading its weights.
type modelReader struct {
	file io.ReaderAt
	seen int
}

// A protoField is one field of a message. It has a number, or is nested: bytes
// of the file from at on.
type protoField struct {
	number   protowire.Number
	nested   bool
	value    uint64
	at, size int64
}

// fields visits the fields of the message that lies between two offsets.
func (m *modelReader) fields(from, to int64, visit func(protoField) error) error {
	var window [2 * 10]byte // a tag and a varint
	for from < to {
		if m.seen++; m.seen > maxFields {
			return fmt.Errorf("the model has more than %d parts", maxFields)
		}
		head := window[:min(int64(len(window)), to-from)]
		if _, err := m.file.ReadAt(head, from); err != nil {
			return brief(err)
		}
		number, typ, n := protowire.ConsumeTag(head)
		if n < 0 {
			return errDamaged
		}
		f, size := protoField{number: number}, 0
		switch typ {
		case protowire.VarintType:
			f.value, size = protowire.ConsumeVarint(head[n:])
		case protowire.Fixed32Type:
			size = 4
		case protowire.Fixed64Type:
			size = 8
		case protowire.BytesType:
			f.nested = true
			f.value, size = protowire.ConsumeVarint(head[n:])
		default: // groups, which ONNX has none of
			return errDamaged
		}
		if size < 0 {
			return errDamaged
		}
		from += int64(n + size)
		if f.nested {
			if f.value > uint64(max(to-from, 0)) {
				return errDamaged
			}
			f.at, f.size = from, int64(f.value)
			from += f.size
		}
		if from > to {
			return errDamaged
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

func (m *modelReader) inside(f protoField, visit func(protoField) error) error {
	return m.fields(f.at, f.at+f.size, visit)
}

// text reads a nested field that is a string.
func (m *modelReader) text(f protoField) (string, error) {
	if f.size > maxPortSize {
		return "", errDamaged
	}
	text := make([]byte, f.size)
	if _, err := m.file.ReadAt(text, f.at); err != nil {
		return "", brief(err)
	}
	return string(text), nil
}

// graph reads a GraphProto.
func (m *modelReader) graph(g protoField, d *declaration) error {
	return m.inside(g, func(f protoField) (err error) {
		if !f.nested {
			return nil
		}
		switch f.number {
		case 5: // initializer: a TensorProto
			return m.inside(f, func(f protoField) error {
				if f.number != 8 || !f.nested { // name
					return nil
				}
				name, err := m.text(f)
				d.weights[name] = true
				return err
			})
		case 11: // input
			d.inputs, err = m.port(f, d.inputs)
		case 12: // output
			d.outputs, err = m.port(f, d.outputs)
		}
		return err
	})
}

// port adds what a ValueInfoProto declares.
func (m *modelReader) port(f protoField, ports []Port) ([]Port, error) {
	if f.size > maxPortSize || len(ports) == maxPorts {
		return nil, fmt.Errorf("the model has more than %d inputs or outputs, or one that is declared in more than %d bytes", maxPorts, maxPortSize)
	}
	var p Port
	err := m.inside(f, func(f protoField) (err error) {
		switch {
		case !f.nested:
		case f.number == 1: // name
			p.Name, err = m.text(f)
		case f.number == 2: // type: a TypeProto
			err = m.inside(f, func(f protoField) error {
				if f.number == 1 && f.nested { // tensor_type; others stay [Other]
					return m.tensorType(f, &p)
				}
				return nil
			})
		}
		return err
	})
	return append(ports, p), err
}

// tensorType reads a TypeProto.Tensor.
func (m *modelReader) tensorType(f protoField, p *Port) error {
	return m.inside(f, func(f protoField) error {
		switch {
		case f.number == 1 && !f.nested: // elem_type
			if t := Type(f.value); typeNames[t] != "" {
				p.Type = t
			}
		case f.number == 2 && f.nested: // shape: a TensorShapeProto
			p.Shape = []int64{}
			return m.inside(f, func(f protoField) error {
				if f.number != 1 || !f.nested { // dim
					return nil
				}
				dim := int64(-1)
				err := m.inside(f, func(f protoField) error {
					if f.number == 1 && !f.nested && int64(f.value) >= 0 { // dim_value; dim_param is a name for a free one
						dim = int64(f.value)
					}
					return nil
				})
				p.Shape = append(p.Shape, dim)
				return err
			})
		}
		return nil
	})
}
