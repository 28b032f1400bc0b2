package bot

import (
	"slices"
	"strings"

	"frontdesk/knowledge/template"
)

// sentences are the bot's own in one language. Every %s is Markdown, escaped
// by the caller where somebody else wrote it.
type sentences struct {
	unknown    string // it is not known
	suggest    string // before the options
	noMore     string // after an option was refused
	followups  string // before the follow-ups
	done       string // a command without a reply of its own was run
	failed     string // %s: why the command failed
	confirm    string // %s: what will be run
	ask        string // %s: the slot
	askAgain   string // before the question, when the answer was not understood
	cancelled  string
	expired    string
	gone       string
	tooLong    string // a message over the limit
	deaf       string // sound without a recogniser
	silence    string // sound in which nobody spoke
	unrecorded string // %s: why the exchange is not in the journal

	yes, no, cancel []string // ways to say them, normalised
	ordinals        [][]string
	yesLabel        string
	noLabel         string
}

// catalogue holds the sentences by language.
var catalogue = map[string]*sentences{"en": english}

var english = &sentences{
	unknown:    "I don't know that.",
	suggest:    "Did you mean one of these?",
	noMore:     "Then I don't know.",
	followups:  "You may also want to know:",
	done:       "Done.",
	failed:     "That did not work: %s",
	confirm:    "Shall I do this: **%s**?",
	ask:        "Which %s?",
	askAgain:   "I did not understand that.",
	cancelled:  "All right, I leave it.",
	expired:    "That took too long, so I did nothing. Please say again what I shall do.",
	gone:       "That is no longer there. Please ask again.",
	tooLong:    "That is too long for a question. Please put it in a few sentences.",
	deaf:       "I cannot listen yet: no speech recognition is set up. Please type it.",
	silence:    "I heard nothing.",
	unrecorded: "this exchange is not in the journal: %s",

	yes: []string{"yes", "y", "yes please", "yeah", "yep", "sure", "ok", "okay", "do it", "go ahead", "confirm", "please do"},
	no:  []string{"no", "n", "nope", "no thanks", "no thank you", "none", "none of these", "none of them", "neither", "dont", "do not"},
	cancel: []string{"cancel", "stop", "never mind", "nevermind", "forget it", "abort", "leave it",
		"no never mind", "cancel that", "stop it"},
	ordinals: [][]string{
		{"first", "the first", "first one", "the first one", "one", "number one", "number 1"},
		{"second", "the second", "second one", "the second one", "two", "number two", "number 2"},
		{"third", "the third", "third one", "the third one", "three", "number three", "number 3"},
	},
	yesLabel: "Yes",
	noLabel:  "No",
}

// sentencesFor gives the sentences of a locale (BCP 47), by its language;
// English where there are none.
func sentencesFor(locale string) *sentences {
	language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if s, ok := catalogue[strings.ToLower(language)]; ok {
		return s
	}
	return english
}

// means says whether a text is exactly one of the ways, whatever its case and
// punctuation.
func (s *sentences) means(ways []string, text string) bool {
	return len(text) < 100 && slices.Contains(ways, template.Normalize(text))
}

// ordinal gives the ways to say the place i, which counts from 0.
func (s *sentences) ordinal(i int) []string {
	if i < len(s.ordinals) {
		return s.ordinals[i]
	}
	return nil
}
