package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bot"
)

func TestRedirects(t *testing.T) {
	other := record(t, nil)
	var mu sync.Mutex // guards target and status
	target, status := "", http.StatusTemporaryRedirect
	redirect := func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		http.Redirect(w, req, target, status)
	}
	server, dir := secure(t, func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/end":
			fmt.Fprint(w, "arrived")
		case "/loop":
			http.Redirect(w, req, "/loop", http.StatusTemporaryRedirect)
		case "/3", "/2", "/1":
			n, _ := strconv.Atoi(req.URL.Path[1:])
			http.Redirect(w, req, []string{"/end", "/1", "/2"}[n-1], http.StatusPermanentRedirect)
		case "/4":
			http.Redirect(w, req, "/3", http.StatusTemporaryRedirect)
		default:
			redirect(w, req)
		}
	})
	plain := record(t, redirect)
	for _, c := range []struct {
		name, path, target string
		status             int
		methods            string // of all requests
		output, problem    string
	}{
		{"three", "/3", "", 0, "POST POST POST POST", "arrived", ""},
		{"four", "/4", "", 0, "POST POST POST POST", "", "the server redirects for ever"},
		{"loop", "/loop", "", 0, "POST POST POST POST", "", "the server redirects for ever"},
		{"see other", "/x", "/end", 303, "POST GET", "arrived", ""},
		{"moved", "/x", "/end", 301, "POST", "", "the server has moved, and would not be told what to do at its new place"},
		{"found", "/x", "/end", 302, "POST", "", "the server has moved, and would not be told what to do at its new place"},
		{"another host", "/x", other.URL + "/end", 307, "POST", "", "the server redirects to another one, which is not allowed"},
		{"another name", "/x", strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/end", 307, "POST", "", "the server redirects to another one, which is not allowed"},
		{"no TLS", "/x", strings.Replace(server.URL, "https", "http", 1) + "/end", 307, "POST", "", "the server redirects to another one, which is not allowed"},
		{"a user", "/x", strings.Replace(server.URL, "://", "://ann:x@", 1) + "/end", 307, "POST", "", "the server redirects to another one, which is not allowed"},
		{"another port by name", "/x", "//127.0.0.1:1/end", 308, "POST", "", "the server redirects to another one, which is not allowed"},
		{"another scheme", "/x", "file:///etc/passwd", 307, "POST", "", "the server redirects to another one, which is not allowed"},
	} {
		mu.Lock()
		target, status = c.target, c.status
		mu.Unlock()
		r := runner(t, dir, "url: "+server.URL+c.path+"\nallow_private: true\ntls: {ca: ca.pem}\noutput: text\nbody: x\n")
		result := run(t, r, call())
		var methods []string
		for _, s := range server.take() {
			methods = append(methods, s.Method)
			if s.Header.Get("Referer") != "" {
				t.Errorf("%s: a redirect tells where it comes from", c.name)
			}
		}
		if result.Output != c.output || result.Problem != c.problem || strings.Join(methods, " ") != c.methods {
			t.Errorf("%s: %+v after %v", c.name, result, methods)
		}
	}
	if n := len(other.take()); n > 0 {
		t.Errorf("the other server was asked %d times", n)
	}
	// From http to https is no downgrade, but here it is another port, too.
	mu.Lock()
	target, status = server.URL+"/end", http.StatusTemporaryRedirect
	mu.Unlock()
	if result := run(t, runner(t, dir, "url: "+plain.URL+"\nallow_private: true\n"), call()); !result.Failed {
		t.Errorf("another port: %+v", result)
	}
}

