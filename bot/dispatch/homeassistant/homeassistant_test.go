package homeassistant_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/homeassistant/hatest"
	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

const token = "a-long-lived-token"

func config(url string) homeassistant.Config {
	cfg := homeassistant.DefaultConfig()
	cfg.URL, cfg.Token = url, secret.New(token)
	return cfg
}

func client(t *testing.T, cfg homeassistant.Config) *homeassistant.Client {
	t.Helper()
	c, err := homeassistant.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// kind gives the runner for settings, or what is wrong with them.
func kind(t *testing.T, c *homeassistant.Client, settings string) (dispatch.Runner, fault.List) {
	t.Helper()
	node, faults := strictyaml.Parse("k.yaml", []byte(settings))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return c.Kind(knowledge.Action{Kind: "homeassistant", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}})
}

func runner(t *testing.T, c *homeassistant.Client, settings string) dispatch.Runner {
	t.Helper()
	r, faults := kind(t, c, settings)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r
}

// call gives a call with values; the slots n and m are numbers.
func call(values map[string]string) bot.Call {
	c := bot.Call{Base: "home", Conversation: "here", Slots: map[string]template.Value{},
		Entry: &knowledge.Entry{ID: "x", Command: &knowledge.Command{Slots: map[string]*knowledge.Slot{
			"n": {Slot: template.Slot{Type: template.Percentage}}, "m": {Slot: template.Slot{Type: template.Number}}}}}}
	for name, v := range values {
		c.Slots[name] = template.Value{Slot: name, Canonical: v, Said: v}
	}
	return c
}

func run(t *testing.T, r dispatch.Runner, values map[string]string) bot.Result {
	t.Helper()
	result, err := r.Run(t.Context(), call(values))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprintf("%+v", result), token) {
		t.Errorf("the token is in %+v", result)
	}
	return result
}

