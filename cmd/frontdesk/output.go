package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/google/renameio/v2/maybe"
)

// writeJSON prints a value on one line.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// writeTo writes what write gives to a file, all of it or nothing, or to w where
// the file is "" or "-". It refuses to replace one of the inputs.
func writeTo(file string, w io.Writer, inputs []string, write func(io.Writer) error) error {
	if file == "" || file == "-" {
		if err := write(w); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		return nil
	}
	for _, in := range inputs {
		if sameFile(in, file) {
			return usage(fmt.Errorf("%s is read and cannot be written as well; choose another file to write", file))
		}
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	if err := maybe.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
