package chat

import "sync"

// links are the connections to a platform.
type links struct {
	mu sync.Mutex
	up map[string]bool
}

// Link notes whether a connection to the platform stands, by a name for it. Until
// all those that were ever noted stand, the desk is not connected.
func (d *Desk) Link(name string, up bool) {
	d.links.mu.Lock()
	defer d.links.mu.Unlock()
	if d.links.up == nil {
		d.links.up = map[string]bool{}
	}
	d.links.up[name] = up
}

// Connected says whether every connection to the platform stands, and there is one.
func (d *Desk) Connected() bool {
	d.links.mu.Lock()
	defer d.links.mu.Unlock()
	for _, up := range d.links.up {
		if !up {
			return false
		}
	}
	return len(d.links.up) > 0
}
