package slackfake

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Surfaces of blocks.
const (
	inMessage = "message"
	inModal   = "modal"
	inHome    = "home"
)

// block has what this server knows of the blocks at
// https://docs.slack.dev/reference/block-kit/blocks.
type block struct {
	Type     string            `json:"type"`
	BlockID  string            `json:"block_id"`
	Text     *text             `json:"text"`
	Fields   []text            `json:"fields"`
	Elements []json.RawMessage `json:"elements"`
	// Accessory stands beside a section, Element in an input.
	Accessory *element        `json:"accessory"`
	Element   *element        `json:"element"`
	Label     *text           `json:"label"`
	Hint      *text           `json:"hint"`
	Optional  bool            `json:"optional"`
	ImageURL  string          `json:"image_url"`
	AltText   string          `json:"alt_text"`
	Title     *text           `json:"title"`
	Expand    json.RawMessage `json:"expand"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// element has what it knows of those at
// https://docs.slack.dev/reference/block-kit/block-elements.
type element struct {
	Type          string   `json:"type"`
	ActionID      string   `json:"action_id"`
	Text          *text    `json:"-"`
	RawText       any      `json:"text"`
	Value         string   `json:"value"`
	URL           string   `json:"url"`
	Style         string   `json:"style"`
	Placeholder   *text    `json:"placeholder"`
	Options       []option `json:"options"`
	InitialOption *option  `json:"initial_option"`
	InitialValue  string   `json:"initial_value"`
	MaxLength     int      `json:"max_length"`
	Multiline     bool     `json:"multiline"`
	Confirm       *confirm `json:"confirm"`
	ImageURL      string   `json:"image_url"`
	AltText       string   `json:"alt_text"`
}

type option struct {
	Text  *text  `json:"text"`
	Value string `json:"value"`
}

type confirm struct {
	Title, Text, Confirm, Deny *text
}

// A checker collects what is wrong with blocks, with the place of each.
type checker struct {
	surface  string
	problems []string
	size     int // of all texts, in characters
	blockIDs map[string]bool
	inputs   int
}

// checkBlocks gives what Slack would say against blocks, and the size of their
// texts.
func checkBlocks(raw []byte, surface string) ([]string, int) {
	c := &checker{surface: surface, blockIDs: map[string]bool{}}
	c.check(raw)
	return c.problems, c.size
}

func (c *checker) bad(at, format string, a ...any) {
	c.problems = append(c.problems, "[ERROR] "+fmt.Sprintf(format, a...)+" [json-pointer:"+at+"]")
}

func (c *checker) check(raw []byte) {
	var blocks []json.RawMessage
	if err := json.Unmarshal(raw, &blocks); err != nil {
		c.bad("/blocks", "failed to match all allowed schemas: %v", err)
		return
	}
	most := 50
	if c.surface != inMessage {
		most = 100
	}
	if len(blocks) > most {
		c.bad("/blocks", "no more than %d items allowed", most)
		return
	}
	for i, raw := range blocks {
		at := "/blocks/" + strconv.Itoa(i)
		var b block
		if err := json.Unmarshal(raw, &b); err != nil {
			c.bad(at, "failed to match all allowed schemas: %v", err)
			continue
		}
		c.length(at+"/block_id", b.BlockID, 0, 255)
		if b.BlockID != "" {
			if c.blockIDs[b.BlockID] {
				c.bad(at+"/block_id", "block_id already exists: %s", b.BlockID)
			}
			c.blockIDs[b.BlockID] = true
		}
		c.block(at, b)
	}
}

func (c *checker) block(at string, b block) {
	switch b.Type {
	case "divider":
	case "section":
		if b.Text == nil && len(b.Fields) == 0 {
			c.bad(at, "missing required field: text")
		}
		c.text(at+"/text", b.Text, 3000, false, false)
		if len(b.Fields) > 10 {
			c.bad(at+"/fields", "no more than 10 items allowed")
		}
		for i := range b.Fields {
			c.text(fmt.Sprintf("%s/fields/%d", at, i), &b.Fields[i], 2000, false, true)
		}
		if b.Accessory != nil {
			c.element(at+"/accessory", *b.Accessory, "button", "static_select", "overflow", "image", "checkboxes", "radio_buttons")
		}
	case "header":
		c.text(at+"/text", b.Text, 150, true, true)
	case "image":
		c.length(at+"/image_url", b.ImageURL, 1, 3000)
		c.length(at+"/alt_text", b.AltText, 1, 2000)
		c.text(at+"/title", b.Title, 2000, true, false)
	case "context":
		c.many(at, len(b.Elements), 10)
		for i, raw := range b.Elements {
			at := fmt.Sprintf("%s/elements/%d", at, i)
			var e struct {
				text
				ImageURL string `json:"image_url"`
				AltText  string `json:"alt_text"`
			}
			if err := json.Unmarshal(raw, &e); err != nil {
				c.bad(at, "failed to match all allowed schemas: %v", err)
			} else if e.Type == "image" {
				c.length(at+"/image_url", e.ImageURL, 1, 3000)
				c.length(at+"/alt_text", e.AltText, 1, 2000)
			} else {
				c.text(at, &e.text, 2000, false, true)
			}
		}
	case "actions":
		c.many(at, len(b.Elements), 25)
		ids := map[string]bool{}
		for i, raw := range b.Elements {
			at := fmt.Sprintf("%s/elements/%d", at, i)
			var e element
			if err := json.Unmarshal(raw, &e); err != nil {
				c.bad(at, "failed to match all allowed schemas: %v", err)
				continue
			}
			if e.ActionID != "" && ids[e.ActionID] {
				c.bad(at+"/action_id", "action_id already exists: %s", e.ActionID)
			}
			ids[e.ActionID] = true
			c.element(at, e, "button", "static_select", "overflow", "checkboxes", "radio_buttons")
		}
	case "input":
		c.inputs++
		if c.surface == inMessage {
			c.bad(at, "unsupported type: input")
		}
		c.text(at+"/label", b.Label, 2000, true, true)
		c.text(at+"/hint", b.Hint, 2000, true, false)
		if b.Element == nil {
			c.bad(at, "missing required field: element")
			return
		}
		c.element(at+"/element", *b.Element, "plain_text_input", "static_select", "radio_buttons", "checkboxes", "number_input")
	case "markdown":
		if c.surface != inMessage {
			c.bad(at, "unsupported type: markdown")
		}
	case "rich_text", "video", "file", "table":
	default:
		c.bad(at+"/type", "unsupported type: %s", b.Type)
	}
}

func (c *checker) many(at string, n, most int) {
	if n == 0 {
		c.bad(at+"/elements", "no less than 1 items allowed")
	}
	if n > most {
		c.bad(at+"/elements", "no more than %d items allowed", most)
	}
}

// text checks a text object.
func (c *checker) text(at string, t *text, most int, plain, required bool) {
	if t == nil {
		if required {
			c.bad(at, "missing required field: text")
		}
		return
	}
	if t.Type != "plain_text" && (plain || t.Type != "mrkdwn") {
		c.bad(at+"/type", "failed to match all allowed schemas: %q", t.Type)
	}
	c.length(at+"/text", t.Text, 1, most)
	c.size += utf8.RuneCountInString(t.Text)
}

func (c *checker) length(at, s string, least, most int) {
	switch n := utf8.RuneCountInString(s); {
	case n < least:
		c.bad(at, "must be more than %d characters", least-1)
	case n > most:
		c.bad(at, "must be less than %d characters", most+1)
	}
}

// element checks one of the kinds that may stand there.
func (c *checker) element(at string, e element, kinds ...string) {
	known := false
	for _, k := range kinds {
		known = known || e.Type == k
	}
	if !known {
		c.bad(at+"/type", "unsupported type: %s", e.Type)
		return
	}
	c.length(at+"/action_id", e.ActionID, 0, 255)
	c.text(at+"/placeholder", e.Placeholder, 150, true, false)
	switch e.Type {
	case "image":
		c.length(at+"/image_url", e.ImageURL, 1, 3000)
		c.length(at+"/alt_text", e.AltText, 1, 2000)
	case "button":
		c.text(at+"/text", textOf(e.RawText), 75, true, true)
		c.length(at+"/value", e.Value, 0, 2000)
		c.length(at+"/url", e.URL, 0, 3000)
		if e.Style != "" && e.Style != "primary" && e.Style != "danger" {
			c.bad(at+"/style", "value is not allowed: %s", e.Style)
		}
	case "static_select":
		c.options(at, e.Options, 1, 100)
		if e.InitialOption != nil && !contains(e.Options, *e.InitialOption) {
			c.bad(at+"/initial_option", "initial_option is not among the options")
		}
	case "overflow":
		c.options(at, e.Options, 1, 5)
	case "checkboxes", "radio_buttons":
		c.options(at, e.Options, 1, 10)
	case "plain_text_input":
		c.length(at+"/initial_value", e.InitialValue, 0, 3000)
		if e.MaxLength < 0 || e.MaxLength > 3000 {
			c.bad(at+"/max_length", "must be less than 3001")
		}
	}
	if e.Confirm != nil {
		c.text(at+"/confirm/title", e.Confirm.Title, 100, true, true)
		c.text(at+"/confirm/text", e.Confirm.Text, 300, false, true)
		c.text(at+"/confirm/confirm", e.Confirm.Confirm, 30, true, true)
		c.text(at+"/confirm/deny", e.Confirm.Deny, 30, true, true)
	}
}

// textOf reads the text object of a button.
func textOf(v any) *text {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	kind, _ := object["type"].(string)
	words, _ := object["text"].(string)
	return &text{Type: kind, Text: words}
}

func contains(options []option, o option) bool {
	for _, have := range options {
		if have.Value == o.Value {
			return true
		}
	}
	return false
}

func (c *checker) options(at string, options []option, least, most int) {
	if len(options) < least || len(options) > most {
		c.bad(at+"/options", "between %d and %d items allowed, there are %d", least, most, len(options))
	}
	seen := map[string]bool{}
	for i, o := range options {
		at := fmt.Sprintf("%s/options/%d", at, i)
		c.text(at+"/text", o.Text, 75, true, true)
		c.length(at+"/value", o.Value, 1, 150)
		if seen[o.Value] {
			c.bad(at+"/value", "value already exists: %s", o.Value)
		}
		seen[o.Value] = true
	}
}
