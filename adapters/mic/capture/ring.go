package capture

import "sync/atomic"

// A ring carries samples from the one goroutine or thread that writes to the one
// that reads. It neither locks nor allocates. What finds no room is dropped and
// counted.
type ring struct {
	samples []float32 // a power of two of them
	written atomic.Uint64
	read    atomic.Uint64
	lost    atomic.Uint64
}

// newRing makes one that holds at least so many samples.
func newRing(atLeast int) *ring {
	size := 1
	for size < atLeast {
		size *= 2
	}
	return &ring{samples: make([]float32, size)}
}

// write takes what there is room for.
func (r *ring) write(samples []float32) {
	written := r.written.Load()
	room := len(r.samples) - int(written-r.read.Load())
	if len(samples) > room {
		r.lost.Add(uint64(len(samples) - room))
		samples = samples[:room]
	}
	at := int(written) & (len(r.samples) - 1)
	n := copy(r.samples[at:], samples)
	copy(r.samples, samples[n:])
	r.written.Store(written + uint64(len(samples)))
}

// take gives what is there, at most as much as fits.
func (r *ring) take(into []float32) int {
	read := r.read.Load()
	n := min(len(into), int(r.written.Load()-read))
	at := int(read) & (len(r.samples) - 1)
	m := copy(into[:n], r.samples[at:])
	copy(into[m:n], r.samples)
	r.read.Store(read + uint64(n))
	return n
}
