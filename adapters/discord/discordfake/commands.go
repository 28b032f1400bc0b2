package discordfake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// gatewayURL is where the gateway is: at the door through which it is asked for.
func gatewayURL(host string) string { return "ws://" + host + "/gateway" }

func (s *Server) getGateway(c *call) (int, any, *apiError) {
	return http.StatusOK, map[string]any{"url": gatewayURL(c.Host)}, nil
}

func (s *Server) getGatewayBot(c *call) (int, any, *apiError) {
	atOnce := s.opts.Identifies
	if atOnce == 0 {
		atOnce = 16
	}
	return http.StatusOK, map[string]any{"url": gatewayURL(c.Host), "shards": 1, "session_start_limit": map[string]any{
		"total": 1000, "remaining": max(0, 1000-s.identified.Load()), "reset_after": 86_400_000, "max_concurrency": atOnce}}, nil
}

func (s *Server) getApplication(*call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return http.StatusOK, s.applicationJSON(), nil
}

func (s *Server) applicationJSON() map[string]any {
	out := map[string]any{
		"id": s.Bot.ID, "name": s.Bot.Username, "description": "", "icon": nil, "summary": "", "bot": s.Bot,
		"bot_public": true, "bot_require_code_grant": false, "verify_key": s.PublicKey, "flags": s.opts.Flags,
		"approximate_guild_count": len(s.guilds), "interactions_endpoint_url": nil,
	}
	if s.endpoint != "" {
		out["interactions_endpoint_url"] = s.endpoint
	}
	return out
}

// patchApplication sets the address of interactions, after trying it.
func (s *Server) patchApplication(c *call) (int, any, *apiError) {
	var f struct {
		Endpoint *string `json:"interactions_endpoint_url"`
	}
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	if f.Endpoint != nil {
		if err := s.SetEndpoint(*f.Endpoint); err != nil {
			var e form
			e.add([]string{"interactions_endpoint_url"}, "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", "The specified interactions endpoint url could not be verified.")
			return 0, nil, e.err()
		}
	}
	return s.getApplication(c)
}

func (s *Server) getCommands(c *call) (int, any, *apiError) {
	if c.PathValue("application") != s.Bot.ID {
		return 0, nil, unknownApplication
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.commands[c.PathValue("guild")]
	if all == nil {
		all = []map[string]any{}
	}
	return http.StatusOK, all, nil
}

// Commands gives the names of the commands that the application registered, for
// everywhere ("") or for a guild: "/ask" for slash commands, others as they are.
func (s *Server) Commands(guildID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, c := range s.commands[guildID] {
		name := c["name"].(string)
		if c["type"] == 1 {
			name = "/" + name
		}
		names = append(names, name)
	}
	return names
}

// commandForm is a command as it is registered.
type commandForm struct {
	ID          json.RawMessage   `json:"id"`
	Type        int               `json:"type"`
	Name        string            `json:"name"`
	Names       map[string]string `json:"name_localizations"`
	Description string            `json:"description"`
	Texts       map[string]string `json:"description_localizations"`
	Options     []optionForm      `json:"options"`
	Contexts    []int             `json:"contexts"`
	Kinds       []int             `json:"integration_types"`
	Permissions *string           `json:"default_member_permissions"`
	InDMs       *bool             `json:"dm_permission"`
	NSFW        bool              `json:"nsfw"`
}

type optionForm struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations"`
	Description  string            `json:"description"`
	Texts        map[string]string `json:"description_localizations"`
	Required     bool              `json:"required"`
	Choices      []choiceForm      `json:"choices"`
	Options      []optionForm      `json:"options"`
	Autocomplete bool              `json:"autocomplete"`
	MinLength    *int              `json:"min_length"`
	MaxLength    *int              `json:"max_length"`
}

type choiceForm struct {
	Name  string            `json:"name"`
	Names map[string]string `json:"name_localizations"`
	Value any               `json:"value"`
}

// commandName is what slash commands and options may be called, in lower case.
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// locales are those of https://docs.discord.com/developers/reference#locales.
var locales = strings.Fields("id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko")

