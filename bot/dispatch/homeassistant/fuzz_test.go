package homeassistant_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"frontdesk/bot/dispatch/homeassistant"
)

// FuzzValues holds that a value is sent as it is or not at all: it never becomes
// another key, another device, or another path.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"light.kitchen", "all", "light.a,light.b", `","entity_id":"all`, "../config", "a.b?x=1", "{{ states('x') }}", "\x00", "\xff", "ä", "1e9", "${env:HOME}", "null", ""} {
		f.Add(s)
	}
	cfg := config("http://home.example")
	c, err := homeassistant.New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string) {
		values := call(map[string]string{"x": value})
		preview := func(settings string) (path string, body map[string]any) {
			text := runner(t, c, settings).Preview(values)
			if strings.HasPrefix(text, "refuse: ") {
				return "", nil
			}
			lines := strings.SplitN(text, "\n", 3)
			_, address, _ := strings.Cut(lines[0], " ")
			u, err := url.Parse(address)
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			if len(lines) == 3 {
				if err := json.Unmarshal([]byte(lines[2]), &body); err != nil {
					t.Fatalf("%q: %v in %s", value, err, lines[2])
				}
			}
			return u.Path + u.RawQuery, body
		}
		path, body := preview(`{service: light.turn_on, target: {entity_id: "{x}"}, data: {note: "<{x}>"}}`)
		if path != "" && (path != "/api/services/light/turn_on" || len(body) != 2 || body["entity_id"] != value || body["note"] != "<"+value+">" || strings.Count(value, ".") != 1) {
			t.Errorf("%q: %s %v", value, path, body)
		}
		path, body = preview(`{intent: HassTurnOn, slots: {name: "{x}", domain: light}}`)
		data, _ := body["data"].(map[string]any)
		if path != "" && (path != "/api/intent/handle" || len(body) != 2 || len(data) != 2 || data["name"] != value || data["domain"] != "light") {
			t.Errorf("%q: %s %v", value, path, body)
		}
		if path == "" && utf8.ValidString(value) && len(value) < 8000 {
			t.Errorf("%q is refused", value)
		}
		if path, _ = preview(`{state: "sensor.{x}"}`); path != "" && path != "/api/states/sensor."+value {
			t.Errorf("%q: %s", value, path)
		}
	})
}
