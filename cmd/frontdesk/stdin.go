package main

import (
	"context"
	"io"
)

// stdin gives the standard input, of which a read ends when ctx does. One that waits for
// a terminal or a pipe cannot be called off: it waits on while the program ends.
func (c *cli) stdin(ctx context.Context) io.Reader { return stoppable{ctx, c.in} }

type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	read := make(chan result, 1)
	buffer := make([]byte, len(p)) // p is the caller's again after this
	go func() {
		n, err := s.r.Read(buffer)
		read <- result{n, err}
	}()
	select {
	case r := <-read:
		return copy(p, buffer[:r.n]), r.err
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}
