package importer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/tailscale/hujson"
)

var pageExt = []string{".html", ".htm", ".xhtml", ".xht"}

// newTaker begins to take pages or documents in.
func newTaker(o Options) *taker {
	return &taker{found: &Found{}, lang: strings.ToLower(o.Language), had: map[[sha256.Size]byte]string{}}
}

// FAQPage reads a file of JSON-LD with questions of schema.org
// (https://schema.org/FAQPage, https://schema.org/QAPage).
func FAQPage() Reader {
	return Reader{
		Format: "faqpage", Title: "FAQPage of schema.org (JSON-LD)",
		Recognise: func(s Source) bool {
			if ext := s.ext(); ext != ".json" && ext != ".jsonld" {
				return false
			}
			head := s.head(s.Path)
			return bytes.Contains(head, []byte("acceptedAnswer")) || bytes.Contains(head, []byte("FAQPage")) || bytes.Contains(head, []byte("schema.org"))
		},
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			text, err := newInput(s).text(ctx, s.Path, maxPage)
			if err != nil {
				return nil, err
			}
			d, err := parseSloppy(text, s.Name, 1)
			if err != nil {
				return nil, err
			}
			t := newTaker(o)
			t.base = siteAddress(s, s.Path)
			l := &linked{document: d, byID: map[string]*hujson.Object{}}
			l.index()
			if err := l.questions(t.take); err != nil {
				return nil, err
			}
			if len(t.found.Items)+len(t.found.Left) == 0 {
				return nil, fault.List{{File: s.Name, What: "the file holds no questions of schema.org", Do: `give it things of the type Question with an "acceptedAnswer"`}}
			}
			return t.found, nil
		},
	}
}

// HTML reads a page of a website: questions that it marks for machines
// (JSON-LD, microdata, RDFa) or shows as such (<details>, lists of terms,
// headings that are questions); any other text becomes a guide.
func HTML() Reader {
	return Reader{
		Format: "html", Title: "web page",
		Recognise: func(s Source) bool { return isPage(s, s.Path) },
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			data, err := newInput(s).data(ctx, s.Path, maxPage)
			if err != nil {
				return nil, err
			}
			p, err := readPage(data, siteType(s, s.Path), s.Name, siteAddress(s, s.Path))
			if err != nil {
				return nil, err
			}
			t := newTaker(o)
			if err := t.page(p, guidePath(path.Base(s.Path))); err != nil {
				return nil, err
			}
			return t.found, nil
		},
	}
}

var looksHTML = regexp.MustCompile(`(?i)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)`)

// isPage tells a page by its name, or where that says nothing by its beginning.
func isPage(s Source, name string) bool {
	ext := strings.ToLower(path.Ext(name))
	if slices.Contains(pageExt, ext) {
		return true
	}
	return (ext == "" || ext == ".php" || ext == ".asp" || ext == ".aspx" || ext == ".jsp") && looksHTML.Match(s.head(name))
}

// Website reads the pages of a folder and of the folders in it, each as [HTML]
// does, in the order of a sitemap.xml in the folder, or else of their names; or
// those of a site that a [Fetcher] fetched. A sitemap alone is a fault. Text that
// recurs on most of three pages or more is left out.
func Website() Reader {
	return Reader{
		Format: "website", Title: "website (a folder of pages)",
		Recognise: func(s Source) bool {
			if !s.isDir() {
				return isSitemapFile(s) // To say what to do with it.
			}
			if _, ok := s.Files.(*Site); ok {
				return true // Also where no page could be had: why, is told.
			}
			names, err := newInput(s).files(context.Background(), func(name string) bool { return isPage(s, name) })
			return err == nil && len(names) > 0
		},
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			if isSitemapFile(s) {
				return nil, loneSitemap(ctx, s)
			}
			in := newInput(s)
			names, err := in.files(ctx, func(name string) bool { return isPage(s, name) })
			if err != nil {
				return nil, err
			}
			t := newTaker(o)
			if names, err = t.inOrder(ctx, in, names); err != nil {
				return nil, err
			}
			if site, ok := s.Files.(*Site); ok {
				t.found.Left = append(t.found.Left, site.left...)
			}
			if t.recurring, err = recurringOf(ctx, in, names); err != nil {
				return nil, err
			}
			for _, name := range names {
				if err := t.sitePage(ctx, in, name); err != nil {
					return nil, err
				}
			}
			return t.found, nil
		},
	}
}

// sitePage takes one page of a site. One that cannot be read is told, and the
// others are read all the same.
func (t *taker) sitePage(ctx context.Context, in *input, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := in.data(ctx, name, maxPage)
	var p *webPage
	if err == nil {
		p, err = readPage(data, siteType(in.Source, name), siteName(in, name), siteAddress(in.Source, name))
	}
	if faults, ok := errors.AsType[fault.List](err); ok && len(faults) > 0 {
		return t.found.leave(knowledge.Pos{File: siteName(in, name), Line: faults[0].Line, Col: faults[0].Col}, "the page", faults[0].What)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", siteName(in, name), err)
	}
	below := name
	if in.Path != "." {
		below = strings.TrimPrefix(name, in.Path+"/")
	}
	return t.page(p, guidePath(below))
}

// siteAddress gives the address of a page that was fetched, or nil.
func siteAddress(s Source, name string) *url.URL {
	if site, ok := s.Files.(*Site); ok && site.pages[name] != nil {
		return site.pages[name].address
	}
	return nil
}

// siteName gives the name by which a page is shown: its address where it was
// fetched.
func siteName(in *input, name string) string {
	if u := siteAddress(in.Source, name); u != nil {
		return u.String()
	}
	return in.title(name)
}

// siteType gives the content type with which a page came, or "".
func siteType(s Source, name string) string {
	if site, ok := s.Files.(*Site); ok && site.pages[name] != nil {
		return site.pages[name].contentType
	}
	return ""
}
