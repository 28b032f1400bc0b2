package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// isSitemapFile tells a sitemap that is imported as a file.
func isSitemapFile(s Source) bool {
	ext := s.ext()
	return !s.isDir() && (ext == ".xml" || ext == ".gz") && isSitemap(s.head(s.Path))
}

// loneSitemap is the fault of a sitemap without its site. Who imports a file
// does not expect that something is fetched for it.
func loneSitemap(ctx context.Context, s Source) error {
	data, err := newInput(s).data(ctx, s.Path, maxSitemap)
	if err != nil {
		return err
	}
	pages, further, err := readSitemap(data)
	if err != nil {
		return fault.List{{File: s.Name, What: err.Error(), Do: "import the site by its address instead, such as https://www.example.org/sitemap.xml"}}
	}
	all := append(pages, further...)
	do := "import the sitemap by its own address, which begins with https://"
	if len(all) > 0 {
		if u := webAddress(all[0]); u != nil {
			do = fmt.Sprintf("import the sitemap by its own address, such as %s://%s/%s", u.Scheme, u.Host, path.Base(s.Path))
		}
	}
	return fault.List{{File: s.Name, What: fmt.Sprintf("a sitemap names addresses, here %d, and those of a file are not fetched", len(all)), Do: do}}
}

// inOrder puts the pages of a folder into the order of the sitemap.xml in it;
// what that does not name comes last. What it names and is not there is told.
func (t *taker) inOrder(ctx context.Context, in *input, names []string) ([]string, error) {
	first := path.Join(in.Path, "sitemap.xml")
	if _, fetched := in.Files.(*Site); fetched {
		return names, nil
	}
	if info, err := fs.Stat(in.Files, first); err != nil || !info.Mode().IsRegular() {
		return names, nil
	}
	there := map[string]bool{}
	for _, name := range names {
		there[name] = true
	}
	rank := map[string]int{}
	missing, example := 0, ""
	miss := func(loc string) {
		if missing++; missing == 1 {
			example = loc
		}
	}
	queue, seen := []string{first}, map[string]bool{first: true}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		data, err := in.data(ctx, at, maxSitemap)
		var pages, further []string
		if err == nil {
			pages, further, err = readSitemap(data)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			why := err.Error()
			if faults, ok := errors.AsType[fault.List](err); ok && len(faults) > 0 {
				why = faults[0].What
			}
			if err := t.found.leave(knowledge.Pos{File: in.title(at)}, "the order of the sitemap", why); err != nil {
				return nil, err
			}
			continue
		}
		for _, loc := range pages {
			name := fileOf(in.Path, loc, func(name string) bool { return there[name] })
			switch _, had := rank[name]; {
			case name == "":
				miss(loc)
			case !had:
				rank[name] = len(rank)
			}
		}
		for _, loc := range further {
			name := fileOf(in.Path, loc, func(name string) bool {
				info, err := fs.Stat(in.Files, name)
				return err == nil && info.Mode().IsRegular()
			})
			switch {
			case name == "" || len(seen) == maxSitemaps && !seen[name]:
				miss(loc)
			case !seen[name]:
				seen[name] = true
				queue = append(queue, name)
			}
		}
	}
	if missing > 0 {
		what := shown(example)
		if missing > 1 {
			what = fmt.Sprintf("%s and %d more", what, missing-1)
		}
		if err := t.found.leave(knowledge.Pos{File: in.title(first)}, what, "the sitemap names what is not in the folder"); err != nil {
			return nil, err
		}
	}
	place := func(name string) int {
		if n, ok := rank[name]; ok {
			return n
		}
		return math.MaxInt
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return names, nil
}

// fileOf gives the file of a folder that stands for an address, or "". The
// folder may hold the whole site or what is below one of its folders.
func fileOf(dir, address string, is func(name string) bool) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	p := strings.Trim(path.Clean("/"+u.Path), "/")
	for range 8 { // folders above the one that is there
		var names []string
		if p != "" {
			names = append(names, p)
			for _, ext := range pageExt {
				names = append(names, p+ext)
			}
		}
		for _, ext := range pageExt {
			names = append(names, path.Join(p, "index"+ext))
		}
		for _, name := range names {
			if name = path.Join(dir, name); fs.ValidPath(name) && is(name) {
				return name
			}
		}
		_, below, more := strings.Cut(p, "/")
		if !more {
			return ""
		}
		p = below
	}
	return ""
}
