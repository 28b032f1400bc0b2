package webhook_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/webhook"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings checks the settings that stand in a file of a folder.
func settings(t testing.TB, dir, text string) (dispatch.Runner, fault.List) {
	t.Helper()
	file := filepath.Join(dir, "k.yaml")
	node, faults := strictyaml.Parse(file, []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return webhook.New(knowledge.Action{Kind: "webhook", Node: node, Pos: knowledge.Pos{File: file, Line: 1, Col: 1}})
}

// runner is settings without faults.
func runner(t testing.TB, dir, text string) dispatch.Runner {
	t.Helper()
	r, faults := settings(t, dir, text)
	if len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, text)
	}
	return r
}

// call gives values to slots; n is a number.
func call(pairs ...string) bot.Call {
	c := bot.Call{Slots: map[string]template.Value{}, Entry: &knowledge.Entry{ID: "e", Command: &knowledge.Command{
		Slots: map[string]*knowledge.Slot{"n": {Slot: template.Slot{Type: template.Number}}},
	}}}
	for i := 0; i < len(pairs); i += 2 {
		c.Slots[pairs[i]] = template.Value{Slot: pairs[i], Said: "not " + pairs[i+1], Canonical: pairs[i+1]}
	}
	return c
}

func run(t testing.TB, r dispatch.Runner, c bot.Call) bot.Result {
	t.Helper()
	result, err := r.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// A seen is a request as it came.
type seen struct {
	*http.Request
	body string
}

// A recorder is a server that notes what it is asked.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	list []seen
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request, answer http.HandlerFunc) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	r.mu.Lock()
	r.list = append(r.list, seen{req, string(body)})
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

// take gives what came since the last time.
func (r *recorder) take() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

// record starts a server without TLS that answers; nil answers with 200.
func record(t testing.TB, answer http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.ServeHTTP(w, req, answer) }))
	t.Cleanup(r.Close)
	return r
}

