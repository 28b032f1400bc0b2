package exec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// maxAlternatives bounds what is taken of a program's other readings.
const maxAlternatives = 20

// An answer is what a program prints. What else stands in a JSON object is not
// read.
type answer struct {
	Text           string   `json:"text"`
	Language       string   `json:"language"`
	Confidence     *float64 `json:"confidence"`      // nil where it is not said
	LogProbability float64  `json:"log_probability"` // 0 where it is not said
	Alternatives   []string `json:"alternatives"`
}

// read takes an answer apart: text, or one JSON object.
func read(printed []byte) (answer, error) {
	printed = bytes.TrimSpace(printed)
	if len(printed) == 0 || printed[0] != '{' {
		return answer{Text: plain(string(printed))}, nil
	}
	var a answer
	if err := json.Unmarshal(printed, &a); err != nil {
		return answer{}, fmt.Errorf("it printed no answer that can be read: %w", err)
	}
	if c := a.Confidence; c != nil && (*c < 0 || *c > 1) {
		return answer{}, fmt.Errorf("it printed a confidence of %v, which is not from 0 to 1", *c)
	}
	if a.LogProbability > 0 {
		return answer{}, fmt.Errorf("it printed a log_probability of %v, which is above 0", a.LogProbability)
	}
	a.Text, a.Language = plain(a.Text), plain(a.Language)
	var others []string
	for _, text := range a.Alternatives[:min(len(a.Alternatives), maxAlternatives)] {
		if text = plain(text); text != "" && text != a.Text && !slices.Contains(others, text) {
			others = append(others, text)
		}
	}
	a.Alternatives = others
	return a, nil
}

// confidence says how sure a program is: as it says itself, or as likely as its
// tokens are. One that says nothing is believed.
func (a answer) confidence() float64 {
	switch {
	case a.Text == "":
		return 0
	case a.Confidence != nil:
		return *a.Confidence
	}
	return math.Exp(a.LogProbability)
}

// plain gives a text on one line, without what is no text.
func plain(text string) string {
	fields := strings.FieldsFunc(strings.ToValidUTF8(text, "�"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(fields, " ")
}
