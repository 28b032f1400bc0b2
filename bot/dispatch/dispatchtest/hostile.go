// Package dispatchtest holds what the tests of the kinds of command share.
package dispatchtest

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Count is how many values [Hostile] gives.
const Count = 500

// pieces are texts that mean something to one of those who get a value.
var pieces = [][]string{
	{ // a shell
		"; rm -rf /", "&& id", "|| id", "| id", "`id`", "$(id)", "${HOME}", "$HOME", "> /tmp/x", "< /etc/passwd", "*", "?", "~", "!", "#", "%PATH%", "^", "\\", "'", `"`, "' ; id '", `"; id "`, "\n id", "& calc",
	},
	{ // options
		"-", "--", "-rf", "--help", "-x y", "-o/tmp/x", "--output=/tmp/x", "-5x", "@/etc/passwd", "=cmd|' /C calc'!A0",
	},
	{ // JSON and YAML
		`","admin":true,"x":"`, `"}`, `"],[`, `\"`, `\u0022,"a":1`, "{", "}", "[]", `{"a":1}`, "null", "true", "1e999", "*anchor", "!!python/object", ": x", "- x",
	},
	{ // headers
		"\r\nX-Admin: true", "\nX-Admin: true", "\r\n\r\nGET /admin HTTP/1.1\r\nHost: x", "\rX: y", "\u0085X: y", "\u2028X: y", "\tx", " x", "x ", "a, b", "a; b=c", "嘊X-Admin: true",
	},
	{ // a path
		"..", ".", "../", "../../etc/passwd", "..%2f..%2fadmin", "%2e%2e/", "%2e%2e%2fadmin", "....//", "..;/admin", "/admin", "//evil.example/", "\\..\\admin", "a/b", "a%2fb", "%00", "%", "%zz", "%25", ";v=1", "..\\", "C:\\x",
	},
	{ // a query, a host and a fragment
		"&admin=true", "?admin=true", "#x", "=", "&&", "a=b", ";admin=true", "+", "%26admin=true", "@evil.example", ":80@evil.example", "http://evil.example/", "javascript:alert(1)", ".evil.example", "127.0.0.1", "[::1]",
	},
	{ // templates
		"{area}", "{other}", `\{area}`, "{{area}}", "${env:HOME}", "${file:/etc/passwd}", "$${env:HOME}", "{env:HOME}", "%s%n", "{{.}}", "{%x%}", "<%= x %>", "#{x}", "$1", "\\1",
	},
	{ // MQTT
		"#", "+", "/#", "+/+", "/", "//", "$SYS", "$SYS/broker/uptime", "$share/g/x", "a/set", "../other/set", "x\x00y",
	},
	{ // XML and HTML
		"<x/>", "</body>", "]]>", "<!--", "-->", "&amp;", "&#0;", "&lt;", "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "<script>", "' OR 1=1 --", "'); DROP TABLE x; --",
	},
	{ // characters
		"\x00", "\x01", "\x07", "\x08", "\x1b[31m", "\x7f", "\u0080", "\u009b31m", "\u202e", "\u200b", "\ufeff", "\u2029", "\U000e0041", "\ufffe", "\uffff", "\ufffd", "e\u0301", "\u0130", "Ｋ", "／", "．．", "＂", "🙂", "👩‍👩‍👧", "שלום",
	},
	{ // bytes that are no text
		"\xff", "\xc0\xaf", "\xc0\xae\xc0\xae", "\xe2\x82", "\xed\xa0\x80", "a\xffb", "\xf4\x90\x80\x80",
	},
	{ // lengths
		"", " ", "\n", "\r\n", "\t", strings.Repeat("a", 300), strings.Repeat("long ", 2000), strings.Repeat("../", 100), strings.Repeat("\"", 1000), strings.Repeat("x", 70_000),
	},
}

// Hostile gives 500 values that a slot may be given by somebody who means harm,
// or by chance: the pieces of many languages, alone, in the middle of words, and
// mixed. They are always the same, and no two are equal.
func Hostile() []string {
	var all []string
	add := func(s string) {
		if len(all) < Count && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	flat := slices.Concat(pieces...)
	for _, p := range flat {
		add(p)
	}
	rng := rand.New(rand.NewPCG(4, 500))
	pick := func() string { return flat[rng.IntN(len(flat))] }
	for len(all) < Count {
		switch rng.IntN(4) {
		case 0:
			add("kitchen" + pick())
		case 1:
			add(pick() + "kitchen")
		case 2:
			add("kit" + pick() + "chen" + pick())
		default:
			add(pick() + pick())
		}
	}
	return all
}
