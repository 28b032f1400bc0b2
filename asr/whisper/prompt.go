//go:build whisper && cgo

package whisper

import (
	"strings"

	"frontdesk/asr"
)

// maxPrompts bounds how many prompts are kept: there is one for each base.
const maxPrompts = 16

// prompts are the tokens that the model is shown before, by what they were made of.
type prompts map[string][]int32

// prompt gives what the model is shown before a clip, so that it spells the names of
// the base as they are to be written: the first words, and of the sentences that are
// expected some, evenly taken, as they may sound alike in order.
func (m *model) prompt(h asr.Hints, most int) []int32 {
	most = min(most, m.lib.textContext/2-1)
	if most <= 0 || len(h.Words) == 0 && h.Expected == nil {
		return nil
	}
	key := strings.Join(h.Words, "\x00")
	if h.Expected != nil {
		key = h.Expected.ID() + key
	}
	m.lib.prompting.Lock()
	defer m.lib.prompting.Unlock()
	if tokens, ok := m.prompts[key]; ok {
		return tokens
	}
	if len(m.prompts) >= maxPrompts || m.prompts == nil {
		m.prompts = prompts{}
	}
	tokens := m.makePrompt(h, most)
	m.prompts[key] = tokens
	return tokens
}

func (m *model) makePrompt(h asr.Hints, most int) []int32 {
	// Words first, as they are why there is a prompt; two thirds of it where there
	// are sentences too.
	room := most
	if h.Expected != nil {
		room = most * 2 / 3
	}
	var words []int32
	for i, w := range h.Words {
		text := " " + strings.TrimSpace(w)
		if i > 0 {
			text = "," + text
		}
		next := m.lib.tokenize(text)
		if len(words)+len(next) >= room {
			break
		}
		words = append(words, next...)
	}
	if len(words) > 0 {
		words = append(words, m.lib.tokenize(".")...)
	}
	if h.Expected == nil {
		return words
	}
	sentences := h.Expected.Sentences()
	const sample = 8
	var samples []int32
	for i := range min(sample, len(sentences)) {
		next := m.lib.tokenize(" " + strings.TrimSpace(sentences[i*len(sentences)/min(sample, len(sentences))]) + ".")
		if len(words)+len(samples)+len(next) > most {
			break
		}
		samples = append(samples, next...)
	}
	return append(samples, words...) // what comes last is remembered best
}
