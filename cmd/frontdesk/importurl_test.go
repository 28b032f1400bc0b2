package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The program imports from an address: one page, and the pages of a sitemap; and
// a site that asks programs to stay away is not read.
func TestImportAddress(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	page := func(question, answer string) string {
		return `<!DOCTYPE html><html lang="en"><title>FAQ</title><body><script type="application/ld+json">` + fmt.Sprintf(
			`{"@context":"https://schema.org","@type":"FAQPage","mainEntity":[{"@type":"Question","name":%q,"acceptedAnswer":{"@type":"Answer","text":%q}}]}`,
			question, answer) + `</script></body></html>`
	}
	for _, c := range []struct {
		name, robots, path string
		flags              []string
		code               int
		says               []string
		asked              []string // of the site
	}{
		{"page", "", "/faq.html", nil, 0,
			[]string{"1 added in", "do-you-ship-abroad"}, []string{"/robots.txt", "/faq.html"}},
		{"sitemap", "User-agent: *\nDisallow: /private\n", "/sitemap.xml", []string{"--pages", "5"}, 0,
			[]string{"1 added in", "when-is-the-pool-open"}, []string{"/robots.txt", "/sitemap.xml", "/pool.html"}},
		{"refused", "User-agent: *\nDisallow: /\n", "/faq.html", nil, 1,
			[]string{"robots.txt asks programs not to read it", "save the page from a browser"}, []string{"/robots.txt"}},
		{"not there", "", "/nosuch.html", nil, 1, []string{"404"}, []string{"/robots.txt", "/nosuch.html"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var asked []string
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				asked = append(asked, r.URL.Path)
				mu.Unlock()
				pages := map[string]string{
					"/robots.txt":   c.robots,
					"/faq.html":     page("Do you ship abroad?", "Within Europe."),
					"/pool.html":    page("When is the pool open?", "From six to ten."),
					"/private.html": page("Where is the safe?", "Behind the picture."),
				}
				pages["/sitemap.xml"] = `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://` + r.Host +
					`/pool.html</loc></url><url><loc>http://` + r.Host + `/private.html</loc></url></urlset>`
				text := pages[r.URL.Path]
				switch {
				case text == "":
					http.NotFound(w, r)
					return
				case strings.HasSuffix(r.URL.Path, ".html"):
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
				case strings.HasSuffix(r.URL.Path, ".xml"):
					w.Header().Set("Content-Type", "application/xml")
				}
				_, _ = w.Write([]byte(text)) // An error is the program's, which went away.
			}))
			t.Cleanup(site.Close)
			dir := deskFolder(t)
			if err := os.MkdirAll(filepath.Join(dir, "kb"), 0o755); err != nil {
				t.Fatal(err)
			}
			config := "format: 1\ndata_dir: data\nbases:\n  desk: {knowledge: [kb]}\n"
			for name, text := range map[string]string{"config.yaml": config, "kb/desk.yaml": "format: 1\nfaq:\n  - {id: key, question: Where is the key?, answer: Under the mat.}\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := program(t, dir, append([]string{"import", site.URL + c.path, "--accept"}, c.flags...)...)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("it ended with %d, wanted %d", code, c.code)
			}
			for _, s := range c.says {
				if !strings.Contains(string(out), s) {
					t.Errorf("it does not say %q", s)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(asked, c.asked) {
				t.Errorf("asked of the site: %q, wanted %q", asked, c.asked)
			}
			if t.Failed() {
				t.Logf("%s", out)
			}
		})
	}
}
