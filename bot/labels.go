package bot

// Labels are the words on what an adapter draws around a reply, in one
// language. A %s is plain text.
type Labels struct {
	Helpful, Unhelpful string // under an answer
	Pick               string // in a menu of options before one is chosen
	Type               string // opens a form
	Send, Cancel       string // of a form
	Heard              string // %s: what was heard
	Chosen             string // %s: the option that was chosen
	Working            string // while the answer is being made
	TooMuchSound       string // sound over the limits
	NoSound            string // a file that holds no sound
	NeedsFFmpeg        string // sound of a kind that needs ffmpeg, which is not there
	NoFile             string // a file that could not be fetched
	OnlyPart           string // an answer too long to be shown whole
	OnlyYou            string // describes a choice: whoever asks alone sees the answer
	NoWords            string // a message that is to be asked about and has no text

	Ask         string // names the command and the shortcut: "Ask the desk"
	AskAbout    string // "Ask the desk about this"
	Question    string // the label of the field for a question
	Home        string // the title of the home page
	Knows       string // %d: entries; %s: the base
	Open        string // before one's open questions
	NoneOpen    string
	Broken      string // something went wrong, and it is to be asked again
	NotHere     string // it does not answer in this channel
	Proposed    string // a question and its answer were proposed as a new entry
	NotProposed string // %s: why not
}

// LabelsFor gives the labels for a locale (BCP 47), by its language; English
// where there are none.
func LabelsFor(locale string) *Labels { return &sentencesFor(locale).labels }

var englishLabels = Labels{
	Helpful: "👍", Unhelpful: "👎",
	Pick: "Choose…", Type: "Type it…", Send: "Send", Cancel: "Cancel",
	Heard: "I heard: %s", Chosen: "Chosen: %s", Working: "is looking…",
	TooMuchSound: "That recording is too long for me. Please make it shorter, or type it.",
	NoSound:      "I find no sound in that file.",
	NeedsFFmpeg:  "I cannot read that kind of recording here. Please type it.",
	NoFile:       "I could not fetch that file. Please send it again, or type it.",
	OnlyPart:     "(The answer is longer than I can show here.)",
	OnlyYou:      "Only you see the answer", NoWords: "There are no words in that message that I could ask about.",
	Ask: "Ask the desk", AskAbout: "Ask the desk about this", Question: "Your question",
	Home: "What the desk knows", Knows: "%d entries of the base %s.", Open: "Your open questions", NoneOpen: "You have no open questions.",
	Broken: "Something went wrong here. Please ask again.", NotHere: "I do not answer in this channel.", Proposed: "Proposed as a new entry.", NotProposed: "That could not be proposed: %s",
}
