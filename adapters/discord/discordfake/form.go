package discordfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fault is one error of a field, by Discord's code of it.
type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// form collects the errors of a body, as a tree that follows its fields.
type form struct{ tree map[string]any }

// add puts an error at a path.
func (f *form) add(path []string, code, message string) {
	if f.tree == nil {
		f.tree = map[string]any{}
	}
	at := f.tree
	for _, p := range path {
		next, _ := at[p].(map[string]any)
		if next == nil {
			next = map[string]any{}
			at[p] = next
		}
		at = next
	}
	list, _ := at["_errors"].([]fault)
	at["_errors"] = append(list, fault{code, message})
}

// err gives error 50035 with the tree; nil when there is none.
func (f *form) err() *apiError {
	if f.tree == nil {
		return nil
	}
	return &apiError{400, 50035, "Invalid Form Body", f.tree}
}

// length checks how long a text is, in characters.
func (f *form) length(text string, least, most int, path ...string) {
	n := utf8.RuneCountInString(text)
	switch {
	case n == 0 && least > 0:
		f.add(path, "BASE_TYPE_REQUIRED", "This field is required")
	case n < least || n > most:
		if least > 0 {
			f.add(path, "BASE_TYPE_BAD_LENGTH", fmt.Sprintf("Must be between %d and %d in length.", least, most))
		} else {
			f.add(path, "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", most))
		}
	}
}

func (f *form) choice(path []string, ok bool) {
	if !ok {
		f.add(path, "BASE_TYPE_CHOICES", "Value must be one of the allowed ones.")
	}
}

func asTypeError(err error, to **json.UnmarshalTypeError) bool { return errors.As(err, to) }

// messageForm is what a message is made or edited with.
type messageForm struct {
	Content          *string            `json:"content"`
	Nonce            any                `json:"nonce"`
	EnforceNonce     bool               `json:"enforce_nonce"`
	TTS              bool               `json:"tts"`
	Embeds           *[]json.RawMessage `json:"embeds"`
	AllowedMentions  *allowedMentions   `json:"allowed_mentions"`
	MessageReference *Reference         `json:"message_reference"`
	Components       *[]Component       `json:"components"`
	Flags            int                `json:"flags"`
	StickerIDs       []string           `json:"sticker_ids"`
}

// allowedMentions says who may be mentioned; nil allows all.
type allowedMentions struct {
	Parse       []string `json:"parse"`
	Roles       []string `json:"roles"`
	Users       []string `json:"users"`
	RepliedUser *bool    `json:"replied_user"`
}

func (a *allowedMentions) user(id string) bool {
	return a == nil || slices.Contains(a.Parse, "users") || slices.Contains(a.Users, id)
}

func (a *allowedMentions) role(id string) bool {
	return a == nil || slices.Contains(a.Parse, "roles") || slices.Contains(a.Roles, id)
}

func (a *allowedMentions) everyone() bool { return a == nil || slices.Contains(a.Parse, "everyone") }

// replied says whether the author of the message replied to is mentioned: so it
// is unless allowed_mentions is there and does not say it.
func (a *allowedMentions) replied() bool {
	return a == nil || a.RepliedUser != nil && *a.RepliedUser
}

func (a *allowedMentions) check(f *form) {
	if a == nil {
		return
	}
	for i, p := range a.Parse {
		f.choice([]string{"allowed_mentions", "parse", strconv.Itoa(i)}, slices.Contains([]string{"users", "roles", "everyone"}, p))
	}
	for kind, ids := range map[string][]string{"users": a.Users, "roles": a.Roles} {
		if len(ids) > 100 {
			f.add([]string{"allowed_mentions", kind}, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
		}
		if len(ids) > 0 && slices.Contains(a.Parse, kind) {
			f.add([]string{"allowed_mentions"}, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", fmt.Sprintf("parse:[%q] and %s: [ids...] are mutually exclusive.", kind, kind))
		}
	}
}

// check gives all errors of the form.
func (m *messageForm) check() *apiError {
	var f form
	if m.Content != nil {
		f.length(*m.Content, 0, 2000, "content")
	}
	if n := m.nonce(); len(n) > 25 {
		f.add([]string{"nonce"}, "NONCE_TYPE_TOO_LONG", "A nonce cannot be longer than 25 characters.")
	}
	m.AllowedMentions.check(&f)
	if m.Embeds != nil {
		checkEmbeds(&f, *m.Embeds)
	}
	if m.Components != nil {
		checkComponents(&f, *m.Components)
	}
	return f.err()
}

func (m *messageForm) nonce() string {
	switch n := m.Nonce.(type) {
	case string:
		return n
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return ""
}

// empty says whether a message of it would show nothing.
func (m *messageForm) empty() bool {
	return (m.Content == nil || strings.TrimSpace(*m.Content) == "") && (m.Embeds == nil || len(*m.Embeds) == 0) &&
		(m.Components == nil || len(*m.Components) == 0) && len(m.StickerIDs) == 0
}

// embed has the parts of an embed that have limits; see
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits.
type embed struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Color       int    `json:"color"`
	Fields      []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
	Footer struct {
		Text string `json:"text"`
	} `json:"footer"`
	Author struct {
		Name string `json:"name"`
	} `json:"author"`
}

func checkEmbeds(f *form, all []json.RawMessage) {
	if len(all) > 10 {
		f.add([]string{"embeds"}, "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
	}
	total := 0
	for i, raw := range all {
		at := func(path ...string) []string { return append([]string{"embeds", strconv.Itoa(i)}, path...) }
		var e embed
		if err := json.Unmarshal(raw, &e); err != nil {
			f.add(at(), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
			continue
		}
		f.length(e.Title, 0, 256, at("title")...)
		f.length(e.Description, 0, 4096, at("description")...)
		f.length(e.Footer.Text, 0, 2048, at("footer", "text")...)
		f.length(e.Author.Name, 0, 256, at("author", "name")...)
		if len(e.Fields) > 25 {
			f.add(at("fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
		}
		if e.Color < 0 || e.Color > 0xffffff {
			f.add(at("color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
		}
		if e.URL != "" && !isWeb(e.URL) {
			f.add(at("url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.")
		}
		texts := []string{e.Title, e.Description, e.Footer.Text, e.Author.Name}
		for j, field := range e.Fields {
			f.length(field.Name, 1, 256, at("fields", strconv.Itoa(j), "name")...)
			f.length(field.Value, 1, 1024, at("fields", strconv.Itoa(j), "value")...)
			texts = append(texts, field.Name, field.Value)
		}
		for _, t := range texts {
			total += utf8.RuneCountInString(t)
		}
	}
	if total > 6000 {
		f.add([]string{"embeds"}, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
}

func isWeb(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