// secure starts one with TLS, and puts its authority into ca.pem in a folder.
func secure(t testing.TB, answer http.HandlerFunc) (r *recorder, dir string) {
	t.Helper()
	r = &recorder{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.ServeHTTP(w, req, answer) }))
	r.EnableHTTP2 = true
	r.StartTLS()
	t.Cleanup(r.Close)
	dir = t.TempDir()
	write(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw})))
	return r, dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRequest(t *testing.T) {
	server, dir := secure(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"state": {"level": 21.50}, "echo": "token hunter2-token!"}`)
	})
	t.Setenv("WEBHOOK_TOKEN", "hunter2-token")
	write(t, dir, "password", "pass:wörd\n")
	for _, c := range []struct {
		name, settings string
		slots          []string
		want           string // request line, some headers, body
		preview        string
		output         string
	}{
		{"json", "url: URL/rooms/{a}/x?q={a}&k=1\nheaders: {x-room: \"<{a}>\", X-Two: b}\njson: {a: \"{a}\", n: [\"{n}\", 1, ~], deep: {x: {y: \"{n} {a}\"}}}\noutput: $.state.level\n", []string{"a", "living room & co", "n", "5"},
			"POST /rooms/living%20room%20%26%20co/x?q=living%20room%20%26%20co&k=1 Content-Type=application/json X-Room=<living room & co> " +
				`{"a":"living room & co","n":[5,1,null],"deep":{"x":{"y":"5 living room & co"}}}`,
			"POST URL/rooms/living%20room%20%26%20co/x?q=living%20room%20%26%20co&k=1\nX-Room: <living room & co>\nX-Two: b\n" +
				`{"a":"living room & co","n":[5,1,null],"deep":{"x":{"y":"5 living room & co"}}}`, "21.50"},
		{"texts for numbers", "url: URL/\nnumbers: false\njson: [\"{n}\"]\ncontent_type: application/vnd.x+json\n", []string{"n", "5"},
			`POST / Content-Type=application/vnd.x+json ["5"]`, "POST URL/\n[\"5\"]", ""},
		{"form", "url: URL\nform: {b: \"x {a}\", a: 1, empty: \"\"}\nmethod: PUT\n", []string{"a", "ü&=+\n"},
			"PUT / Content-Type=application/x-www-form-urlencoded b=x+%C3%BC%26%3D%2B%0A&a=1&empty=", "PUT URL\nb=x+%C3%BC%26%3D%2B%0A&a=1&empty=", ""},
		{"text", "url: URL\nbody: \"on {a}\"\n", []string{"a", "<x>"}, "POST / Content-Type=text/plain; charset=utf-8 on <x>", "POST URL\non <x>", ""},
		{"xml", "url: URL\nbody: \"<a b='{a}'>{a}</a>\"\ncontent_type: application/soap+xml\n", []string{"a", "<x>&'"},
			"POST / Content-Type=application/soap+xml <a b='&lt;x&gt;&amp;&#39;'>&lt;x&gt;&amp;&#39;</a>", "POST URL\n<a b='&lt;x&gt;&amp;&#39;'>&lt;x&gt;&amp;&#39;</a>", ""},
		{"nothing", "url: URL/a/b.c?x\nmethod: GET\noutput: text\nauth: {bearer: \"${env:WEBHOOK_TOKEN}\"}", nil,
			"GET /a/b.c?x Authorization=Bearer hunter2-token ", "GET URL/a/b.c?x\nAuthorization: ***", `{"state": {"level": 21.50}, "echo": "token ***!"}`},
		{"bearer", "url: URL\nmethod: DELETE\nauth: {bearer: \"${env:WEBHOOK_TOKEN}\"}\noutput: $.echo", nil, "DELETE / Authorization=Bearer hunter2-token ", "DELETE URL\nAuthorization: ***", "token ***!"},
		{"basic", "url: URL\nmethod: HEAD\nauth: {basic: {user: ann, password: \"${file:password}\"}}", nil, "HEAD / Authorization=Basic YW5uOnBhc3M6d8O2cmQ= ", "HEAD URL\nAuthorization: ***", ""},
		{"secrets", "url: URL/bot${env:WEBHOOK_TOKEN}/{a}?t=${env:WEBHOOK_TOKEN}\nheaders: {X-Room: \"${env:WEBHOOK_TOKEN} {a}\"}\njson: {t: \"${env:WEBHOOK_TOKEN}\"}\n", []string{"a", "${env:WEBHOOK_TOKEN}"},
			"POST /bothunter2-token/%24%7Benv%3AWEBHOOK_TOKEN%7D?t=hunter2-token Content-Type=application/json X-Room=hunter2-token ${env:WEBHOOK_TOKEN} " + `{"t":"hunter2-token"}`,
			"POST URL/bot***/%24%7Benv%3AWEBHOOK_TOKEN%7D?t=***\nX-Room: *** ${env:WEBHOOK_TOKEN}\n{\"t\":\"***\"}", ""},
	} {
		text := strings.ReplaceAll(c.settings, "URL", server.URL) + "\nallow_private: true\ntls: {ca: ca.pem}\n"
		r := runner(t, dir, text)
		values := call(c.slots...)
		preview := strings.ReplaceAll(r.Preview(values), server.URL, "URL")
		if preview != c.preview {
			t.Errorf("%s: preview\n%s\nwant\n%s", c.name, preview, c.preview)
		}
		if strings.Contains(preview, "hunter2") {
			t.Errorf("%s: the preview tells: %s", c.name, preview)
		}
		if n := len(server.take()); n > 0 {
			t.Errorf("%s: the preview asks the server %d times", c.name, n)
		}
		result := run(t, r, values)
		if result.Failed || result.Warning != "" || result.Output != c.output {
			t.Errorf("%s: %+v, want output %q", c.name, result, c.output)
		}
		for _, s := range server.take() {
			got := s.Method + " " + s.RequestURI + " "
			for _, h := range []string{"Authorization", "Content-Type", "X-Room"} {
				if v := s.Header.Get(h); v != "" {
					got += h + "=" + v + " "
				}
			}
			if got += s.body; got != c.want {
				t.Errorf("%s: the server got\n%s\nwant\n%s", c.name, got, c.want)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	var mu sync.Mutex
	status, body := 200, ""
	server := record(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	for _, c := range []struct {
		name, settings string
		status         int
		body           string
		want           bot.Result
	}{
		{"done", "", 204, "", bot.Result{}},
		{"nothing is shown", "", 200, "secret", bot.Result{}},
		{"refused", "output: text", 400, "why", bot.Result{Failed: true, Problem: "the server answered 400 Bad Request"}},
		{"expected", "expect: [404, 200]", 404, "", bot.Result{}},
		{"expected alone", "expect: 404\noutput: text", 404, "gone", bot.Result{Output: "gone"}},
		{"not expected", "expect: [201]", 200, "", bot.Result{Failed: true, Problem: "the server answered 200 OK"}},
		{"odd status", "", 599, "", bot.Result{Failed: true, Problem: "the server answered 599 "}},
		{"no JSON", "output: $.a", 200, "<html>", bot.Result{Warning: "the answer is no JSON"}},
		{"nothing there", "output: $.a", 200, "{}", bot.Result{Warning: `the answer has nothing at $["a"]`}},
		{"limit", "output: text\noutput_limit: 5", 200, "1234567", bot.Result{Output: "12345\n… (cut after 5 bytes)"}},
		{"control characters", "output: text", 200, "a\x1b[31mb\x00", bot.Result{Output: "ab"}},
		{"large text", "output: text\noutput_limit: 3", 200, strings.Repeat("x", 2<<20), bot.Result{Output: "xxx\n… (cut after 3 bytes)"}},
		{"large JSON", "output: $", 200, `"` + strings.Repeat("x", 2<<20) + `"`, bot.Result{Warning: "the answer is larger than 1048576 bytes and was not read"}},
	} {
		mu.Lock()
		status, body = c.status, c.body
		mu.Unlock()
		r := runner(t, "", "url: "+server.URL+"\nallow_private: true\n"+c.settings)
		if got := run(t, r, call()); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
