package webhook_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/bot/dispatch/webhook"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// Everything that is wrong is reported at once.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "empty.pem", "nothing")
	t.Setenv("WEBHOOK_SHORT", "short")
	t.Setenv("WEBHOOK_LINES", "a\nb")
	_, faults := settings(t, dir, `url: "https://{a}.example/x"
method: get
headers:
  "X Room": a
  Host: a
  X-A: "a\nb"
  x-a: b
  Cookie: "room={a}"
  Content-Type: x/y
json: {"{a}": 1, b: .nan}
form: {a: "{"}
content_type: text/plain
auth: {bearer: hunter2, basic: {user: "a:b"}}
sign: {secret: "${env:WEBHOOK_SHORT}", header: Content-Type, algorithm: md5}
timeout: 11m
output: state
output_limit: -1
expect: [100, 200, 200]
retries: 2
proxy: true
tls: {ca: empty.pem}
`)
	want := strings.ReplaceAll(`F:1:1: a request has one body; keep one of json:, form: and body:
F:1:6: a slot stands before the path of the URL; write out the scheme and the host, as in https://home.example/{slot}
F:2:9: there is no method "get"; write GET
F:4:3: "X Room" cannot name a header; use letters, digits and -
F:5:3: the header Host cannot be written here; it follows from url:
F:6:8: the header X-A holds characters that no header can; remove line breaks, other control characters, and spaces at its ends
F:7:3: the header X-A is there twice; remove one of them
F:8:11: the header Cookie cannot hold the slot {a}; write it out, or \{ for the character itself
F:9:3: the header Content-Type cannot be written here; write content_type:
F:10:8: a key cannot hold the slot {a}; write it out, or \{ for the character itself
F:10:21: JSON knows no number .nan; put it into quotes
F:11:11: { is never closed; close it with }, or write \{ for the character itself
F:12:15: a form has its own type; remove the key
F:13:7: auth: holds one way to say who we are; write auth: {bearer: "${env:TOKEN}"} or auth: {basic: {user: name, password: "${env:PASSWORD}"}}
F:14:16: the secret to sign with is too short; use at least 16 characters by chance
F:14:48: the header "Content-Type" cannot hold the signature; write X-Frontdesk-Signature
F:14:73: there is no algorithm "md5"; write hmac-sha256
F:15:10: a command cannot have 11m0s; write a time above 0s and up to 10m
F:16:9: "state" says of no answer what is shown; write none, text, or a path into its JSON such as $.state
F:17:15: -1 bytes of output cannot be shown; write a number of bytes from 0 to 1048576
F:18:10: 100 is no status that ends a request; write one from 200 to 599
F:18:20: 200 is there twice; remove one of them
F:19:10: a get that is sent twice may be done twice; write retries: 0, or idempotent: true where the server heeds the Idempotency-Key
F:20:8: behind a proxy nobody can see where a request goes; write allow_private: true as well, or remove the key
F:21:11: D/empty.pem holds no certificate; name a file of certificates in PEM`, "F:", filepath.Join(dir, "k.yaml")+":")
	if want = strings.ReplaceAll(want, "D/", dir+"/"); faults.Error() != want {
		t.Errorf("faults:\n%v\nwant:\n%s", faults, want)
	}

	for _, c := range []struct{ settings, want string }{
		{"{}", "1:1: the url is missing"},
		{"url: [a]", "1:6: url: expected a text, found a list"},
		{"url: https://x.example/\ntls: {insecure: true}", `2:7: "insecure" is not supported; name the authority of the server under ca:`},
		{"url: https://x.example/\nurls: x", `2:1: unknown key "urls"; did you mean "url"?`},
		{"url: \"{a}\"", "1:6: the URL begins neither with https:// nor with http://"},
		{"url: \"{a}/x\"", "1:6: a slot stands before the path"},
		{"url: \"{a}://x.example/\"", "1:6: a slot stands before the path"},
		{"url: \"https://x.example{a}/\"", "1:6: a slot stands before the path"},
		{"url: \"https://x.example:{a}/\"", "1:6: a slot stands before the path"},
		{"url: \"https://{a}@x.example/\"", "1:6: a slot stands before the path"},
		{"url: \"https://x.example/#{a}\"", "1:6: the URL has a fragment"},
		{"url: \"https://x.example/?{a}=1\"", "1:6: the slot {a} stands in a key of the query; write it as a value: ?key={a}"},
		{"url: \"https://x.example/?{a}\"", "1:6: the slot {a} stands in a key"},
		{"url: \"https://x.example/?a=1&b{a}=1\"", "1:6: the slot {a} stands in a key"},
		{"url: \"https://x.example/?a=1;{a}\"", "1:6: the slot {a} stands in a key"},
		{"url: https://ann:x@x.example/", "1:6: the URL holds a user; write the user and the password under auth:"},
		{"url: ftp://x.example/", "1:6: the URL begins neither"},
		{"url: https:///x", "1:6: the URL names no host"},
		{"url: x.example/x", "1:6: the URL begins neither"},
		{"url: https://x.example/a b", "1:6: the URL holds characters that must be encoded; write %20"},
		{"url: https://x.example/%2", "1:6: the URL holds characters that must be encoded"},
		{"url: https://x.example:port/", "1:6: it is no URL"},
		{"url: ${env:WEBHOOK_NOWHERE}", "1:6: the secret ${env:WEBHOOK_NOWHERE} is missing"},
		{"url: https://x.example/\nmethod: GET\njson: {}", "2:9: a GET has no body; remove it, or write method: POST"},
		{"url: https://x.example/\nmethod: FETCH", `2:9: there is no method "FETCH"; write POST, GET`},
		{"url: https://x.example/\nbody: '\\{\"a\": \"{a}\"}'", "2:7: values cannot be put safely into JSON that is written as a text; write it under json:"},
		{"url: https://x.example/\nbody: '[{a}]'\ncontent_type: text/plain", "2:7: values cannot be put safely into JSON"},
		{"url: https://x.example/\nbody: 'a {a}'\ncontent_type: application/json", "2:7: values cannot be put safely into JSON"},
		{"url: https://x.example/\nbody: 'a: {a}'\ncontent_type: application/yaml", "2:7: values cannot be put safely into a text of type application/yaml"},
		{"url: https://x.example/\nbody: x\ncontent_type: \"a;b\\n\"", `3:15: "a;b\n" is no type of content`},
		{"url: https://x.example/\ncontent_type: a/b", "2:15: there is no body to have a type"},
		{"url: https://x.example/\njson: {}\ncontent_type: text/xml", "3:15: text/xml is no JSON"},
		{"url: https://x.example/\nform: {a: 1, \"\\\\}\": 1, \"}\": 2}", `2:24: the key "}" is there twice`},
		{"url: https://x.example/\nauth: {bearer: hunter2}", "2:16: a secret must not be written out here"},
		{"url: https://x.example/\nauth: {bearer: \"${env:WEBHOOK_LINES}\"}", "2:7: the token holds characters that no header can"},
		{"url: https://x.example/\nheaders: {X-A: \"${env:WEBHOOK_LINES}\"}", "2:16: the header X-A holds characters"},
		{"url: https://x.example/\nauth: {basic: {user: \"a:b\", password: \"${env:WEBHOOK_SHORT}\"}}", "2:22: a user with a colon"},
		{"url: https://x.example/\nauth: {basic: {user: a}}", "2:15: the password is missing; say where it is kept"},
		{"url: https://x.example/\nauth: {bearer: \"${env:WEBHOOK_SHORT}\"}\nheaders: {authorization: x}", "2:7: there are two authorizations"},
		{"url: https://x.example/\nsign: {}", "2:7: the secret to sign with is missing"},
		{"url: https://x.example/\nretries: 2", "2:10: a POST that is sent twice may be done twice; write retries: 0, or idempotent: true"},
		{"url: https://x.example/\nretries: 11\nmethod: PUT", "2:10: a request cannot be repeated 11 times; write a number from 0 to 10"},
		{"url: https://x.example/\ntls: {ca: nowhere.pem}", "2:11: the authority cannot be read"},
		{"url: https://x.example/\noutput: $[", `2:9: "$[" is no path`},
	} {
		_, faults := settings(t, "", c.settings)
		if !strings.HasPrefix(faults.Error(), "k.yaml:"+c.want) || len(faults) != 1 {
			t.Errorf("%s\n%v\nwant %s", c.settings, faults, c.want)
		}
		if strings.Contains(faults.Error(), "hunter2") {
			t.Errorf("a fault tells: %v", faults)
		}
	}
	_, faults = webhook.New(knowledge.Action{Kind: "webhook", Pos: knowledge.Pos{File: "k.yaml", Line: 3, Col: 5}})
	if want := (fault.List{{File: "k.yaml", Line: 3, Col: 5, What: "webhook has no settings", Do: `write for example webhook: {url: "https://home.example/lights"}`}}); !slices.Equal(faults, want) {
		t.Errorf("%v", faults)
	}
}

// FuzzSettings reads any settings.
func FuzzSettings(f *testing.F) {
	for _, s := range []string{
		"url: https://x.example/{a}\njson: {a: '{a}'}\n", "url: http://x.example\nform: {a: b}\nheaders: {A: '{a}'}\nauth: {basic: {user: a}}\n",
		"url: http://x.example\nbody: x\ncontent_type: text/xml\noutput: $.a\nexpect: 200\n", "sign: {}\ntls: {ca: x}\n", "[a]",
	} {
		f.Add(s, "value")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		if strings.Contains(text, "file:") || strings.Contains(text, "ca") {
			t.Skip("it would name a file")
		}
		node, faults := strictyaml.Parse("k.yaml", []byte(text))
		if len(faults) > 0 || node == nil {
			return
		}
		r, faults := webhook.New(knowledge.Action{Kind: "webhook", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}})
		if len(faults) > 0 {
			return
		}
		c := call()
		for _, slot := range r.Slots() {
			c = call(slot, value)
		}
		if r.Preview(c) == "" {
			t.Errorf("no preview of %q", text)
		}
	})
}
