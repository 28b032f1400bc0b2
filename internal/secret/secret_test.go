package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

const hidden = "hunter2-hunter2"

func TestNeverShown(t *testing.T) {
	s := secret.New(hidden)
	type holder struct {
		Open   secret.String
		closed secret.String
		list   []secret.String
		table  map[string]*secret.String
	}
	h := holder{s, s, []secret.String{s}, map[string]*secret.String{"x": &s}}
	shown := map[string]string{"error": fmt.Errorf("using %v: %w", s, os.ErrInvalid).Error(), "print": fmt.Sprint(s, h, &h)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%10.3s", "%T", "%U", "%c", "%t"} {
		for i, v := range []any{s, &s, h, &h, []any{s, h}, map[string]any{"a": s}} {
			shown[fmt.Sprint(verb, i)] = fmt.Sprintf(verb, v)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", h, "pointer", &s)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "holder", h, "pointer", &s)
	shown["slog"] = log.String()
	text, err := json.Marshal(map[string]any{"a": s, "b": &s, "c": h})
	if err != nil {
		t.Fatal(err)
	}
	shown["json"] = string(text)
	if text, err = yaml.Marshal(map[string]any{"a": s, "b": &s, "c": map[string]secret.String{"x": s}}); err != nil {
		t.Fatal(err)
	}
	shown["yaml"] = string(text)
	for how, text := range shown {
		if strings.Contains(text, "hunter") || strings.Contains(text, fmt.Sprintf("%x", "hunter")) {
			t.Errorf("%s shows it: %s", how, text)
		}
	}
	for _, how := range []string{"%v0", "%+v0", "%#v0", "%s0", "%q0", "%x0"} {
		if shown[how] != "***" {
			t.Errorf("%s: %q", how, shown[how])
		}
	}
	for _, how := range []string{"slog", "json", "yaml"} {
		if !strings.Contains(shown[how], "***") {
			t.Errorf("%s: %s", how, shown[how])
		}
	}
	if s.Reveal() != hidden || s.IsZero() || s.String() != "***" {
		t.Error("it is lost")
	}
	if zero := (secret.String{}); !zero.IsZero() || zero.Reveal() != "" || fmt.Sprint(zero) != "" || secret.New("") != zero {
		t.Error("one that is not set shows itself")
	}
	if !s.Equal(secret.New(hidden)) || s.Equal(secret.New("other")) || s.Equal(secret.String{}) {
		t.Error("equality is wrong")
	}
}

// write puts a file into a folder.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "plain", "token\n")
	write(t, dir, "windows", "token\r\n")
	write(t, dir, "two", "a\nb\n\n")
	write(t, dir, "empty", "\n")
	write(t, dir, "largest", strings.Repeat("x", 64<<10)+"\n")
	write(t, dir, "large", strings.Repeat("x", 64<<10+1))
	write(t, dir, "binary", "\xff\xfe")
	write(t, dir, "nul", "a\x00b")
	write(t, dir, "with space", "spaced")
	t.Setenv("SECRET_TEST", "${env:SECRET_OTHER}")
	t.Setenv("SECRET_OTHER", "value")
	t.Setenv("SECRET_EMPTY", "")
	for _, c := range []struct{ in, want, fault string }{
		{"", "", ""},
		{"${env:SECRET_OTHER}", "value", ""},
		{"${env:SECRET_TEST}", "${env:SECRET_OTHER}", ""}, // not read again
		{"Token ${env:SECRET_OTHER}/${file:plain}$", "Token value/token$", ""},
		{"$${env:SECRET_OTHER}", "$value", ""},
		{"${file:plain}", "token", ""},
		{"${file:windows}", "token", ""},
		{"${file:two}", "a\nb\n", ""},
		{"${file:with space}", "spaced", ""},
		{"${file:" + dir + "/plain}", "token", ""},
		{"${file:largest}", strings.Repeat("x", 64<<10), ""},
		{"${file:large}", "", "the secret ${file:large} is larger than 64 KiB"},
		{"${file:empty}", "", "the secret ${file:empty} is empty"},
		{"${file:binary}", "", "is no text in UTF-8"},
		{"${file:nul}", "", "holds a NUL character"},
		{"${file:missing}", "", "cannot be read: no such file or directory; put it into the file " + filepath.Join(dir, "missing")},
		{"${file:.}", "", "it is no regular file"},
		{"${file:}", "", "names no file"},
		{"${env:SECRET_MISSING}", "", "the secret ${env:SECRET_MISSING} is missing; set the environment variable SECRET_MISSING"},
		{"${env:SECRET_EMPTY}", "", "the secret ${env:SECRET_EMPTY} is empty"},
		{"${env:A B}", "", `"A B" cannot name an environment variable`},
		{"${env:}", "", `"" cannot name`},
		{"${env:A", "", "${env: is never closed"},
		{"${file:a\n}", "", "${file: is never closed"},
		{"hunter2", "", "a secret must not be written out here; put it elsewhere"},
		{"${price}", "", "must not be written out"},
	} {
		got, err := secret.Read(dir, c.in)
		if c.fault == "" && (err != nil || got.Reveal() != c.want) || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%.60q: %.60q, %v; want %.60q %s", c.in, got.Reveal(), err, c.want, c.fault)
		}
	}
}

