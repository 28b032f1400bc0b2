package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/knowledge"

	"golang.org/x/net/html"
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

// Open fetches what stands at an address: a page and, where the Config says so,
// those that it links to; the pages that a sitemap names; or one file of another
// kind. The source is a file or a folder; for pages its Files are a [*Site], and
// [HTML] and [Website] read it. It lies in a temporary folder that the function
// returned removes.
func (f *Fetcher) Open(ctx context.Context, address string) (src Source, remove func() error, err error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return Source{}, nil, fmt.Errorf("reading the address: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return Source{}, nil, fmt.Errorf("%q is no address of the web; it begins with https:// or http://", address)
	case u.User != nil:
		return Source{}, nil, errors.New("the address holds a name or a password; save the page from a browser and import the file")
	}
	u.Fragment, u.RawFragment = "", ""
	dir, err := os.MkdirTemp("", "frontdesk-import-")
	if err != nil {
		return Source{}, nil, fmt.Errorf("making a folder for what is fetched: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	defer f.client.CloseIdleConnections()
	f.site, f.rules, f.public = u, nil, false
	t := &trip{Fetcher: f, end: time.Now().Add(f.c.Time), dir: dir, site: &Site{files: os.DirFS(dir), pages: map[string]*fetchedPage{}}, known: map[string]bool{}}
	name, err := t.start(ctx, u)
	if err != nil {
		return Source{}, nil, errors.Join(fmt.Errorf("fetching %s: %w", u, err), remove())
	}
	return Source{Name: u.String(), Files: t.site, Path: name}, remove, nil
}

// A trip is one reading of a site.
type trip struct {
	*Fetcher
	end   time.Time // of all requests
	dir   string
	site  *Site
	size  int64
	known map[string]bool // addresses that were fetched or are to be
}

// start fetches the first thing, and what it leads to. The name is of the one
// file that there is, or ".".
func (t *trip) start(ctx context.Context, u *url.URL) (name string, err error) {
	limited, cancel := context.WithDeadline(ctx, t.end)
	defer cancel()
	defer func() {
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			err = t.tooLong()
		}
	}()
	if t.rules, err = t.rulesOf(limited, u); err != nil {
		return "", err
	}
	if !t.rules.allow(u) {
		return "", errRobots
	}
	t.tell(u.String(), 1)
	limit := t.c.PageSize
	if strings.Contains(strings.ToLower(u.Path), "sitemap") {
		limit = max(limit, maxSitemap)
	}
	got, err := t.get(limited, u, limit)
	switch {
	case err != nil:
		return "", err
	case got.status != http.StatusOK:
		return "", fmt.Errorf("the server says %s", statusText(got.status))
	case isSitemap(got.data):
		return ".", t.sitemaps(ctx, got)
	case int64(len(got.data)) > t.c.PageSize:
		return "", fmt.Errorf("it is larger than %d KiB", t.c.PageSize>>10)
	}
	if name, err = t.keep(got); err != nil || t.c.Depth == 0 || !isPageType(got.contentType) {
		return name, err
	}
	t.known[key(u)], t.known[key(got.address)] = true, true
	below := got.address.Path[:strings.LastIndexByte(got.address.Path, '/')+1]
	next := t.links(got, below)
	for depth := 1; depth <= t.c.Depth && len(next) > 0; depth++ {
		var further []*url.URL
		if err := t.pages(ctx, next, func(got *fetched) {
			if depth < t.c.Depth {
				further = append(further, t.links(got, below)...)
			}
		}); err != nil {
			return "", err
		}
		next = further
	}
	return ".", nil
}

// sitemaps fetches the pages that a sitemap names, and the sitemaps.
func (t *trip) sitemaps(ctx context.Context, first *fetched) error {
	limited, cancel := context.WithDeadline(ctx, t.end)
	defer cancel()
	queue := []*fetched{first}
	seen := map[string]bool{first.address.String(): true}
	var pages []*url.URL
	for len(queue) > 0 {
		named, further, err := readSitemap(queue[0].data)
		if err != nil {
			if queue[0] == first {
				return err
			}
			t.leave(queue[0].address.String(), err)
		}
		at := queue[0].address
		queue = queue[1:]
		for _, s := range named {
			if u := t.resolve(at, s); u != nil && !t.known[key(u)] {
				t.known[key(u)] = true
				pages = append(pages, u)
			}
		}
		for _, s := range further {
			u := t.resolve(at, s)
			if u == nil || seen[u.String()] {
				continue
			}
			seen[u.String()] = true
			if len(seen) > maxSitemaps {
				t.leave(u.String(), fmt.Errorf("more than %d sitemaps", maxSitemaps))
				continue
			}
			got, err := t.get(limited, u, maxSitemap)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case limited.Err() != nil:
				t.leave(u.String(), t.tooLong())
			case err != nil:
				t.leave(u.String(), err)
			case got.status != http.StatusOK:
				t.leave(u.String(), fmt.Errorf("the server says %s", statusText(got.status)))
			default:
				queue = append(queue, got)
			}
		}
	}
	return t.pages(ctx, pages, func(*fetched) {})
}

