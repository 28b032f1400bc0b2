package shelf

import (
	"net/http"
	"testing"
	"time"
)

// Hurry has a shelf wait for next to nothing.
func (s *Shelf) Hurry(stall time.Duration) {
	s.pull = patience{connect: 5 * time.Second, stall: stall, least: 100, tries: 3, first: time.Millisecond, most: 5 * time.Millisecond}
}

// CheckRedirect is what the client of a pull asks before it follows.
func CheckRedirect(req *http.Request, via []*http.Request) error { return checkRedirect(req, via) }

// ParseCatalogue reads a catalogue and gives its faults.
func ParseCatalogue(data []byte) ([]Entry, error) {
	entries, faults := parseCatalogue("mine.yaml", data)
	return entries, faults.Err()
}

// ParseOthers reads what may be one of our other files.
func ParseOthers(data []byte) (paths []string) {
	if m, faults := parseManifest(manifestFile, data); len(faults) == 0 && len(data) > 0 {
		for _, f := range m.Files {
			paths = append(paths, f.Path)
		}
	}
	_, _ = parseSums(sumsFile, data)
	_ = parseTags(data)
	return paths
}

// TestContentRange: what is no range of bytes is none, and no part of one.
func TestContentRange(t *testing.T) {
	for text, want := range map[string][2]int64{
		"bytes 5-9/10": {5, 10}, "bytes 0-0/1": {0, 1}, "bytes -1-5/9": {-1}, "bytes 5/9": {-1}, "items 1-2/3": {-1}, "": {-1},
	} {
		from, total, ok := contentRange(text)
		if ok != (want[0] >= 0) || ok && [2]int64{from, total} != want {
			t.Errorf("%q is %d of %d, %v; want %v", text, from, total, ok, want)
		}
	}
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 5-9/10", "bytes 0-0/*", "bytes -1-5/9", "bytes 5/9", "items 1-2/3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if from, total, ok := contentRange(s); ok && (from < 0 || total < 0) {
			t.Errorf("%q: %d/%d", s, from, total)
		}
	})
}
