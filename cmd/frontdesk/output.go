package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	if err := notRead(file, inputs); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	if err := maybe.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", file, plainError(err))
	}
	return nil
}

// notRead gives an error where a file to write is one of the inputs: at once, before
// anything that takes long.
func notRead(file string, inputs []string) error {
	for _, in := range inputs {
		if sameFile(in, file) {
			return usage(fmt.Errorf("%s is read and cannot be written as well; choose another file to write", file))
		}
	}
	return nil
}

// writePrivate is writeTo for what may be long and is nobody else's business: it
// is not gathered in memory, and the file is for its owner alone.
func writePrivate(file string, w io.Writer, inputs []string, write func(io.Writer) error) (err error) {
	if file == "" || file == "-" {
		return writeTo(file, w, inputs, write)
	}
	if err := notRead(file, inputs); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*") // with mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, plainError(err))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", file, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	b := bufio.NewWriter(f)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