// A setting of a file is a secret by its type.
func TestSetting(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "token", "from a file\n")
	var v struct {
		A secret.String                   `yaml:"a"`
		B secret.String                   `yaml:"b"`
		C secret.String                   `yaml:"c"`
		D strictyaml.At[secret.String]    `yaml:"d"`
		E []secret.String                 `yaml:"e"`
		F map[string]secret.String        `yaml:"f"`
		G strictyaml.Many[*secret.String] `yaml:"g"`
	}
	file := filepath.Join(dir, "c.yaml")
	faults := strictyaml.Decode(file, []byte("a: ${file:token}\nb: hunter2\nc:\nd: \"${env:SECRET_NOWHERE}\"\ne: [1]\nf: {x: [y]}\ng: ${file:token}\n"), &v)
	want := strings.ReplaceAll(`F:2:4: b: a secret must not be written out here; put it elsewhere and write ${env:NAME} or ${file:path}
F:4:4: d: the secret ${env:SECRET_NOWHERE} is missing; set the environment variable SECRET_NOWHERE where frontdesk is started
F:5:5: e: a secret must not be written out here; put it elsewhere and write ${env:NAME} or ${file:path}
F:6:8: x: expected a text, found a list; put a text that begins with [ into quotes`, "F:", file+":")
	if faults.Error() != want {
		t.Errorf("%v\nwant\n%s", faults, want)
	}
	if v.A.Reveal() != "from a file" || !v.C.IsZero() || len(v.G) != 1 || v.G[0].Reveal() != "from a file" {
		t.Errorf("read %q", v.A.Reveal())
	}
}

func TestRedact(t *testing.T) {
	r := secret.NewRedactor(secret.New("abc"), secret.New("bcdef"), secret.String{}, secret.New(`p w"d/é`), secret.New("aXa"))
	for in, want := range map[string]string{
		"":                     "",
		"nothing":              "nothing",
		"xabcx abc":            "x***x ***",
		"abcdef":               "***",
		"abcabc":               "******",
		`p w"d/é`:              "***",
		`{"a":"p w\"d/é"}`:     `{"a":"***"}`,
		"?p=p+w%22d%2F%C3%A9":  "?p=***",
		"/p%20w%22d%2F%C3%A9/": "/***/",
		"Basic cCB3ImQvw6k=":   "Basic ***",
	} {
		if got := r.Redact(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"xab": "x***", "xabc": "x***", "x bcde": "x ***", "..aXa": "..***", "y": "y", "a p w": "a ***"} {
		if got := r.RedactCut(in); got != want {
			t.Errorf("cut %q: %q, want %q", in, got, want)
		}
	}
	if (*secret.Redactor)(nil).Redact("abc") != "abc" || (*secret.Redactor)(nil).RedactCut("abc") != "abc" {
		t.Error("nil finds something")
	}
}

func ExampleString() {
	password := secret.New("hunter2")
	fmt.Printf("%v %+v %#v %q\n", password, password, password, password)
	fmt.Println(secret.NewRedactor(password).Redact("login failed: hunter2 is wrong"))
	// Output:
	// *** *** *** ***
	// login failed: *** is wrong
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"", "$", "${", "${env:A}", "${env:A}b", "${file:a/b c}", "${env:", "${file:}", "${x:y}", "${env:a{b}", "${file:\x00}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, length, err := secret.ParseRef(s)
		if err != nil || length == 0 {
			if length != 0 {
				t.Errorf("%q: %d bytes, and %v", s, length, err)
			}
			return
		}
		if ref.String() != s[:length] {
			t.Errorf("%q was read as %s", s, ref)
		}
	})
}

func FuzzRedact(f *testing.F) {
	f.Add("the password is hunter2", "hunter2", "two")
	f.Add("aaaa", "aa", "a")
	f.Add("a%20b \xff", "a b", "\xff")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		r := secret.NewRedactor(secret.New(a), secret.New(b))
		got := r.Redact(text)
		// A star may be part of a secret, and then *** makes new ones.
		for _, s := range []string{a, b} {
			if s != "" && !strings.Contains(s, "*") && strings.Contains(strings.ReplaceAll(got, "***", "\x00\x00"), s) && !strings.Contains(s, "\x00") {
				t.Errorf("%q is left in %q", s, got)
			}
		}
		if utf8.ValidString(text) && utf8.ValidString(a) && utf8.ValidString(b) && !utf8.ValidString(got) {
			t.Errorf("%q became %q", text, got)
		}
	})
}