func TestRun(t *testing.T) {
	s := hatest.New(token)
	defer s.Close()
	c := client(t, config(s.URL+"/"))
	for _, test := range []struct {
		name, settings string
		values         map[string]string
		path           string
		body           map[string]any
		result         bot.Result
	}{
		{"a service", `{service: light.turn_on, target: {entity_id: "{lamp}"}, data: {brightness_pct: "{n}", color_name: red, flash: false, note: "{text} {n}"}}`,
			map[string]string{"lamp": "light.kitchen_lamp", "n": "40", "text": `"},x`}, "/api/services/light/turn_on",
			map[string]any{"entity_id": "light.kitchen_lamp", "brightness_pct": 40.0, "color_name": "red", "flash": false, "note": `"},x 40`}, bot.Result{}},
		{"without what was not said", `{service: light.turn_off, target: {entity_id: ["{lamp}", light.reading], area_id: "{area}"}, data: {transition: "{m}"}}`,
			map[string]string{"lamp": "light.kitchen_lamp"}, "/api/services/light/turn_off",
			map[string]any{"entity_id": []any{"light.kitchen_lamp", "light.reading"}}, bot.Result{}},
		{"a service that answers", `{service: weather.get_forecasts, target: {entity_id: weather.home}, data: {type: daily}, response: true, output: $..condition}`,
			nil, "/api/services/weather/get_forecasts?return_response", map[string]any{"entity_id": "weather.home", "type": "daily"}, bot.Result{Output: "sunny"}},
		{"all that it answers", `{service: weather.get_forecasts, target: {entity_id: weather.home}, response: true}`,
			nil, "/api/services/weather/get_forecasts?return_response", map[string]any{"entity_id": "weather.home"},
			bot.Result{Output: `{"weather.home":{"forecast":[{"condition":"sunny","temperature":21.5}]}}`}},
		{"an intent", `{intent: HassTurnOn, slots: {name: "{lamp}", area: "{area}", domain: [light, switch]}}`,
			map[string]string{"lamp": "Kitchen lamp"}, "/api/intent/handle",
			map[string]any{"name": "HassTurnOn", "data": map[string]any{"name": "Kitchen lamp", "domain": []any{"light", "switch"}}}, bot.Result{}},
		{"numbers", `{intent: HassLightSet, language: en, slots: {name: "{lamp}", brightness: "{n}{level}", volume: "{m}"}, multiply: {volume: 0.01}}`,
			map[string]string{"lamp": "light.reading", "n": "50", "m": "57"}, "/api/intent/handle",
			map[string]any{"name": "HassLightSet", "language": "en", "data": map[string]any{"name": "light.reading", "brightness": "50", "volume": 0.57}}, bot.Result{}},
		{"a question", `{intent: HassGetState, slots: {name: "{name}"}}`,
			map[string]string{"name": "Study temperature"}, "/api/states/sensor.study_temperature", map[string]any{},
			bot.Result{Output: "Study temperature: 21.5 °C"}},
		{"an intent that fails", `{intent: HassTurnOn, slots: {name: "{lamp}"}}`,
			map[string]string{"lamp": "moon"}, "/api/intent/handle", map[string]any{"name": "HassTurnOn", "data": map[string]any{"name": "moon"}},
			bot.Result{Failed: true, Problem: "Sorry, I am not aware of any such device", Warning: "Home Assistant: no_valid_targets"}},
		{"an intent that is not known", `{intent: HassFly}`, nil, "/api/intent/handle", map[string]any{"name": "HassFly", "data": map[string]any{}},
			bot.Result{Failed: true, Problem: "Home Assistant could not do it",
				Warning: "Home Assistant answered 500: 500 Internal Server Error; it may not know the intent HassFly, or not with these slots"}},
		{"a state", `{state: "{sensor}"}`, map[string]string{"sensor": "sensor.study_temperature"}, "/api/states/sensor.study_temperature", map[string]any{}, bot.Result{Output: "21.5"}},
		{"an attribute", `{state: sensor.study_temperature, output: $.attributes.unit_of_measurement}`, nil, "/api/states/sensor.study_temperature", map[string]any{}, bot.Result{Output: "°C"}},
		{"no such attribute", `{state: sensor.study_temperature, output: $.attributes.x}`, nil, "/api/states/sensor.study_temperature", map[string]any{},
			bot.Result{Failed: true, Problem: "Home Assistant answered something else than was expected", Warning: `Home Assistant: the answer has nothing at $["attributes"]["x"]`}},
		{"no such state", `{state: sensor.none}`, nil, "/api/states/sensor.none", map[string]any{},
			bot.Result{Failed: true, Problem: "Home Assistant has no such entity", Warning: "Home Assistant answered 404: Entity not found."}},
		{"no such service", `{service: light.fly, target: {area_id: kitchen}}`, nil, "/api/services/light/fly", map[string]any{"area_id": "kitchen"},
			bot.Result{Failed: true, Problem: "Home Assistant refused it",
				Warning: "Home Assistant answered 400: 400: Bad Request; check that there is the service light.fly, and what it takes"}},
		{"no such response", `{service: light.turn_on, target: {area_id: kitchen}, response: true}`, nil, "/api/services/light/turn_on?return_response", map[string]any{"area_id": "kitchen"},
			bot.Result{Failed: true, Problem: "Home Assistant refused it: Service does not support responses. Remove return_response from request.",
				Warning: "Home Assistant answered 400: Service does not support responses. Remove return_response from request.; check that there is the service light.turn_on, and what it takes"}},
		{"a short answer", `{state: sensor.study_temperature, output: $.attributes.friendly_name, output_limit: 5, timeout: 5s}`, nil, "/api/states/sensor.study_temperature",
			map[string]any{}, bot.Result{Output: "Study\n… (cut after 5 bytes)"}},
		{"a hand-over", `{conversation: "{text}", agent_id: conversation.house, language: en}`, map[string]string{"text": "hello"}, "/api/conversation/process",
			map[string]any{"text": "hello", "agent_id": "conversation.house", "language": "en"}, bot.Result{Output: "You said: hello"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := run(t, runner(t, c, test.settings), test.values); got != test.result {
				t.Errorf("%+v, want %+v", got, test.result)
			}
			sent := s.Requests()
			last := sent[len(sent)-1]
			if last.Path != test.path || !cmp.Equal(last.Body, test.body) {
				t.Errorf("sent to %s, want %s: %s", last.Path, test.path, cmp.Diff(test.body, last.Body))
			}
		})
	}
	if s.State("light.kitchen_lamp") != "on" || s.State("light.reading") != "on" || s.Attribute("light.reading", "brightness") != "128" {
		t.Errorf("the lamps are %s and %s", s.State("light.kitchen_lamp"), s.State("light.reading"))
	}
}