// name checks a name that is typed, in all languages.
func (f *form) name(name string, others map[string]string, path []string) {
	ok := func(n string) bool { return commandName.MatchString(n) && n == strings.ToLower(n) }
	if !ok(name) {
		f.add(append(path, "name"), "STRING_TYPE_REGEX", "String value did not match validation regex.")
	}
	f.localized(others, 32, append(path, "name_localizations"))
	for l, n := range others {
		if !ok(n) {
			f.add(append(path, "name_localizations", l), "STRING_TYPE_REGEX", "String value did not match validation regex.")
		}
	}
}

func (f *form) localized(texts map[string]string, most int, path []string) {
	for l, t := range texts {
		known := false
		for _, k := range locales {
			known = known || k == l
		}
		f.choice(append(path[:len(path):len(path)], l), known)
		f.length(t, 1, most, append(path[:len(path):len(path)], l)...)
	}
}

func (s *Server) putCommands(c *call) (int, any, *apiError) {
	if c.PathValue("application") != s.Bot.ID {
		return 0, nil, unknownApplication
	}
	var all []commandForm
	if err := c.read(&all); err != nil {
		return 0, nil, err
	}
	var f form
	seen := map[string]bool{}
	counts := map[int]int{}
	for i := range all {
		k := &all[i]
		if k.Type == 0 {
			k.Type = 1
		}
		path := []string{strconv.Itoa(i)}
		f.choice(append(path, "type"), k.Type >= 1 && k.Type <= 3)
		if k.Type == 1 {
			f.name(k.Name, k.Names, path)
			f.length(k.Description, 1, 100, append(path, "description")...)
			f.localized(k.Texts, 100, append(path, "description_localizations"))
			f.options(k.Options, path)
		} else {
			f.length(k.Name, 1, 32, append(path, "name")...)
			f.localized(k.Names, 32, append(path, "name_localizations"))
			if k.Description != "" || len(k.Options) > 0 {
				f.add(append(path, "description"), "APPLICATION_COMMANDS_DESCRIPTION_INVALID", "Context menu commands cannot have description")
			}
		}
		for _, x := range k.Contexts {
			f.choice(append(path, "contexts"), x >= 0 && x <= 2)
		}
		counts[k.Type]++
		key := fmt.Sprint(k.Type, " ", k.Name)
		if seen[key] {
			f.add(append(path, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[key] = true
	}
	if counts[1] > 100 || counts[2] > 15 || counts[3] > 15 {
		return 0, nil, &apiError{400, 30032, "Maximum number of application commands reached", nil}
	}
	if err := f.err(); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []map[string]any{}
	for _, k := range all {
		var as map[string]any
		_ = json.Unmarshal(encode(k), &as)
		as["id"], as["application_id"], as["version"], as["type"] = s.id(), s.Bot.ID, s.id(), k.Type
		if g := c.PathValue("guild"); g != "" {
			as["guild_id"] = g
		}
		out = append(out, as)
	}
	s.commands[c.PathValue("guild")] = out
	s.post()
	return http.StatusOK, out, nil
}

func (f *form) options(all []optionForm, path []string) {
	if len(all) > 25 {
		f.add(append(path, "options"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	optional := false
	for i, o := range all {
		at := append(path[:len(path):len(path)], "options", strconv.Itoa(i))
		f.choice(append(at, "type"), o.Type >= 1 && o.Type <= 11)
		f.name(o.Name, o.Names, at)
		f.length(o.Description, 1, 100, append(at, "description")...)
		f.localized(o.Texts, 100, append(at, "description_localizations"))
		if o.Required && optional {
			f.add(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		}
		optional = optional || !o.Required
		if o.Autocomplete && len(o.Choices) > 0 {
			f.add(append(at, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "autocomplete and choices exclude each other")
		}
		if o.MaxLength != nil && (*o.MaxLength < 1 || *o.MaxLength > 6000) {
			f.add(append(at, "max_length"), "NUMBER_TYPE_MAX", "int value should be between 1 and 6000.")
		}
		f.choices(o.Choices, append(at, "choices"))
		f.options(o.Options, at)
	}
}

func (f *form) choices(all []choiceForm, path []string) {
	if len(all) > 25 {
		f.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	for i, c := range all {
		at := append(path[:len(path):len(path)], strconv.Itoa(i))
		f.length(c.Name, 1, 100, append(at, "name")...)
		if v, ok := c.Value.(string); ok && (v == "" || utf8.RuneCountInString(v) > 100) {
			f.add(append(at, "value"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
		} else if c.Value == nil {
			f.add(append(at, "value"), "BASE_TYPE_REQUIRED", "This field is required")
		}
	}
}