// resolve gives an address that a sitemap names, if it may be read.
func (t *trip) resolve(from *url.URL, s string) *url.URL {
	u, err := from.Parse(s)
	if err != nil {
		t.leave(s, errors.New("it is no address"))
		return nil
	}
	u.Fragment, u.RawFragment = "", ""
	switch {
	case !sameSite(t.Fetcher.site, u):
		t.leave(u.Redacted(), errors.New("it is on another host"))
		return nil
	case !t.rules.allow(u):
		t.leave(u.String(), errRobots)
		return nil
	}
	return u
}

// pages fetches pages, one after the other, within the bounds.
func (t *trip) pages(ctx context.Context, all []*url.URL, then func(*fetched)) error {
	limited, cancel := context.WithDeadline(ctx, t.end)
	defer cancel()
	for i, u := range all {
		over := ""
		switch {
		case len(t.site.pages) >= t.c.Pages:
			over = fmt.Sprintf("more than %d pages", t.c.Pages)
		case t.size >= t.c.Size:
			over = fmt.Sprintf("more than %d MiB", t.c.Size>>20)
		case limited.Err() != nil && ctx.Err() == nil:
			t.leave(fmt.Sprintf("%s and %d more", u, len(all)-i-1), t.tooLong())
			return nil
		}
		if over != "" {
			t.leave(fmt.Sprintf("%s and %d more", u, len(all)-i-1), errors.New("the site takes "+over))
			return nil
		}
		t.tell(u.String(), len(t.known))
		got, err := t.get(limited, u, min(t.c.PageSize, t.c.Size-t.size))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			t.leave(u.String(), err)
			continue
		case got.status != http.StatusOK:
			t.leave(u.String(), fmt.Errorf("the server says %s", statusText(got.status)))
			continue
		case !isPageType(got.contentType):
			t.leave(u.String(), fmt.Errorf("it is %q, no page", shown(got.contentType)))
			continue
		}
		if _, err := t.keep(got); err != nil {
			return err
		}
		then(got)
	}
	return nil
}

func (t *trip) tooLong() error { return fmt.Errorf("the site takes longer than %v", t.c.Time) }

func (t *trip) tell(address string, known int) {
	if t.c.Told != nil {
		t.c.Told(address, len(t.site.pages), known)
	}
}

func (t *trip) leave(what string, why error) {
	if len(t.site.left) < maxLeft {
		t.site.left = append(t.site.left, Left{Pos: knowledge.Pos{File: t.Fetcher.site.String()}, What: shown(what), Why: why.Error()})
	}
}

func isPageType(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType) // "" for what is no type.
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// key is the same for addresses of one page.
func key(u *url.URL) string {
	k := *u
	k.Scheme, k.Fragment, k.RawFragment = "", "", ""
	if k.Path == "" {
		k.Path = "/"
	}
	return k.String()
}

// links gives the pages on the same host, below a folder, to which a page links
// and that are not known yet.
func (t *trip) links(got *fetched, below string) []*url.URL {
	var out []*url.URL
	base := got.address
	z := html.NewTokenizer(bytes.NewReader(got.data))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		node := &html.Node{Attr: token.Attr}
		href := attr(node, "href")
		if token.Data == "base" && href != "" {
			if u, err := got.address.Parse(href); err == nil {
				base = u
			}
		}
		if token.Data != "a" || href == "" || slices.Contains(strings.Fields(attr(node, "rel")), "nofollow") {
			continue
		}
		u, err := base.Parse(strings.TrimSpace(href))
		if err != nil || !sameSite(t.Fetcher.site, u) || !strings.HasPrefix(u.Path, below) || u.User != nil || t.known[key(u)] || !t.rules.allow(u) {
			continue
		}
		if len(t.known) > 2*t.c.Pages+maxSitemaps {
			break
		}
		u.Fragment, u.RawFragment = "", ""
		t.known[key(u)] = true
		out = append(out, u)
	}
	return out
}

var plainExt = regexp.MustCompile(`^\.[a-z0-9]{1,8}$`)

// keep writes what was fetched into the folder, under a name that its address
// gives.
func (t *trip) keep(got *fetched) (string, error) {
	p := got.address.Path
	ext := strings.ToLower(path.Ext(p))
	if !plainExt.MatchString(ext) {
		ext = ""
	}
	if isPageType(got.contentType) {
		ext = ".html"
	} else if kind, _, _ := mime.ParseMediaType(got.contentType); kind == "application/ld+json" {
		ext = ".jsonld"
	}
	if strings.HasSuffix(p, "/") {
		p += "index"
	}
	if q := got.address.RawQuery; q != "" {
		p = strings.TrimSuffix(p, path.Ext(p)) + "-" + q + ".x"
	}
	stem := strings.ToLower(strings.TrimSuffix(guidePath(p), ".md"))
	if dir, base := path.Split(stem); dir != "" {
		stem = strings.ReplaceAll(dir, ".", "-") + base // A folder has no dot, and a page has one, so no name is both.
	}
	name := stem + ext
	for n := 2; t.site.pages[name] != nil; n++ {
		name = fmt.Sprintf("%s-%d%s", stem, n, ext)
	}
	file := filepath.Join(t.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("keeping what was fetched: %w", err)
	}
	if err := os.WriteFile(file, got.data, 0o600); err != nil {
		return "", fmt.Errorf("keeping what was fetched: %w", err)
	}
	t.size += int64(len(got.data))
	t.site.pages[name] = &fetchedPage{address: got.address, contentType: got.contentType}
	return name, nil
}
