package webhook

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// FuzzURL puts values into URLs. A URL that is taken at all stays what it is,
// and the value arrives as it is.
func FuzzURL(f *testing.F) {
	for _, u := range []string{
		"http://h.example/a/{a}/b?x=1&y={a}", "http://h.example/{a}", "https://h.example:8443/?q={a}&r={a}x", "http://h.example/a{a}b/..?{a}", "{a}", "http://h.example/%41{a}",
		"http://[::1]/{a}", "http://h.example?x={a}?", "http://h.example/a;b={a}", "http://h.example/x?a=b=c{a};d=e", "https://h.example/{a}{a}/$[]",
	} {
		for _, v := range []string{"kitchen", "..", "/", "&b=1", "#", "%2e", "\x00\xff", "@evil.example", ""} {
			f.Add(u, v)
		}
	}
	f.Fuzz(func(t *testing.T, written, value string) {
		if strings.Contains(written, "${") {
			t.Skip("it would name a secret")
		}
		seen := (*http.Request)(nil)
		r, err := seenRequest(written, value, func(req *http.Request) { seen = req })
		if err != nil {
			return
		}
		if r.Failed || seen == nil {
			if seen != nil {
				t.Errorf("%q with %q: refused, and sent", written, value)
			}
			return
		}
		text, err := knowledge.ParseText(written)
		if err != nil {
			t.Fatal(err)
		}
		fixed, err := url.Parse(text.Expand(func(string) string { return "kitchen" }))
		if err != nil {
			t.Fatal(err)
		}
		got, err := url.Parse(seen.URL.String())
		if err != nil {
			t.Fatal(err)
		}
		if got.Host != fixed.Host || got.Scheme != fixed.Scheme || got.Fragment != "" || got.User != nil {
			t.Errorf("%q with %q goes to %s", written, value, got)
		}
		a, b := strings.Split(fixed.EscapedPath(), "/"), strings.Split(got.EscapedPath(), "/")
		x, y := strings.Split(fixed.RawQuery, "&"), strings.Split(got.RawQuery, "&")
		if len(a) != len(b) || len(x) != len(y) {
			t.Fatalf("%q with %q becomes %s", written, value, got)
		}
		for i := range a {
			was, err := url.PathUnescape(a[i])
			if err != nil {
				t.Fatal(err)
			}
			is, err := url.PathUnescape(b[i])
			if err != nil {
				t.Errorf("%q with %q has the segment %q: %v", written, value, b[i], err)
			}
			if !strings.Contains(text.Expand(func(string) string { return "" }), "kitchen") && strings.ReplaceAll(was, "kitchen", value) != is {
				t.Errorf("%q with %q has the segment %q", written, value, is)
			}
			if was != is && (is == "." || is == ".." || is == "") {
				t.Errorf("%q with %q has the segment %q", written, value, is)
			}
		}
	})
}

// seenRequest runs a command with one URL in which every slot has the same value,
// and shows the request to see instead of sending it.
func seenRequest(written, value string, see func(*http.Request)) (bot.Result, error) {
	text := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: written}
	private := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
	r, faults := newRunner(knowledge.Action{Kind: "webhook", Pos: knowledge.Pos{File: "k.yaml"}, Node: &yaml.Node{
		Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "url"}, text,
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "allow_private"}, private,
		},
	}})
	if len(faults) > 0 {
		return bot.Result{}, faults
	}
	r.client.Transport = seeing(see)
	c := bot.Call{Slots: map[string]template.Value{}}
	for _, slot := range r.Slots() {
		c.Slots[slot] = template.Value{Canonical: value}
	}
	return r.Run(context.Background(), c)
}

type seeing func(*http.Request)

func (s seeing) RoundTrip(req *http.Request) (*http.Response, error) {
	s(req)
	if req.Body != nil {
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}
