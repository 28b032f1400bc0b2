package webhook_test

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"
	"testing"

	"frontdesk/bot/dispatch/dispatchtest"
)

// A place is where a value stands in a request.
type place struct {
	name, settings string
	// value gives the value that arrived, and what is left of the request
	// without it, which must be the same whatever the value is.
	value func(seen) (value, rest string)
}

var places = []place{
	{"path", "url: URL/rooms/{a}/lights?by=desk\n", func(s seen) (string, string) {
		segments := strings.Split(s.URL.EscapedPath(), "/")
		if len(segments) != 4 {
			return "", "segments"
		}
		value := unescape(url.PathUnescape(segments[2]))
		segments[2] = ""
		return value, strings.Join(segments, "/") + "?" + s.URL.RawQuery + s.body
	}},
	{"part of a segment", "url: URL/rooms/room-{a}.json\n", func(s seen) (string, string) {
		segments := strings.Split(s.URL.EscapedPath(), "/")
		if len(segments) != 3 || !strings.HasPrefix(segments[2], "room-") || !strings.HasSuffix(segments[2], ".json") {
			return "", "segments"
		}
		return unescape(url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(segments[2], "room-"), ".json"))), segments[1] + s.URL.RawQuery
	}},
	{"query", "url: URL/rooms?by=desk&room={a}&on=1\n", func(s seen) (string, string) {
		pairs := strings.Split(s.URL.RawQuery, "&")
		if len(pairs) != 3 || !strings.HasPrefix(pairs[1], "room=") {
			return "", "pairs"
		}
		return unescape(url.QueryUnescape(strings.TrimPrefix(pairs[1], "room="))), s.URL.EscapedPath() + pairs[0] + pairs[2]
	}},
	{"header", "url: URL\nheaders: {X-Room: \"{a}\", X-By: desk}\n", func(s seen) (string, string) {
		value := s.Header.Get("X-Room")
		s.Header.Set("X-Room", "")
		text, _ := json.Marshal(s.Header)
		return value, string(text) + s.body
	}},
	{"JSON", "url: URL\njson: {by: desk, deep: [{room: \"{a}\"}], on: true}\n", func(s seen) (string, string) {
		var got struct {
			By   string
			Deep []map[string]string
			On   bool
		}
		d := json.NewDecoder(strings.NewReader(s.body))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil || d.More() || len(got.Deep) != 1 || len(got.Deep[0]) != 1 {
			return "", "JSON"
		}
		value := got.Deep[0]["room"]
		got.Deep[0]["room"] = ""
		text, _ := json.Marshal(got)
		return value, string(text)
	}},
	{"JSON number", "url: URL\njson: {level: \"{n}\"}\n", func(s seen) (string, string) {
		return "", "a number: " + s.body // none of the values is one
	}},
	{"form", "url: URL\nform: {by: desk, room: \"{a}\", on: 1}\n", func(s seen) (string, string) {
		pairs := strings.Split(s.body, "&")
		if len(pairs) != 3 || !strings.HasPrefix(pairs[1], "room=") {
			return "", "pairs"
		}
		return unescape(url.QueryUnescape(strings.TrimPrefix(pairs[1], "room="))), pairs[0] + pairs[2]
	}},
	{"XML", "url: URL\ncontent_type: text/xml\nbody: \"<on by='{a}'><room>{a}</room></on>\"\n", func(s seen) (string, string) {
		var got struct {
			XMLName xml.Name
			Attrs   []xml.Attr `xml:",any,attr"`
			Room    []string   `xml:"room"`
			Other   []struct{} `xml:",any"`
			Text    string     `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte(s.body), &got); err != nil || len(got.Attrs) != 1 || len(got.Room) != 1 ||
			len(got.Other) > 0 || got.Text != "" || got.Attrs[0].Value != got.Room[0] {
			return "", "XML"
		}
		return got.Room[0], got.XMLName.Local + got.Attrs[0].Name.Local
	}},
	{"text", "url: URL\nbody: \"on [{a}] by desk\"\n", func(s seen) (string, string) {
		if !strings.HasPrefix(s.body, "on [") || !strings.HasSuffix(s.body, "] by desk") {
			return "", "text"
		}
		return strings.TrimSuffix(strings.TrimPrefix(s.body, "on ["), "] by desk"), s.URL.String()
	}},
}

func unescape(s string, err error) string {
	if err != nil {
		return err.Error()
	}
	return s
}

// Whatever a slot is given, the request is the same but for the value, which
// arrives as it is or is refused.
func TestHostileValues(t *testing.T) {
	server := record(t, nil)
	for _, p := range places {
		r := runner(t, "", strings.ReplaceAll(p.settings, "URL", server.URL)+"allow_private: true\n")
		rest := "" // of a request with a harmless value
		if p.name != "JSON number" {
			run(t, r, call("a", "kitchen"))
			harmless := server.take()
			if len(harmless) != 1 {
				t.Fatalf("%s: no request", p.name)
			}
			var value string
			if value, rest = p.value(harmless[0]); value != "kitchen" || rest == "" {
				t.Fatalf("%s: %q arrived, with %s", p.name, value, rest)
			}
		}
		arrived, refused, through := 0, 0, 0
		for _, value := range dispatchtest.Hostile() {
			result := run(t, r, call("a", value, "n", value))
			requests := server.take()
			if result.Failed && result.Problem != "" && result.Warning == "" && len(requests) == 0 {
				refused++
				continue
			}
			arrived++
			ok := !result.Failed && len(requests) == 1 && requests[0].Method == "POST" && requests[0].Host == strings.TrimPrefix(server.URL, "http://")
			if ok {
				got, left := p.value(requests[0])
				ok = got == value && left == rest
			}
			if !ok {
				through++
				t.Errorf("%s: %.80q got through: %+v", p.name, value, result)
			}
		}
		t.Logf("%s: %d values, %d arrived as they are, %d refused, %d got through", p.name, arrived+refused, arrived, refused, through)
		if arrived < 250 && p.name != "JSON number" {
			t.Errorf("%s: only %d arrived", p.name, arrived)
		}
	}
}
