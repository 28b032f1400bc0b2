package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/knowledge/importer"
)

// unfinished are the paths whose answers we do not hear to the end, so that
// their ends are not known here.
var unfinished = map[string]bool{"/endless": true, "/bomb": true, "/slow": true, "/large": true}

// webSite serves pages by their paths, and says when more than one request is
// made at a time.
func webSite(t *testing.T, pages map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	var now atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !unfinished[r.URL.Path] {
			if now.Add(1) > 1 {
				t.Error("two requests at a time")
			}
			defer now.Add(-1)
		}
		if !strings.HasPrefix(r.UserAgent(), "frontdesk-import") {
			t.Errorf("we do not say who we are, but %q", r.UserAgent())
		}
		h := pages[r.URL.RequestURI()]
		if h == nil {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func says(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body) // An error is the reader's, who went away.
	}
}

func page(title, body string) http.HandlerFunc {
	return says("text/html; charset=utf-8", "<!DOCTYPE html><title>"+title+"</title><body><h1>"+title+"</h1>"+body)
}

func leadsTo(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func quick() importer.FetchConfig {
	return importer.FetchConfig{Pause: time.Nanosecond, PageTime: 10 * time.Second, PageSize: 1 << 20}
}

// fetchedSite fetches an address and reads what is there.
func fetchedSite(t *testing.T, c importer.FetchConfig, address string) string {
	t.Helper()
	src, remove, err := importer.NewFetcher(c).Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	r := importer.HTML()
	if src.Path == "." {
		r = importer.Website()
	}
	if !r.Recognise(src) {
		t.Errorf("%s is not recognised by %s", src.Path, r.Format)
	}
	out := written(t, r, src, importer.Options{})
	if err := remove(); err != nil {
		t.Error(err)
	}
	return out
}

func pageHolds(t *testing.T, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in:\n%s", want, got)
		}
	}
}

func TestFetchPage(t *testing.T) {
	s := webSite(t, map[string]http.HandlerFunc{
		"/robots.txt": says("text/plain", "User-agent: *\nDisallow: /private\n"),
		"/help":       leadsTo("/help/"),
		"/help/":      page("Where is it?", `<p><a href="map?x=1#y">Here</a>.</p>`),
	})
	got := fetchedSite(t, quick(), s.URL+"/help#top")
	pageHolds(t, got, "question: Where is it?", "[Here]("+s.URL+"/help/map?x=1#y).")
	if strings.Contains(got, "error") {
		t.Error(got)
	}
}

func TestFetchRefuses(t *testing.T) {
	other := webSite(t, map[string]http.HandlerFunc{"/": page("Other", "x")})
	endless := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for { // until the other side has had enough
			if _, err := io.WriteString(w, strings.Repeat("<p>more</p>", 1000)); err != nil {
				return
			}
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 20 {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<p>I begin")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	s := webSite(t, map[string]http.HandlerFunc{
		"/robots.txt": says("text/plain", "User-agent: frontdesk-import\nDisallow: /private\n\nUser-agent: *\nAllow: /\n"),
		"/private/x":  page("x", "x"), "/secret": leadsTo("/private/x"), "/away": leadsTo(other.URL + "/"), "/round": leadsTo("/round"),
		"/endless": endless, "/bomb": bomb, "/slow": slow, "/file": leadsTo("file:///etc/passwd"),
	})
	angry := webSite(t, map[string]http.HandlerFunc{
		"/":           page("x", "x"),
		"/robots.txt": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	})
	for address, want := range map[string]string{
		s.URL + "/private/x":          "robots.txt asks programs not to read it",
		s.URL + "/secret":             "robots.txt asks programs not to read it",
		s.URL + "/away":               "it leads to " + other.URL + "/ on another host",
		s.URL + "/file":               "on another host",
		s.URL + "/round":              "it leads on more than 5 times",
		s.URL + "/none":               "the server says 404 Not Found",
		s.URL + "/endless":            "it is larger than",
		s.URL + "/bomb":               "it is larger than",
		s.URL + "/slow":               "it took longer than",
		angry.URL:                     "the server says 502 Bad Gateway; try later",
		"ftp://example.org/":          "is no address of the web",
		"help":                        "is no address of the web",
		"https://me:pw@host.example/": "holds a name or a password",
		"http://127.0.0.1:1/":         "asking http://127.0.0.1:1/robots.txt for its rules",
		"http://[::1]:namedport/":     "reading the address",
		"http://127.0.0.1:1/\x7f":     "reading the address",
	} {
		t.Run(address, func(t *testing.T) {
			c := quick()
			if strings.HasSuffix(address, "/slow") {
				c.PageTime = 300 * time.Millisecond
			}
			t.Setenv("TMPDIR", t.TempDir())
			_, _, err := importer.NewFetcher(c).Open(t.Context(), address)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v; want %s", err, want)
			}
			if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
				t.Errorf("something stays behind: %v %v", left, err)
			}
		})
	}
}

