package shelf

import (
	"net/http"
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

// ContentRange reads the header of that name.
func ContentRange(text string) (from, total int64, ok bool) { return contentRange(text) }

// IsFilePath says whether a file of a model can lie there.
func IsFilePath(path string) bool { return isFilePath(path) }
