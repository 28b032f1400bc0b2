package terminal

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// maxLine bounds a line of input, in bytes.
const maxLine = 1 << 20

// errTooLong says that a line was longer than maxLine; all of it was read, and
// the next line can be.
var errTooLong = errors.New("line too long")

// A lineReader reads the lines of what is no terminal.
type lineReader struct {
	r *bufio.Reader
}

// next gives the next line without its end. A last line without an end counts.
func (l lineReader) next() (string, error) {
	var b strings.Builder
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if b.Len()+len(part) > maxLine+2 { // the end, "\r\n", is not of the line
			long = true
		}
		if !long {
			b.Write(part)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (err != io.EOF || b.Len() == 0 && !long):
			return "", err
		case long:
			return "", errTooLong
		}
		line := strings.TrimSuffix(strings.TrimSuffix(b.String(), "\n"), "\r")
		if len(line) > maxLine {
			return "", errTooLong
		}
		return line, nil
	}
}