func TestFetchSitemap(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/b?lang=en</loc></url><url><loc>/a</loc></url></urlset>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := webSite(t, map[string]http.HandlerFunc{
		"/robots.txt": says("text/plain", "User-agent: *\nDisallow: /private\n"),
		"/sitemap.xml": says("text/xml", `<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE x [<!ENTITY a "aa">]>
<sitemapindex><sitemap><loc>/one.xml</loc></sitemap><sitemap><loc>/two.xml.gz</loc></sitemap><sitemap><loc>/sitemap.xml</loc></sitemap><sitemap><loc>/three.xml</loc></sitemap><sitemap><loc>/four.xml</loc></sitemap></sitemapindex>`),
		"/one.xml": says("application/xml", `<urlset><url><loc>
 /a </loc><lastmod>2020-01-01</lastmod></url><url><loc>https://other.example/x</loc></url><url><loc>/private/y</loc></url><url><loc>/gone</loc></url>
<url><loc>/paper.pdf</loc></url><url><loc>/large</loc></url><url><loc>/a/../../../etc/c.php</loc></url></urlset>`),
		"/two.xml.gz":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) },
		"/three.xml":     says("text/xml", "<urlset><url>"),
		"/a":             page("What is a?", "<p>A letter.</p>"),
		"/b?lang=en":     page("What is b?", "<p>Another.</p>"),
		"/paper.pdf":     says("application/pdf", "%PDF"),
		"/large":         page("Large?", strings.Repeat("<p>large</p>", 1<<17)),
		"/etc/c.php":     page("What is c?", "<p>The third.</p>"),
		"/a/index.html/": page("never", "asked"),
	})
	got := fetchedSite(t, quick(), s.URL+"/sitemap.xml")
	pageHolds(t, got, "question: What is a?", "question: What is b?", "question: What is c?", "at: "+s.URL+"/b?lang=en",
		"https://other.example/x: it is on another host", "/private/y: the site", "/gone: the server says 404", `/paper.pdf: it is "application/pdf", no page`,
		"/large: it is larger than 1024 KiB", "/three.xml: reading the sitemap", "/four.xml: the server says 404")
	c := quick()
	c.Pages = 1
	pageHolds(t, fetchedSite(t, c, s.URL+"/sitemap.xml"), "the site takes more than 1 pages")
}

