package bot

import "strconv"

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
	digits:       englishDigits(),
	corrections: []string{"no", "no i meant", "no i mean", "i meant", "i mean", "sorry", "sorry i meant", "not that", "rather", "actually",
		"make that", "make it", "no make it", "instead", "and", "and in", "also", "also in", "same for", "same in"},
	additions: []string{"too", "as well", "instead", "please", "rather"},
	articles:  []string{"the", "a", "an", "in", "on", "at", "my"},
	pronouns:  []string{"it", "them", "that", "those", "there", "again", "one", "this", "these"},
	more:      []string{"more", "higher", "up"},
	less:      []string{"less", "lower", "down", "fewer"},
	joints:    joints("and|then|after that|afterwards", "and|then|also|please"),
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

func englishDigits() map[string]string {
	return numbers([]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"},
		[]string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"},
		func(ten, one string) string { return ten + " " + one },
		map[string]string{"oh": "0", "o": "0"})
}

// numbers gives what is typed for the numbers up to 99 by how they are said: the
// small ones up to 19, the tens from 20 on, both together, and other ways.
func numbers(small, tens []string, both func(ten, one string) string, other map[string]string) map[string]string {
	all := other
	for i, said := range small {
		all[said] = strconv.Itoa(i)
	}
	for i, ten := range tens {
		n := 10 * (i + 2)
		all[ten] = strconv.Itoa(n)
		for one := 1; one < 10; one++ {
			all[both(ten, small[one])] = strconv.Itoa(n + one)
		}
	}
	return all
}
