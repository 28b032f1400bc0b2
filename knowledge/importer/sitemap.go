package importer

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of sitemaps, those of https://www.sitemaps.org/protocol.html.
const (
	maxSitemap     = 50 << 20 // bytes, unpacked
	maxSitemapURLs = 50_000
	maxSitemaps    = 100 // read for one site
)

// isSitemap tells a sitemap, or an index of some, by its first bytes. One that
// is packed is unpacked for it.
func isSitemap(head []byte) bool {
	if isGzip(head) {
		z, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return false
		}
		head, _ = io.ReadAll(io.LimitReader(z, 4096)) // It ends early, as the head does.
	}
	head = head[:min(len(head), 4096)]
	return bytes.Contains(head, []byte("<urlset")) || bytes.Contains(head, []byte("<sitemapindex"))
}

func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }

// readSitemap gives the addresses of pages and of further sitemaps.
func readSitemap(data []byte) (pages, sitemaps []string, err error) {
	if isGzip(data) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, nil, fmt.Errorf("unpacking the sitemap: %w", err)
		}
		if data, err = io.ReadAll(io.LimitReader(z, maxSitemap+1)); err != nil {
			return nil, nil, fmt.Errorf("unpacking the sitemap: %w", err)
		}
	}
	if len(data) > maxSitemap {
		return nil, nil, fmt.Errorf("the sitemap is larger than %d MiB", maxSitemap>>20)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = xmlCharset
	var path []string
	var loc strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return pages, sitemaps, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the sitemap: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if path = append(path, token.Name.Local); len(path) > 16 {
				return nil, nil, errors.New("the sitemap is nested too deep")
			}
			loc.Reset()
		case xml.CharData:
			if len(path) == 3 && path[2] == "loc" && loc.Len() < maxHTMLURL {
				loc.Write(token)
			}
		case xml.EndElement:
			if len(path) == 3 && path[2] == "loc" {
				switch at := strings.TrimSpace(loc.String()); {
				case at == "":
				case path[1] == "url":
					pages = append(pages, at)
				case path[1] == "sitemap":
					sitemaps = append(sitemaps, at)
				}
			}
			path = path[:len(path)-1]
		}
		if len(pages)+len(sitemaps) > maxSitemapURLs {
			return nil, nil, fmt.Errorf("the sitemap names more than %d addresses", maxSitemapURLs)
		}
	}
}