// TestFetchEnds holds that the time of a site bounds all that is asked of it.
func TestFetchEnds(t *testing.T) {
	never := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	index := says("text/xml", `<sitemapindex><sitemap><loc>/one.xml</loc></sitemap><sitemap><loc>/two.xml</loc></sitemap></sitemapindex>`)
	for name, pages := range map[string]map[string]http.HandlerFunc{
		"robots.txt": {"/robots.txt": never},
		"a sitemap":  {"/sitemap.xml": never},
		"sitemaps":   {"/sitemap.xml": index, "/one.xml": never, "/two.xml": never},
		"pages":      {"/sitemap.xml": says("text/xml", "<urlset><url><loc>/a</loc></url><url><loc>/b</loc></url></urlset>"), "/a": never, "/b": never},
	} {
		s := webSite(t, pages)
		c := quick()
		c.PageTime, c.Time = time.Hour, 200*time.Millisecond
		src, remove, err := importer.NewFetcher(c).Open(t.Context(), s.URL+"/sitemap.xml")
		told := fmt.Sprint(err)
		if err == nil { // It began in time.
			found, err := importer.Website().Read(t.Context(), src, importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			told = fmt.Sprint(found.Left)
			if err := remove(); err != nil {
				t.Error(err)
			}
		}
		if !strings.Contains(told, "the site takes longer than 200ms") {
			t.Errorf("%s: %s", name, told)
		}
	}
}

func TestFetchLinks(t *testing.T) {
	pages := map[string]http.HandlerFunc{
		"/docs/": page("Docs?", `<p>All. <a href="one">1</a> <a href="/docs/one#x">1</a> <a href="/else">no</a> <a rel="nofollow" href="no">no</a>
			<a href="mailto:x@example.org">m</a> <a href="one.pdf">pdf</a> <a href="HTTP://other.example/docs/x">o</a></p>`),
		"/docs/one": page("One?", `<p>First. <a href="two">2</a> <a href="./">up</a></p>`), "/docs/two": page("Two?", `<p>Second. <a href="three">3</a></p>`),
		"/docs/three": page("Three?", "<p>Third.</p>"), "/docs/one.pdf": says("application/pdf", "%PDF"),
	}
	s := webSite(t, pages)
	c := quick()
	c.Depth = 2
	var told []string
	c.Told = func(address string, done, known int) {
		told = append(told, fmt.Sprintf("%s %d/%d", strings.TrimPrefix(address, s.URL), done, known))
	}
	got := fetchedSite(t, c, s.URL+"/docs/")
	pageHolds(t, got, "question: Docs?", "question: One?", "question: Two?", "one.pdf: it is")
	if strings.Contains(got, "Three?") || strings.Contains(got, "else:") {
		t.Error(got)
	}
	if want := "/docs/ 0/1, /docs/one 1/3, /docs/one.pdf 2/4, /docs/two 2/4"; strings.Join(told, ", ") != want {
		t.Error(strings.Join(told, ", "))
	}
}

func TestFetchFile(t *testing.T) {
	s := webSite(t, map[string]http.HandlerFunc{
		"/x/faq.csv?v=1": says("text/csv", "question,answer\n"), "/faq": says("application/ld+json", `{"@type":"Question","name":"a?","acceptedAnswer":"b"}`),
	})
	for address, want := range map[string]string{"/x/faq.csv?v=1": "x/faq-v-1.csv", "/faq": "faq.jsonld"} {
		src, remove, err := importer.NewFetcher(quick()).Open(t.Context(), s.URL+address)
		if err != nil {
			t.Fatal(err)
		}
		if src.Path != want {
			t.Errorf("%s is %s", address, src.Path)
		}
		if want == "faq.jsonld" && !importer.FAQPage().Recognise(src) {
			t.Error("JSON-LD is not recognised")
		}
		if err := remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestFetchStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := webSite(t, map[string]http.HandlerFunc{
		"/sitemap.xml": says("text/xml", `<urlset><url><loc>/a</loc></url><url><loc>/b</loc></url></urlset>`),
		"/a":           func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() },
		"/b":           func(http.ResponseWriter, *http.Request) { t.Error("it goes on") },
	})
	t.Setenv("TMPDIR", t.TempDir())
	if _, _, err := importer.NewFetcher(quick()).Open(ctx, s.URL+"/sitemap.xml"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("something stays behind: %v %v", left, err)
	}
}

func TestFetchAsksAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("the server asks for a second")
	}
	times := 0
	s := webSite(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if times++; times == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		page("Now?", "<p>Yes.</p>")(w, r)
	}})
	pageHolds(t, fetchedSite(t, quick(), s.URL), "question: Now?")
}
