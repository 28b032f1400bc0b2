package terminal

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// notify brings the interrupts, and stops for good when the process is asked to
// end.
func notify(stop context.CancelFunc) chan os.Signal {
	interrupts, term := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		<-term
		stop()
	}()
	return interrupts
}
