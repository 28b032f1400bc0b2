package bot

import (
	"fmt"
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
	digits                    map[string]string // how digits are said
	corrections               []string          // before another value: "no", "I meant"
	additions                 []string          // behind one: "too"
	articles                  []string
	pronouns                  []string // that stand for what the last command was about
	more, less, much          []string
	fillers                   []string // that may stand around "warmer" and mean nothing

	yes, no, cancel []string // ways to say them, normalised
	spokenYes       []string // those of yes that nobody says in passing
	ordinals        [][]string
	yesLabel        string
	noLabel         string
	labels          Labels
}

// catalogue holds the sentences by language.
var catalogue = map[string]*sentences{"en": english}

var english = &sentences{
	unknown:   "I don't know that.",
	suggest:   "Did you mean one of these?",
	noMore:    "Then I don't know.",
	followups: "You may also want to know:",
	done:      "Done.",
	failed:    "That did not work: %s",
	confirm:   "Shall I do this: **%s**?",
	ask:       "Which %s?",
	askAgain:  "I did not understand that.",
	cancelled: "All right, I leave it.",
	expired:   "That took too long, so I did nothing. Please say again what I shall do.",
	gone:      "That is no longer there. Please ask again.",
	notYours:  "That is for %s to decide.",

	askPerson:    "Ask a person",
	unhelpful:    "I am sorry that this was no help. Shall I ask a person?",
	handedOn:     "I have asked a person. The answer will come here.",
	asks:         "**%s** asks:",
	showQuestion: "Show the question",
	answersYours: "**%s** answers your question:",
	broughtBack:  "Thank you. Your answer has been passed on.",

	tooLong:    "That is too long for a question. Please put it in a few sentences.",
	deaf:       "I cannot listen yet: no speech recognition is set up. Please type it.",
	silence:    "I heard nothing.",
	unrecorded: "this exchange is not in the journal: %s",

	approve:          "**%s** waits for %d more to approve it. Press a button, or write `approve %s`.",
	approveElsewhere: "%s asks for this: **%s**. It needs %d to approve it. Press a button, or write `approve %s`.",
	moreApprovers:    "Noted. It still needs %d more.",
	noApprover:       "That is not for you to decide.",
	refused:          "%s has refused it, so it is not done.",
	untold:           "whoever asked could not be told: %s",
	pin:              "What is your PIN?",
	pinAgain:         "That PIN is not right. What is your PIN?",
	pinLocked:        "Too many wrong PINs. Try again in five minutes.",
	forbidden:        "You may not do that here.",
	paused:           "Everything is paused, so I did nothing.",
	pausedBecause:    "Everything is paused, so I did nothing: %s",
	tooOften:         "That was asked for too often. Try again in %s.",
	uncertain:        "I began that before and was interrupted. I do not know whether it was done, so I did not do it again. Please look.",
	noRecord:         "I could not put that on record, so I did not do it.",
	preview:          "I would do this:",

	approveLabel: "Approve",
	refuseLabel:  "Refuse",
	approveWords: []string{"approve", "approved", "release"},
	refuseWords:  []string{"refuse", "reject", "decline"},
	digits: map[string]string{
		"zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
		"eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
		"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
		"fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
	},
	corrections: []string{"no", "no i meant", "no i mean", "i meant", "i mean", "sorry", "sorry i meant", "not that", "rather", "actually",
		"make that", "make it", "no make it", "instead", "and", "and in", "also", "also in", "same for", "same in"},
	additions: []string{"too", "as well", "instead", "please", "rather"},
	articles:  []string{"the", "a", "an", "in", "on", "at", "my"},
	pronouns:  []string{"it", "them", "that", "those", "there", "again", "one", "this", "these"},
	more:      []string{"more", "higher", "up"},
	less:      []string{"less", "lower", "down", "fewer"},
	much:      []string{"much", "a lot", "lots", "far", "way"},
	fillers: []string{"a", "an", "the", "bit", "little", "even", "please", "make", "it", "still", "some", "by", "degree", "degrees",
		"percent", "more", "less", "too", "and", "now", "again", "slightly", "another", "turn", "set", "them", "that"},

	yes:       []string{"yes", "y", "yes please", "yeah", "yep", "sure", "ok", "okay", "do it", "go ahead", "confirm", "please do"},
	spokenYes: []string{"yes", "yes please", "do it", "yes do it", "go ahead", "confirm", "please do"},
	no:        []string{"no", "n", "nope", "no thanks", "no thank you", "none", "none of these", "none of them", "neither", "dont", "do not"},
	cancel: []string{"cancel", "stop", "never mind", "nevermind", "forget it", "abort", "leave it",
		"no never mind", "cancel that", "stop it"},
	ordinals: [][]string{
		{"first", "the first", "first one", "the first one", "one", "number one", "number 1"},
		{"second", "the second", "second one", "the second one", "two", "number two", "number 2"},
		{"third", "the third", "third one", "the third one", "three", "number three", "number 3"},
	},
	yesLabel: "Yes",
	noLabel:  "No",
	labels:   englishLabels,
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
