package importer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/temoto/robotstxt"
)

const maxRobots = 500 << 10 // bytes, as RFC 9309 asks for at least

var errRobots = errors.New("the site's robots.txt asks programs not to read it; save the page from a browser and import the file")

// rules are what a site asks of programs that read it.
type rules struct {
	group *robotstxt.Group
	delay time.Duration
}

// rulesOf fetches the rules of a site. As RFC 9309 says, a site without rules
// may be read, and one whose rules cannot be had now may not.
func (f *Fetcher) rulesOf(ctx context.Context, site *url.URL) (*rules, error) {
	at := &url.URL{Scheme: site.Scheme, Host: site.Host, Path: "/robots.txt"}
	got, err := f.get(ctx, at, maxRobots)
	if err != nil {
		return nil, fmt.Errorf("asking %s for its rules: %w", at, err)
	}
	if got.status >= http.StatusInternalServerError || got.status == http.StatusTooManyRequests {
		return nil, fmt.Errorf("asking %s for its rules: the server says %s; try later", at, statusText(got.status))
	}
	data, err := robotstxt.FromStatusAndBytes(got.status, got.data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", at, err)
	}
	group := data.FindGroup(agent)
	return &rules{group: group, delay: max(0, group.CrawlDelay)}, nil
}

// allow tells whether an address may be read.
func (r *rules) allow(u *url.URL) bool {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return r.group.Test(path)
}

func statusText(status int) string {
	return fmt.Sprintf("%d %s", status, http.StatusText(status))
}