func TestTimeouts(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	var stop atomic.Pointer[context.CancelFunc] // called when a request has arrived
	server := record(t, func(w http.ResponseWriter, req *http.Request) {
		wait := func() bool {
			select {
			case <-release:
				return false
			case <-req.Context().Done():
				return false
			case <-time.After(time.Millisecond):
				return true
			}
		}
		if cancel := stop.Load(); cancel != nil {
			(*cancel)()
		}
		switch req.URL.Path {
		case "/silent":
			for wait() {
			}
		case "/slow": // a byte now and then, for ever
			for wait() {
				fmt.Fprint(w, "x")
				_ = http.NewResponseController(w).Flush()
			}
		case "/endless":
			for wait() {
				fmt.Fprint(w, strings.Repeat("x", 64<<10))
			}
		}
	})
	const over = "it took longer than 300ms and was stopped"
	for path, want := range map[string]bot.Result{
		"/silent": {Failed: true, Problem: over},
		"/slow":   {Failed: true, Problem: over},
	} {
		r := runner(t, "", "url: "+server.URL+path+"\nallow_private: true\noutput: text\ntimeout: 300ms\nmethod: GET\n")
		if got := run(t, r, call()); got.Failed != want.Failed || got.Problem != want.Problem {
			t.Errorf("%s: %+v", path, got)
		}
	}
	r := runner(t, "", "url: "+server.URL+"/endless\nallow_private: true\noutput: text\noutput_limit: 3\ntimeout: 1m\n")
	if got := run(t, r, call()); got.Output != "xxx\n… (cut after 3 bytes)" {
		t.Errorf("endless: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop.Store(&cancel)
	r = runner(t, "", "url: "+server.URL+"/silent\nallow_private: true\nmethod: GET\n")
	if got, err := r.Run(ctx, call()); err != nil || got.Problem != "it was stopped before it had finished" {
		t.Errorf("stopped: %+v, %v", got, err)
	}
}

// The signature is checked with nothing but what the documentation says.
func TestSignature(t *testing.T) {
	const key = "0123456789abcdef-hunter2"
	t.Setenv("WEBHOOK_KEY", key)
	var problems []string
	server, dir := secure(t, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/again" {
			http.Redirect(w, req, "/end?x=1", http.StatusTemporaryRedirect)
		}
	})
	for _, header := range []string{"X-Frontdesk-Signature", "X-Hub-Signature-256"} {
		sign := "sign: {secret: \"${env:WEBHOOK_KEY}\", algorithm: hmac-sha256, header: " + header + "}\n"
		r := runner(t, dir, "url: \""+server.URL+"/again?a={a}\"\nallow_private: true\ntls: {ca: ca.pem}\njson: {a: \"{a}\"}\n"+sign)
		if result := run(t, r, call("a", "x & y")); result.Failed {
			t.Errorf("%+v", result)
		}
		if strings.Contains(r.Preview(call("a", "x")), "hunter2") {
			t.Error("the preview tells the key")
		}
		requests := server.take()
		if len(requests) != 2 {
			t.Fatalf("%d requests", len(requests))
		}
		for _, s := range requests {
			stamp := s.Header.Get("X-Frontdesk-Timestamp")
			seconds, err := strconv.ParseInt(stamp, 10, 64)
			if age := time.Since(time.Unix(seconds, 0)); err != nil || age < -time.Minute || age > time.Hour {
				t.Errorf("timestamp %q", stamp)
			}
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write([]byte(stamp + "\n" + s.Method + "\n" + s.RequestURI + "\n" + s.body))
			if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); s.Header.Get(header) != want {
				problems = append(problems, fmt.Sprintf("%s %s: %s, want %s", s.Method, s.RequestURI, s.Header.Get(header), want))
			}
		}
	}
	if len(problems) > 0 {
		t.Error(problems)
	}
}

