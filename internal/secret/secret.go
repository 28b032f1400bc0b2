// Package secret holds what must not be seen: tokens, passwords, keys. An owner
// never writes one into a file of ours but says where it is kept:
//
//	password: ${env:MQTT_PASSWORD}   # a variable of the environment
//	token: ${file:secrets/token}     # a file; its path counts from the folder of the file it stands in
//
// In the program it is a [String], which shows itself as *** wherever it is
// printed, and what others print of it is found by a [Redactor].
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
)

// Hidden is what stands in the place of a secret.
const Hidden = "***"

// A String is a text that must not be seen. It shows itself as *** to fmt, with
// whatever verb, to slog, and in JSON and YAML; one that is not set, the zero
// value, shows as nothing. It is not changed once made, and safe for concurrent
// use.
type String struct {
	// A pointer, for fmt reads unexported fields of a struct around this one
	// without asking for a method, and then shows no more than an address.
	text *string
}

// New makes a secret of a text. The empty text is no secret.
func New(text string) String {
	if text == "" {
		return String{}
	}
	return String{&text}
}

// Reveal gives the text. Give it only to where it is used.
func (s String) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero says whether it is not set.
func (s String) IsZero() bool { return s.text == nil }

// Equal compares two secrets, in a time that does not tell where they differ.
func (s String) Equal(other String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String gives ***, or nothing where it is not set.
func (s String) String() string {
	if s.IsZero() {
		return ""
	}
	return Hidden
}

// Format writes the same for every verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue keeps it out of the log.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps it out of JSON and YAML.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalTextIn reads a setting of a file: an empty text, or one that says
// where the secret is kept, as "${env:NAME}" or "Token ${file:path}". A secret
// that is written out is an error.
func (s *String) UnmarshalTextIn(file string, text []byte) error {
	read, err := Read(filepath.Dir(file), string(text))
	if err == nil {
		*s = read
	}
	return err
}
