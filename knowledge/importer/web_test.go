package importer_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge/importer"
)

func TestGoldenFAQPage(t *testing.T) { golden(t, importer.FAQPage()) }

func TestGoldenHTML(t *testing.T) { golden(t, importer.HTML()) }

func TestGoldenWebsite(t *testing.T) { golden(t, importer.Website()) }

func TestGoldenWord(t *testing.T) { golden(t, importer.Word()) }

// TestSitemapAlone holds that a sitemap as a file says by which address its
// site is imported.
func TestSitemapAlone(t *testing.T) {
	for data, want := range map[string]string{
		`<urlset><url><loc>https://club.example/a</loc></url></urlset>`: "map.xml: a sitemap names addresses, here 1, and those of a file are not fetched; import the sitemap by its own address, such as https://club.example/map.xml",
		`<urlset><url><loc>/a</loc></url></urlset>`:                     "by its own address, which begins with https://",
		`<urlset><url>`: "import the site by its address",
	} {
		src := importer.Source{Name: "map.xml", Files: fstest.MapFS{"map.xml": {Data: []byte(data)}}, Path: "map.xml"}
		r, ok := importer.Recognise(src)
		if !ok || r.Format != "website" {
			t.Fatalf("%s is read as %q", data, r.Format)
		}
		if _, err := r.Read(t.Context(), src, importer.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", data, err)
		}
	}
}