// TestRefusedValues holds that nothing is sent where a value is no id.
func TestRefusedValues(t *testing.T) {
	s := hatest.New(token)
	defer s.Close()
	c := client(t, config(s.URL))
	for _, settings := range []string{
		`{service: light.turn_on, target: {entity_id: "{x}"}}`, `{service: light.turn_on, target: {area_id: ["{x}"], entity_id: light.kitchen_lamp}}`,
		`{service: light.turn_on, target: {entity_id: "light.{x}"}}`, `{state: "{x}"}`, `{state: "sensor.{x}"}`,
	} {
		r := runner(t, c, settings)
		for _, value := range []string{"", "all.", "light.kitchen_lamp,light.cellar", "../config", "sensor.x/../../config", "LIGHT.x ", "light.a\n", `light.a","x":"y`, "ä", "a b", "\xff", strings.Repeat("a", 300)} {
			if got := run(t, r, map[string]string{"x": value}); !got.Failed || !strings.Contains(got.Problem, "is no single thing that Home Assistant has") || len(got.Problem) > 150 {
				t.Errorf("%s with %q: %+v", settings, value, got)
			}
		}
	}
	if got := run(t, runner(t, c, `{service: light.turn_on, target: {entity_id: "{x}"}}`), map[string]string{"x": "all"}); !got.Failed {
		t.Errorf("all lamps are switched on: %+v", got)
	}
	if got := run(t, runner(t, c, `{service: light.turn_on, target: {entity_id: "{x}", area_id: "{y}"}}`), nil); got.Problem != "it is not said which device is meant" {
		t.Errorf("no target: %+v", got)
	}
	for _, settings := range []string{`{conversation: "{x}"}`, `{conversation: "tell {x}"}`} {
		if got := run(t, runner(t, c, settings), map[string]string{"x": "\xff"}); !got.Failed {
			t.Errorf("%s with bytes: %+v", settings, got)
		}
	}
	if got := run(t, runner(t, c, `{intent: HassTurnOn, slots: {name: "{x}"}}`), map[string]string{"x": strings.Repeat("a", 70_000)}); !strings.Contains(got.Problem, "too long") {
		t.Errorf("a long value: %+v", got)
	}
	if got := run(t, runner(t, c, `{intent: HassLightSet, slots: {v: "{x}"}, multiply: {v: 2}}`), map[string]string{"x": "NaN"}); got.Problem != "a value is no number" {
		t.Errorf("no number: %+v", got)
	}
	if sent := s.Requests(); len(sent) > 0 {
		t.Errorf("sent: %v", sent)
	}
}

// TestConversation holds that an agent remembers a conversation, and no other.
func TestConversation(t *testing.T) {
	s := hatest.New(token)
	defer s.Close()
	s.Converse = func(text, _, conversation string) (string, string) {
		if text == "fail" {
			return "I cannot", "error"
		}
		return conversation, "action_done"
	}
	r := runner(t, client(t, config(s.URL)), `{conversation: "{text}"}`)
	say := func(conversation, text string) bot.Result {
		c := call(map[string]string{"text": text})
		c.Conversation = conversation
		result, err := r.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	var got []string
	for _, conversation := range []string{"a", "b", "a", "", "", "b"} {
		got = append(got, say(conversation, "hello").Output)
	}
	want := []string{"conversation-1", "conversation-2", "conversation-1", "conversation-3", "conversation-4", "conversation-2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := say("a", "fail"); !got.Failed || got.Problem != "I cannot" {
		t.Errorf("%+v", got)
	}
}

func TestPreview(t *testing.T) {
	c := client(t, config("https://home.example/base"))
	for settings, want := range map[string]string{
		`{service: light.turn_on, target: {entity_id: "{x}"}, data: {n: "{n}"}}`: "POST https://home.example/base/api/services/light/turn_on\nAuthorization: Bearer ***\n{\"entity_id\":\"light.a\",\"n\":7}",
		`{state: "{x}"}`:                 "GET https://home.example/base/api/states/light.a\nAuthorization: Bearer ***",
		`{state: "sensor.{x}"}`:          `refuse: "sensor.light.a" is no single thing that Home Assistant has`,
		`{intent: A, slots: {a: "{x}"}}`: "POST https://home.example/base/api/intent/handle\nAuthorization: Bearer ***\n{\"data\":{\"a\":\"light.a\"},\"name\":\"A\"}",
		`{conversation: "say <{x}>"}`:    "POST https://home.example/base/api/conversation/process\nAuthorization: Bearer ***\n{\"text\":\"say <light.a>\"}",
	} {
		if got := runner(t, c, settings).Preview(call(map[string]string{"x": "light.a", "n": "7"})); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", settings, got, want)
		}
	}
}

