// Command convert makes the model file of package static from weights in the
// FQE1 form:
//
//	go run ./retrieval/static/convert static-192.fqe retrieval/static/model.bin
//
// FQE1, little endian: "FQE1"; uint32 words V, buckets B, dimension D; V times a
// uint8 length and the word; V+B float32 scales of the rows; (V+B)×D int8, the
// rows of the words and then of the buckets.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"frontdesk/retrieval/static"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "use: convert WEIGHTS.fqe MODEL.bin")
		os.Exit(2)
	}
	if err := convert(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func convert(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	weights, err := read(data)
	if err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	model, err := weights.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(to, model, 0o644)
}

// read reads the FQE1 form.
func read(data []byte) (static.Weights, error) {
	const maxRows, maxDim = 1 << 22, 4096
	var w static.Weights
	r := bytes.NewReader(data)
	var head struct {
		Magic               [4]byte
		Words, Buckets, Dim uint32
	}
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return w, fmt.Errorf("its header: %w", err)
	}
	if string(head.Magic[:]) != "FQE1" {
		return w, errors.New("it does not begin with FQE1")
	}
	if head.Words > maxRows || head.Buckets > maxRows || head.Dim > maxDim {
		return w, errors.New("its sizes are out of bounds")
	}
	for range head.Words {
		n, err := r.ReadByte()
		if err != nil {
			return w, fmt.Errorf("its words: %w", err)
		}
		word := make([]byte, n)
		if _, err := io.ReadFull(r, word); err != nil {
			return w, fmt.Errorf("its words: %w", err)
		}
		w.Words = append(w.Words, string(word))
	}
	rows := int(head.Words + head.Buckets)
	w.Dim = int(head.Dim)
	if want := rows * (4 + w.Dim); r.Len() != want {
		return w, fmt.Errorf("%d bytes follow its words and not %d", r.Len(), want)
	}
	w.Scales = make([]float32, rows)
	w.Rows = make([]int8, rows*w.Dim)
	if err := binary.Read(r, binary.LittleEndian, w.Scales); err != nil {
		return w, fmt.Errorf("its scales: %w", err)
	}
	if err := binary.Read(r, binary.LittleEndian, w.Rows); err != nil {
		return w, fmt.Errorf("its rows: %w", err)
	}
	return w, nil
}
