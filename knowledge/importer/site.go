package importer

import (
	"io/fs"
	"net/url"
)

// A Site is what a [Fetcher] fetched, as files in a folder. It is safe for
// concurrent use.
type Site struct {
	files fs.FS
	pages map[string]*fetchedPage // by the names of files
	left  []Left                  // what was not fetched
}

type fetchedPage struct {
	address     *url.URL
	contentType string
}

// Open opens a file of the site.
func (s *Site) Open(name string) (fs.File, error) { return s.files.Open(name) }
