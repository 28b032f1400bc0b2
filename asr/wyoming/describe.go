package wyoming

import (
	"context"
	"slices"
	"strings"
)

// A Model is one that a server has for speech.
type Model struct {
	Name      string   `json:"name"`
	Languages []string `json:"languages"`
	Installed bool     `json:"installed"`
}

// Models asks a server which models for speech it has, in the order that it gives
// them.
func (e *Engine) Models(ctx context.Context) ([]Model, error) {
	wire, err := AppendEvent(nil, Event{Type: describe})
	if err != nil {
		return nil, err
	}
	answer, err := e.ask(ctx, wire, info)
	if err != nil {
		return nil, err
	}
	var has struct {
		ASR []struct {
			Models []Model `json:"models"`
		} `json:"asr"`
	}
	if err := e.explained(answer.Into(&has)); err != nil {
		return nil, err
	}
	var models []Model
	for _, program := range has.ASR {
		models = append(models, program.Models...)
	}
	return models, nil
}

// Speaks says whether a model knows a language, as BCP 47; one that names no
// languages may.
func (m Model) Speaks(language string) bool {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	return len(m.Languages) == 0 || language == "" || slices.ContainsFunc(m.Languages, func(l string) bool {
		l, _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(l, "_", "-")), "-")
		return l == base
	})
}
