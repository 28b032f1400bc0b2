package onnx

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A graph is what an ONNX file says of itself and a session does not tell.
type graph struct {
	external []string // the files that hold its weights, as it names them; sorted
	// rounds says that the model computes with less than float32: it has weights
	// of 16 bits, or quantises as it runs. What a text then gives depends on what
	// is in the batch beside it, by the scale of the steps or by which code
	// computes a batch of that size.
	rounds bool
	size   int64 // bytes of the file
}

// Bounds of what a graph may name.
const (
	maxExternal = 10000
	maxDepth    = 32 // graphs within graphs
)

// readGraph reads an ONNX file, and adds all of it to the hash. What is no ONNX
// gives what was understood until there: the runtime says it better.
func readGraph(file string, sum hash.Hash) (graph, error) {
	f, err := os.Open(file)
	if err != nil {
		return graph{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return graph{}, err
	}
	all := io.TeeReader(f, sum)
	w := walker{r: bufio.NewReaderSize(all, 64<<10), external: map[string]bool{}}
	if err := w.message(modelMessage, info.Size(), 0); err != nil && !errors.Is(err, errNoONNX) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return graph{}, err
	}
	if _, err := io.Copy(io.Discard, w.r); err != nil {
		return graph{}, err
	}
	g := graph{rounds: w.rounds, size: info.Size()}
	for name := range w.external {
		g.external = append(g.external, name)
	}
	slices.Sort(g.external)
	return g, nil
}

// hashFile adds a file to the hash and gives its size.
func hashFile(file string, sum hash.Hash) (int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(sum, f)
}

// A walker goes through the protocol buffers of an ONNX file, of which it reads
// only names (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto,
// https://protobuf.dev/programming-guides/encoding/).
type walker struct {
	r        *bufio.Reader
	external map[string]bool
	rounds   bool
	key      string // of the entry that is read
}

// A message is a kind of message of ONNX, or of a text in one.
type message uint8

const (
	skipped message = iota
	modelMessage
	graphMessage
	functionMessage
	nodeMessage
	attributeMessage
	tensorMessage
	entryMessage
	operatorText
	keyText
	valueText
)

// Types of weights, by their numbers in TensorProto.DataType.
const (
	float16  = 10
	bfloat16 = 16
)

// fields says what lies in the fields that matter, by their numbers.
var fields = map[message]map[uint64]message{
	modelMessage:     {7: graphMessage, 25: functionMessage},
	graphMessage:     {1: nodeMessage, 5: tensorMessage},
	functionMessage:  {7: nodeMessage},
	nodeMessage:      {4: operatorText, 5: attributeMessage},
	attributeMessage: {5: tensorMessage, 6: graphMessage, 10: tensorMessage, 11: graphMessage},
	tensorMessage:    {13: entryMessage},
	entryMessage:     {1: keyText, 2: valueText},
}

var errNoONNX = errors.New("it is no ONNX")

// message reads size bytes that are a message of a kind.
func (w *walker) message(kind message, size int64, depth int) error {
	if depth > maxDepth {
		return errNoONNX
	}
	for size > 0 {
		tag, err := w.varint(&size)
		if err != nil {
			return err
		}
		switch tag & 7 {
		case 0:
			var v uint64
			v, err = w.varint(&size)
			if kind == tensorMessage && tag>>3 == 2 { // data_type
				w.rounds = w.rounds || v == float16 || v == bfloat16
			}
		case 1:
			err = w.skip(8, &size)
		case 2:
			err = w.field(fields[kind][tag>>3], &size, depth)
		case 5:
			err = w.skip(4, &size)
		default:
			err = errNoONNX
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// field reads a field that states its length.
func (w *walker) field(kind message, size *int64, depth int) error {
	n, err := w.varint(size)
	if err != nil {
		return err
	}
	if n > uint64(max(*size, 0)) {
		return errNoONNX
	}
	switch {
	case kind == skipped:
		return w.skip(int64(n), size)
	case kind < operatorText:
		*size -= int64(n)
		return w.message(kind, int64(n), depth+1)
	}
	return w.text(kind, int64(n), size)
}

// text reads a short text that matters.
func (w *walker) text(kind message, n int64, size *int64) error {
	if n > 4096 {
		return w.skip(n, size)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(w.r, b); err != nil {
		return err
	}
	*size -= n
	switch text := string(b); {
	case kind == operatorText:
		w.rounds = w.rounds || strings.Contains(text, "Quantize") || strings.Contains(text, "NBits")
	case kind == keyText:
		w.key = text
	case kind == valueText && w.key == "location" && len(w.external) < maxExternal:
		w.external[text] = true
	}
	return nil
}

func (w *walker) skip(n int64, size *int64) error {
	*size -= n
	if *size < 0 {
		return errNoONNX
	}
	for n > 0 {
		step := min(n, 1<<30) // Discard takes an int
		if _, err := w.r.Discard(int(step)); err != nil {
			return err
		}
		n -= step
	}
	return nil
}

func (w *walker) varint(size *int64) (uint64, error) {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, err
		}
		*size--
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if *size < 0 {
				return 0, errNoONNX
			}
			return v, nil
		}
	}
	return 0, errNoONNX
}

// weigh reads the model's files: their bytes go into the hash, each after its
// name and size, and it gives how many they are.
func (r *reading) weigh(model string, sum hash.Hash) (g graph, bytes int64) {
	own := sha256.New()
	g, err := readGraph(r.path(model), own)
	if err != nil {
		r.unreadable(model, err)
		return g, 0
	}
	bytes = g.size
	fmt.Fprintf(sum, "model %d\n%x\n", g.size, own.Sum(nil))
	for _, name := range g.external {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			r.fault(model, fmt.Sprintf("its weights lie outside of its folder, in %.200q", name), "put all files of the model into one folder")
			continue
		}
		beside := filepath.ToSlash(filepath.Join(filepath.Dir(filepath.FromSlash(model)), filepath.FromSlash(name)))
		own := sha256.New()
		size, err := hashFile(r.path(beside), own)
		if errors.Is(err, os.ErrNotExist) {
			r.fault(beside, "it is missing, and "+model+" keeps its weights in it", "put the model's own file here")
		} else if err != nil {
			r.unreadable(beside, err)
		}
		bytes += size
		fmt.Fprintf(sum, "weights %q %d\n%x\n", name, size, own.Sum(nil))
	}
	return g, bytes
}
