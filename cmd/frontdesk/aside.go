package main

import (
	"io"
	"sync/atomic"
)

// An aside is where the log goes while a desk listens: it takes the line that moves
// away first, and then puts it back.
type aside struct {
	out   io.Writer
	stage atomic.Pointer[stage] // nil before there is one
}

// by names the stage whose line moves.
func (a *aside) by(s *stage) { a.stage.Store(s) }

// Write writes a line of the log.
func (a *aside) Write(p []byte) (int, error) {
	s := a.stage.Load()
	if s == nil || s.moves == nil {
		return a.out.Write(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == nil && !s.over {
		_, s.fault = io.WriteString(s.out, eraseLine)
	}
	n, err := a.out.Write(p)
	if s.fault == nil && !s.over {
		_, s.fault = io.WriteString(s.out, s.meter())
	}
	return n, err
}
