package importer

import (
	"fmt"
	"io"

	"golang.org/x/text/encoding/htmlindex"
)

// xmlCharset decodes XML that says that it is no UTF-8.
func xmlCharset(label string, in io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(label)
	if err != nil {
		return nil, fmt.Errorf("the encoding %q is not known", label)
	}
	return e.NewDecoder().Reader(in), nil
}
