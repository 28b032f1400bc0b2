package retrieval

import (
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
)

// deniedLimit is the highest probability of a command that a text says not to
// do: it may be offered, and is neither run nor asked about.
const deniedLimit = 0.4

// denied says whether a text says the opposite of a command, as far as words tell:
// it denies something ("do not lock", "never open") or says "off" where none of
// the command's phrasings does. To an embedding, and to words in a bag, a sentence
// and its negation are nearly the same.
func (x *Index) denied(f *finding, entry int) bool {
	command := x.base.Entries[entry].Command
	if command == nil || command.Action.Kind == knowledge.ReplyAction { // which does nothing, but answers
		return false
	}
	said := denials(f.text, f.words)
	if len(said) == 0 {
		return false
	}
	c := x.model.corpus
	for _, text := range c.texts[c.starts[entry]:c.starts[entry+1]] {
		meant := denials(text, lexical.Words(text))
		said = slices.DeleteFunc(said, func(d string) bool { return slices.Contains(meant, d) })
	}
	return len(said) > 0
}

// denials gives what a text denies, each as the negation with the word behind it,
// whether it is written in one word or two, "stop …ing", and "off". The "no" that a sentence
// begins with, and a comma behind it, is about what was before.
func denials(text string, words []string) []string {
	if len(words) > 0 && words[0] == "no" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "no,") {
		words = words[1:]
	}
	var out []string
	for i, w := range words {
		switch {
		case w == "off":
			out = append(out, w)
			continue
		case w == "cant", w == "not" && i > 0 && words[i-1] == "can":
			w = "cannot"
		case w == "not" && i > 0 && words[i-1] == "will":
			w = "wont"
		case w == "not" && i > 0 && functionWords[words[i-1]+"nt"]:
			w = words[i-1] + "nt"
		case negates(w), w == "stop" && i+1 < len(words) && strings.HasSuffix(words[i+1], "ing"):
		default:
			continue
		}
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		out = append(out, w+" "+next)
	}
	return out
}