func TestRetries(t *testing.T) {
	var left atomic.Int32 // how many more attempts fail
	var mu sync.Mutex     // guards how and after
	how, after := "", ""
	server := record(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		how, after := how, after
		mu.Unlock()
		if left.Add(-1) < 0 {
			fmt.Fprint(w, "done")
			return
		}
		if how == "hang up" {
			panic(http.ErrAbortHandler)
		}
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		status, err := strconv.Atoi(how)
		if err != nil {
			panic(err)
		}
		w.WriteHeader(status)
	})
	for _, c := range []struct {
		name, settings string
		fail           int32
		how, after     string
		attempts       int
		problem        string
	}{
		{"at once", "method: GET", 0, "503", "", 1, ""},
		{"GET", "method: GET", 1, "503", "", 2, ""},
		{"PUT hung up", "method: PUT\nbody: x", 1, "hang up", "", 2, ""},
		{"DELETE twice", "method: DELETE", 2, "429", "", 3, ""},
		{"GET in vain", "method: GET\nretries: 1", 9, "502", "", 2, "the server answered 502 Bad Gateway"},
		{"GET hung up in vain", "method: GET\nretries: 1", 9, "hang up", "", 2, "the server could not be reached"},
		{"GET not at all", "method: GET\nretries: 0", 9, "503", "", 1, "the server answered 503 Service Unavailable"},
		{"another failure", "method: GET", 9, "500", "", 1, "the server answered 500 Internal Server Error"},
		{"expected", "method: GET\nexpect: [503]", 9, "503", "", 1, ""},
		{"POST", "", 1, "503", "", 1, "the server answered 503 Service Unavailable"},
		{"POST hung up", "", 1, "hang up", "", 1, "the server could not be reached"},
		{"PATCH", "method: PATCH", 1, "503", "", 1, "the server answered 503 Service Unavailable"},
		{"idempotent", "idempotent: true", 1, "503", "", 2, ""},
		{"after a second", "method: GET", 1, "503", "1", 2, ""},
		{"after a date", "method: GET", 1, "429", "Wed, 21 Oct 2015 07:28:00 GMT", 2, ""},
		{"after an odd time", "method: GET", 1, "429", "soon", 2, ""},
		{"after too long", "method: GET", 1, "503", "3600", 1, "the server answered 503 Service Unavailable"},
		{"after for ever", "method: GET", 1, "503", "4294967295", 1, "the server answered 503 Service Unavailable"},
	} {
		mu.Lock()
		how, after = c.how, c.after
		mu.Unlock()
		left.Store(c.fail)
		r := runner(t, "", "url: "+server.URL+"\nallow_private: true\n"+c.settings)
		result := run(t, r, call())
		if n := len(server.take()); n != c.attempts || result.Problem != c.problem {
			t.Errorf("%s: %d attempts, want %d; %+v", c.name, n, c.attempts, result)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	var fail atomic.Bool
	server := record(t, func(w http.ResponseWriter, _ *http.Request) {
		if fail.Swap(false) {
			w.WriteHeader(503)
		}
	})
	r := runner(t, "", "url: "+server.URL+"\nallow_private: true\nidempotent: true\n")
	send := func(key, base string, attempts int) string {
		c := call()
		c.Key, c.Base = key, base
		fail.Store(attempts > 1)
		run(t, r, c)
		requests := server.take()
		if len(requests) != attempts || requests[0].Header.Get("Idempotency-Key") != requests[attempts-1].Header.Get("Idempotency-Key") {
			t.Errorf("%q: %d requests, or with different keys", key, len(requests))
		}
		return requests[0].Header.Get("Idempotency-Key")
	}
	one := send("slack:1", "desk", 2)
	if one == "" || one != send("slack:1", "desk", 1) || strings.Contains(one, "slack") {
		t.Errorf("the key of a message changes: %s", one)
	}
	if one == send("slack:2", "desk", 1) || one == send("slack:1", "home", 1) {
		t.Error("others have the same key")
	}
	if a, b := send("", "desk", 2), send("", "desk", 1); a == "" || a == b {
		t.Errorf("keys of calls that cannot come again: %q, %q", a, b)
	}
	server.take()
	run(t, runner(t, "", "url: "+server.URL+"\nallow_private: true\nmethod: PUT\n"), call())
	if key := server.take()[0].Header.Get("Idempotency-Key"); key != "" {
		t.Errorf("a key that nobody asked for: %s", key)
	}
}

func TestUnreachable(t *testing.T) {
	server, dir := secure(t, nil)
	gone := record(t, nil)
	gone.Close()
	t.Setenv("WEBHOOK_PATH", "hunter2-path")
	for _, c := range []struct{ name, settings, problem string }{
		{"refused", "url: " + gone.URL + "/${env:WEBHOOK_PATH}\nretries: 0\n", "the server could not be reached"},
		{"unknown authority", "url: " + server.URL + "/${env:WEBHOOK_PATH}\n", "the server could not prove that it is the right one"},
		{"another name", "url: " + strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "\ntls: {ca: ca.pem}\n", "the server could not prove that it is the right one"},
		{"no TLS there", "url: " + strings.Replace(gone.URL, "http:", "https:", 1) + "\nretries: 0\n", "the server could not be reached"},
		{"unknown name", "url: http://desk.invalid/${env:WEBHOOK_PATH}\n", "the name of the server is not known"},
	} {
		timeout := "1m"
		if c.name == "unknown name" {
			timeout = "5s" // where no name server answers
		}
		r := runner(t, dir, c.settings+"allow_private: true\nmethod: GET\ntimeout: "+timeout+"\n")
		result := run(t, r, call())
		if c.name == "unknown name" && result.Problem == "it took longer than 5s and was stopped" {
			continue
		}
		if !result.Failed || result.Problem != c.problem || result.Warning == "" || strings.Contains(fmt.Sprint(result), "hunter2") {
			t.Errorf("%s: %+v", c.name, result)
		}
	}
}

func TestPrivate(t *testing.T) {
	server := record(t, nil)
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "localhost", "desk.localhost", "LOCALHOST.", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "168.63.129.16", "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]",
		"[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[ff02::1]",
	} {
		_, faults := settings(t, "", "url: \"http://"+host+":80/\"\n")
		if want := "k.yaml:1:6: the URL leads to a private address; write allow_private: true if this is meant"; faults.Error() != want {
			t.Errorf("%s: %v", host, faults)
		}
	}
	for _, host := range []string{"1.1.1.1", "home.example", "[2606:4700::1111]", "localhost.example"} {
		if _, faults := settings(t, "", "url: \"http://"+host+"/\"\n"); len(faults) > 0 {
			t.Errorf("%s: %v", host, faults)
		}
	}
	// What only a resolver takes for an address is seen when it is dialled.
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{"2130706433", "0x7f.1", "127.1"} {
		result := run(t, runner(t, "", "url: http://"+host+port+"/\ntimeout: 2s\n"), call())
		if !result.Failed {
			t.Errorf("%s: %+v", host, result)
		}
	}
	// A proxy of the environment is not asked.
	t.Setenv("HTTP_PROXY", server.URL)
	t.Setenv("http_proxy", server.URL)
	run(t, runner(t, "", "url: http://desk.invalid/\ntimeout: 2s\n"), call())
	if n := len(server.take()); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
}
