package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/knowledge/template"
)

// sentences are the bot's own in one language. Every %s is Markdown, escaped
// by the caller where somebody else wrote it.
type sentences struct {
	unknown      string // it is not known
	suggest      string // before the options
	noMore       string // after an option was refused
	followups    string // before the follow-ups
	done         string // a command without a reply of its own was run
	failed       string // %s: why the command failed
	confirm      string // %s: what will be run
	ask          string // %s: the slot
	askAgain     string // before the question, when the answer was not understood
	cancelled    string
	expired      string
	gone         string
	notYours     string // %s: whose it is to decide
	askPerson    string // label: hands the question on
	unhelpful    string // after a bad rating, before that
	handedOn     string // the question was handed on
	asks         string // to the experts; %s: who asks
	showQuestion string // label of the link to it
	answersYours string // %s: the expert
	broughtBack  string // to the expert: the answer has arrived

	tooLong    string // a message over the limit
	deaf       string // sound without a recogniser
	silence    string // sound in which nobody spoke
	unrecorded string // %s: why the exchange is not in the journal

	approve          string // %s: what, %d: by how many, %s: the id
	approveElsewhere string // %s: who asks, then as in approve
	moreApprovers    string // %d: how many are still needed
	noApprover       string
	refused          string // %s: who refused it
	untold           string // %s: why the asker could not be told
	pin              string
	pinAgain         string
	pinLocked        string
	forbidden        string
	paused           string
	pausedBecause    string // %s: the reason
	tooOften         string // %s: how long to wait
	uncertain        string
	noRecord         string
	preview          string // before what a dry run would have done

	approveLabel, refuseLabel string
	approveWords, refuseWords []string          // before the id of an approval
	digits                    map[string]string // how the numbers up to 99 are said, normalised, to what is typed
	corrections               []string          // before another value: "no", "I meant"
	additions                 []string          // behind one: "too"
	articles                  []string
	pronouns                  []string // that stand for what the last command was about
	more, less, much          []string
	joints                    *regexp.Regexp // where one command may end and the next begin
	fillers                   []string       // that may stand around "warmer" and mean nothing

	yes, no, cancel []string // ways to say them, normalised
	spokenYes       []string // those of yes that nobody says in passing
	ordinals        [][]string
	yesLabel        string
	noLabel         string
	labels          Labels
}

// catalogue holds the sentences by language.
var catalogue = map[string]*sentences{"en": english, "de": german, "fr": french, "es": spanish}

// sentencesFor gives the sentences of a locale (BCP 47), by its language;
// English where there are none.
func sentencesFor(locale string) *sentences {
	language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if s, ok := catalogue[strings.ToLower(language)]; ok {
		return s
	}
	return english
}

// refusal says why a command was not run.
func (s *sentences) refusal(r Result, now time.Time) string {
	switch r.Refused {
	case Paused:
		if r.Problem != "" {
			return fmt.Sprintf(s.pausedBecause, escape(r.Problem))
		}
		return s.paused
	case TooOften:
		wait := r.Until.Sub(now)
		return fmt.Sprintf(s.tooOften, max(time.Second, (wait+time.Second-1).Truncate(time.Second)))
	case Uncertain:
		return s.uncertain
	case Unrecorded:
		return s.noRecord
	}
	return s.forbidden
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
