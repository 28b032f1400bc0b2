package importer

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/temoto/robotstxt"
)

// TestPrivate holds that a site of the open network does not lead into a private one.
func TestPrivate(t *testing.T) {
	f := NewFetcher(FetchConfig{})
	for _, step := range []struct {
		address string
		want    error
	}{
		{"127.0.0.1:80", nil}, {"10.0.0.1:80", nil}, {"[::1]:443", nil}, // An intranet is read as it is.
		{"192.0.2.1:80", nil}, {"[2001:db8::1]:443", nil},
		{"127.0.0.1:80", errPrivate}, {"10.0.0.1:80", errPrivate}, {"172.16.0.1:80", errPrivate}, {"192.168.1.1:80", errPrivate}, {"169.254.169.254:80", errPrivate},
		{"100.64.0.1:80", errPrivate}, {"0.0.0.0:80", errPrivate}, {"[::1]:80", errPrivate}, {"[::ffff:127.0.0.1]:80", errPrivate}, {"[fe80::1]:80", errPrivate}, {"[fd00::1]:80", errPrivate},
		{"192.0.2.2:80", nil},
	} {
		if err := f.control(t.Context(), "tcp", step.address, nil); !errors.Is(err, step.want) {
			t.Errorf("%s: %v; want %v", step.address, err, step.want)
		}
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"http://a.example/", "https://A.example:443/x", true}, {"http://a.example:80/", "http://a.example/", true},
		{"http://a.example/", "http://b.example/", false}, {"http://a.example/", "http://a.example:8080/", false}, {"http://a.example/", "ftp://a.example/", false},
		{"http://a.example/", "http://a.example.b.example/", false}, {"http://a.example:443/", "https://a.example/", false},
	} {
		a, _ := url.Parse(c.a)
		b, _ := url.Parse(c.b)
		if sameSite(a, b) != c.want {
			t.Errorf("%s and %s: not %v", c.a, c.b, c.want)
		}
	}
}

// TestCrawlDelay holds that a site's wish is longer than ours.
func TestCrawlDelay(t *testing.T) {
	data, err := robotstxt.FromString("User-agent: frontdesk-import\nCrawl-delay: 7\nDisallow: /a\n")
	if err != nil {
		t.Fatal(err)
	}
	g := data.FindGroup(agent)
	r := &rules{group: g, delay: g.CrawlDelay}
	if r.delay != 7*time.Second {
		t.Errorf("%v", r.delay)
	}
	if r.allow(&url.URL{Path: "/a/b"}) || !r.allow(&url.URL{}) || !r.allow(&url.URL{Path: "/b", RawQuery: "/a"}) {
		t.Error("the rules are not kept")
	}
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte("<urlset><url><loc>/a</loc></url></urlset>"))
	f.Add([]byte("<sitemapindex><sitemap><loc>https://a.example/b.xml.gz</loc></sitemap></sitemapindex>"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, data []byte) {
		isSitemap(data)
		pages, sitemaps, err := readSitemap(data)
		if err != nil && len(pages)+len(sitemaps) > 0 {
			t.Error("both a fault and addresses")
		}
		for _, p := range append(pages, sitemaps...) {
			if p == "" {
				t.Error("an empty address")
			}
		}
	})
}
