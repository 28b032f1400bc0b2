package ort

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
)

// maxReport is how much of what the library reports is shown.
const maxReport = 400

var (
	// wrapping is what the binding and the library put before a message.
	wrapping = regexp.MustCompile(`^(?:Error [^:]*: |Non-zero status code returned while |Exception during initialization: |Load model from .*? failed: ?|This is an invalid model\. )+`)
	// source is a line of the library's own source that begins an assertion.
	source = regexp.MustCompile(`[^ ]*/?onnxruntime[^ ]*\.(?:cc|h|cpp):\d+ `)
	status = regexp.MustCompile(`\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : `)
	origin = regexp.MustCompile(`\b[a-z_]+\.cc:\d+ [A-Za-z]+ `)
)

// plain takes off a message of the library what is for its developers: the
// places in its source and the C++ signatures of the functions there.
func plain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for before := ""; before != text; {
		before = text
		text = wrapping.ReplaceAllString(text, "")
		if at := source.FindStringIndex(text); at != nil {
			text = text[:at[0]] + skipSignature(text[at[1]:])
		}
		text = status.ReplaceAllString(text, "")
		text = origin.ReplaceAllString(text, "")
	}
	// Names in a message are a model's, and may hold anything.
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
	if text == "" {
		return err
	}
	if len(text) > maxReport {
		text = strings.ToValidUTF8(text[:maxReport], "") + "…"
	}
	return errors.New(text)
}

// skipSignature skips the C++ function that stands at the beginning of a text:
// up to the end of its last parameters.
func skipSignature(text string) string {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
			if depth > 0 || strings.HasPrefix(text[i:], ")::") { // a function within one
				continue
			}
			rest := strings.TrimPrefix(text[i+1:], " const")
			if depth == 0 {
				return strings.TrimPrefix(rest, " ")
			}
			return text // it was none
		}
	}
	return text
}
