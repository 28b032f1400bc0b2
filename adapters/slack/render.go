package slack

import (
	"fmt"
	"strconv"
	"strings"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/slack-go/slack"
)

// Bounds of what is shown; see https://docs.slack.dev/reference/block-kit. A
// message as a whole takes some 13,000 characters, which is not documented.
const (
	maxSection  = 3000 // characters of a section
	perMessage  = 3    // sections of one message
	maxMessages = 12   // messages of one answer
	maxFallback = 3000 // characters of what notifications show; 4,000 when a message is changed
	maxButtons  = 5    // more options become a menu
	maxOptions  = 100
	maxLabel    = 75   // characters of a button and of an option
	maxValue    = 150  // of an option of a menu
	maxPressed  = 2000 // of a button
	maxQuoted   = 300  // characters of a question that is shown again
)

// Names of blocks and controls. What begins with one of them is ours.
const (
	optionBlock = "fd_options"
	rateBlock   = "fd_rate"
	optionID    = "fd_option_" // and a number
	menuID      = "fd_menu"
	formID      = "fd_form"
	upID        = "fd_up"
	downID      = "fd_down"
	homeAskID   = "fd_home_ask"
	homeOpenID  = "fd_home_open"
	inputBlock  = "fd_input"
	inputID     = "fd_text"
)

// A message is one of those that a reply becomes.
type message struct {
	text   string // what notifications and screen readers have
	blocks []slack.Block
}

// render gives the messages that a reply becomes; none where it has nothing to show.
func render(s chat.Showing) []message {
	r, words := s.Reply, bot.LabelsFor(s.Locale)
	var head, foot []slack.Block
	if q, ok := strings.CutPrefix(s.Place.Message, askedPrefix); ok {
		head = append(head, section("&gt; "+strings.ReplaceAll(plain(clip(q, maxQuoted)), "\n", " ")))
	}
	if r.Heard != "" {
		head = append(head, note(fmt.Sprintf(words.Heard, "_"+plain(clip(strings.ReplaceAll(r.Heard, "\n", " "), maxQuoted))+"_")))
	}
	if (r.OptionsHead != "") && len(r.Options) > 0 {
		foot = append(foot, section(clip(mrkdwn(r.OptionsHead), maxSection)))
	}
	foot = append(foot, options(r, words)...)
	if s.Rate {
		foot = append(foot, slack.NewActionBlock(rateBlock,
			slack.NewButtonBlockElement(upID, "1", plainText(words.Helpful)),
			slack.NewButtonBlockElement(downID, "-1", plainText(words.Unhelpful))))
	}
	var sections []string
	if strings.TrimSpace(r.Text) != "" {
		for _, part := range chat.Split(r.Text, maxSection, func(s string) int { return length(mrkdwn(s)) }) {
			if m := mrkdwn(part); strings.TrimSpace(m) != "" {
				sections = append(sections, clip(m, maxSection))
			}
		}
	}
	if len(sections) == 0 && len(foot) == 0 {
		return nil
	}
	if len(sections) > perMessage*maxMessages {
		sections = append(sections[:perMessage*maxMessages-1], "_"+plain(words.OnlyPart)+"_")
	}
	var out []message
	for from := 0; from == 0 || from < len(sections); from += perMessage {
		part := sections[from:min(from+perMessage, len(sections))]
		m := message{text: clip(strings.Join(part, "\n\n"), maxFallback)}
		if from == 0 {
			m.blocks = append(m.blocks, head...)
		}
		for _, s := range part {
			m.blocks = append(m.blocks, section(s))
		}
		out = append(out, m)
	}
	last := &out[len(out)-1]
	last.blocks = append(last.blocks, foot...)
	if last.text == "" {
		last.text = clip(plain(words.Pick), maxFallback)
	}
	return out
}

// options gives the controls by which an option is picked, or a value is typed.
func options(r bot.Reply, words *bot.Labels) []slack.Block {
	list := r.Options
	if len(list) > maxOptions {
		list = list[:maxOptions]
	}
	menu, seen := len(list) > maxButtons, map[string]bool{}
	for _, o := range list {
		menu = menu && length(o.ID) <= maxValue && o.ID != "" && !seen[o.ID]
		seen[o.ID] = true
	}
	var elements []slack.BlockElement
	if menu {
		var choices []*slack.OptionBlockObject
		for _, o := range list {
			choices = append(choices, slack.NewOptionBlockObject(o.ID, plainText(o.Label), nil))
		}
		elements = append(elements, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText(words.Pick), menuID, choices...))
	} else {
		for i, o := range list {
			if length(o.ID) > maxPressed {
				continue
			}
			b := slack.NewButtonBlockElement(optionID+strconv.Itoa(i), o.ID, plainText(o.Label))
			if i == 0 && r.Confirm != nil {
				b.Style = slack.StylePrimary
			}
			elements = append(elements, b)
		}
	}
	if r.Form != nil {
		// The value is what the form asks for, since it is opened without asking us back.
		value := clip(r.Form.Title, 200) + "\n" + clip(r.Form.Label, 1000)
		elements = append(elements, slack.NewButtonBlockElement(formID, value, plainText(words.Type)))
	}
	var blocks []slack.Block
	for i := 0; i < len(elements); i += 25 {
		id := optionBlock
		if i > 0 {
			id += strconv.Itoa(i)
		}
		blocks = append(blocks, slack.NewActionBlock(id, elements[i:min(i+25, len(elements))]...))
	}
	return blocks
}

func section(m string) slack.Block {
	return slack.NewSectionBlock(&slack.TextBlockObject{Type: slack.MarkdownType, Text: m, Verbatim: true}, nil, nil)
}

func note(m string) slack.Block {
	return slack.NewContextBlock("", &slack.TextBlockObject{Type: slack.MarkdownType, Text: clip(m, 2000), Verbatim: true})
}

// plainText gives the words on a control; Slack takes none without any.
func plainText(s string) *slack.TextBlockObject {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\n", " "))
	if s == "" {
		s = "…"
	}
	return slack.NewTextBlockObject(slack.PlainTextType, clip(s, maxLabel), false, false)
}

// settled gives the blocks of a message whose options are over: they are gone,
// and what was chosen stands in their place.
func settled(blocks []slack.Block, chosen, locale string) []slack.Block {
	words := bot.LabelsFor(locale)
	var out []slack.Block
	done := false
	for _, b := range blocks {
		if a, ok := b.(*slack.ActionBlock); ok && strings.HasPrefix(a.BlockID, optionBlock) {
			if !done && chosen != "" {
				out = append(out, note(fmt.Sprintf(plain(words.Chosen), "*"+plain(clip(chosen, maxQuoted))+"*")))
			}
			done = true
			continue
		}
		out = append(out, b)
	}
	if !done {
		return nil // they were over before
	}
	return out
}