func TestSettingsFaults(t *testing.T) {
	c := client(t, config("http://home.example"))
	for settings, want := range map[string]string{
		`{}`:                                                             "k.yaml:1:1: it is not said what Home Assistant shall do; write one of service:, intent:, state: and conversation:",
		`{service: a.b, state: a.b}`:                                     "a command does one thing, and not service and state",
		`{service: "{x}.on"}`:                                            "a service cannot hold the slot {x}",
		`{service: turn_on}`:                                             `"turn_on" names no service; write it as light.turn_on`,
		`{service: ""}`:                                                  `"" names no service`,
		`{intent: "a b"}`:                                                `"a b" names no intent`,
		`{state: sensor}`:                                                `"sensor" names no entity`,
		`{conversation: " "}`:                                            "nothing would be said",
		`{service: a.b, target: {room_id: x}}`:                           `a target has no "room_id"; it has entity_id, device_id, area_id, floor_id and label_id`,
		`{service: a.b, target: x}`:                                      `target has no keys; write for example target: {key: "{slot}"}`,
		`{service: a.b, target: {entity_id: Lamp}}`:                      `"Lamp" is no entity_id; write for example light.kitchen`,
		`{service: a.b, target: {entity_id: [[a]]}}`:                     "entity_id is neither a text nor a list of texts",
		`{service: a.b, data: {entity_id: "{x}"}}`:                       "entity_id says for what a service is called; write it under target:, where it is checked",
		`{service: a.b, output: $.x}`:                                    "the service is not asked for a response that could be shown; write response: true",
		`{service: a.b, slots: {a: b}, agent_id: x}`:                     "slots: has no meaning with service:; it belongs to intent:",
		`{intent: A, output: $.x}`:                                       "output: has no meaning with intent:; it belongs to service: and state:",
		`{intent: A, slots: {a: b}, multiply: {a: 2}}`:                   `"a" cannot be multiplied`,
		`{state: a.b, output: x}`:                                        `"x" says of no answer what is shown`,
		`{state: a.b, timeout: 1h}`:                                      "a command cannot have 1h0m0s",
		`{state: a.b, output_limit: -1}`:                                 "-1 bytes of output cannot be shown",
		`{intent: A, sluts: {}}`:                                         `unknown key "sluts"; did you mean "slots"?`,
		`{intent: A, slots: {"{x}": a}}`:                                 "a key cannot hold the slot {x}",
		`{conversation: "{x}", agent_id: "{y}"}`:                         "agent_id cannot hold the slot {y}",
		`{service: a.b, target: {entity_id: all}, data: {a: {b: "{x"}}}`: "{ is never closed",
	} {
		_, faults := kind(t, c, settings)
		if len(faults) == 0 || !strings.Contains(faults.Error(), want) {
			t.Errorf("%s: %v\nwant %s", settings, faults, want)
		}
	}
	r := runner(t, c, `{service: a.b, target: {entity_id: ["{x}", "{y}"]}, data: {n: [{m: "{z} {x}"}]}}`)
	if diff := cmp.Diff([]string{"x", "y", "z"}, r.Slots()); diff != "" {
		t.Error(diff)
	}
	nowhere := client(t, homeassistant.DefaultConfig())
	_, faults := kind(t, nowhere, `{state: a.b}`)
	if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "k.yaml:1:1: it is not said where Home Assistant is; write homeassistant: {url:") {
		t.Errorf("without a section: %v", faults)
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*homeassistant.Config)
		want   string
	}{
		"nothing":     {func(c *homeassistant.Config) { *c = homeassistant.DefaultConfig() }, ""},
		"all":         {func(*homeassistant.Config) {}, ""},
		"no url":      {func(c *homeassistant.Config) { c.URL = "" }, "url: it is not said where Home Assistant is"},
		"no address":  {func(c *homeassistant.Config) { c.URL = "home" }, "url: it is no address of a server"},
		"a user":      {func(c *homeassistant.Config) { c.URL = "http://a:b@c" }, "url: the address holds a user"},
		"a query":     {func(c *homeassistant.Config) { c.URL = "http://c?a" }, "url: the address holds more than a path"},
		"no token":    {func(c *homeassistant.Config) { c.Token = secret.String{} }, "token: Home Assistant needs a token"},
		"a long time": {func(c *homeassistant.Config) { c.Timeout = time.Hour }, "timeout: a call cannot take 1h0m0s"},
	} {
		cfg := config("http://home.example")
		c.change(&cfg)
		var got []string
		cfg.Check(func(key, what, _ string) { got = append(got, key+": "+what) })
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestTrouble holds what is said when there is no answer, or a wrong one.
func TestTrouble(t *testing.T) {
	respond := func(status int, header map[string]string, body string) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(status)
			fmt.Fprint(w, strings.ReplaceAll(body, "TOKEN", r.Header.Get("Authorization")))
		}))
		t.Cleanup(s.Close)
		return s
	}
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	house := hatest.New("another")
	defer house.Close()
	const state, intent, talk = `{state: sensor.a}`, `{intent: A}`, `{conversation: a}`
	for name, c := range map[string]struct{ url, settings, problem, warning string }{
		"a wrong token":  {house.URL, state, "Home Assistant does not accept the desk's token", "Home Assistant answered 401: 401: Unauthorized; make a new token there"},
		"nobody there":   {"http://127.0.0.1:1", state, "Home Assistant could not be reached", "connection refused"},
		"too slow":       {slow.URL, state, "Home Assistant took longer than 200ms", ""},
		"a redirect":     {respond(302, map[string]string{"Location": "http://evil.example/"}, "").URL, state, "Home Assistant is elsewhere", "write the address that it leads to"},
		"no intents":     {respond(404, nil, "404: Not Found").URL, intent, "Home Assistant takes no intents", `write "intent:" into its configuration.yaml`},
		"no JSON":        {respond(200, nil, "<html>").URL, intent, "Home Assistant could not be understood", "invalid character"},
		"no JSON either": {respond(200, nil, "hm").URL, talk, "Home Assistant could not be understood", "invalid character"},
		"no JSON at all": {respond(200, nil, "hm").URL, state, "Home Assistant answered something else than was expected", "the answer is no JSON"},
		"an echo":        {respond(400, nil, `{"message": "bad TOKEN\u001b[31m"}`).URL, state, "Home Assistant refused it: bad Bearer ***", "bad Bearer ***"},
		"too much":       {respond(200, nil, strings.Repeat(" ", 5<<20)).URL, state, "Home Assistant could not be understood", "larger than 4 MiB"},
		"failed things":  {respond(200, nil, `{"response_type": "action_done", "data": {"failed": [{"name": "Lamp"}, {"id": "light.b"}]}}`).URL, intent, "it failed for Lamp, light.b", ""},
	} {
		cfg := config(c.url)
		cfg.Timeout = time.Minute
		if name == "too slow" {
			cfg.Timeout = 200 * time.Millisecond
		}
		got := run(t, runner(t, client(t, cfg), c.settings), nil)
		if !got.Failed || got.Problem != c.problem || !strings.Contains(got.Warning, c.warning) {
			t.Errorf("%s: %+v, want %s and %s", name, got, c.problem, c.warning)
		}
	}
}

func TestCertificate(t *testing.T) {
	s := hatest.NewTLS(token)
	defer s.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config(s.URL)
	if got := run(t, runner(t, client(t, cfg), `{state: sensor.study_temperature}`), nil); got.Problem != "Home Assistant could not prove that it is the right one" {
		t.Errorf("%+v", got)
	}
	cfg.CA = file
	if got := run(t, runner(t, client(t, cfg), `{state: sensor.study_temperature}`), nil); got.Output != "21.5" {
		t.Errorf("%+v", got)
	}
	for content, want := range map[string]string{"": "holds none in PEM", "x": "holds none in PEM"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := homeassistant.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
	cfg.CA = filepath.Dir(file)
	if _, err := homeassistant.New(cfg); err == nil {
		t.Error("a folder is taken for certificates")
	}
}
