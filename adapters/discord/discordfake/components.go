package discordfake

import (
	"fmt"
	"slices"
	"strconv"
)

// Types of component; see https://docs.discord.com/developers/components/reference.
const (
	compRow    = 1
	compButton = 2
	compSelect = 3
	compText   = 4
)

// checkComponents checks the components of a message: rows of buttons, or of one
// select.
func checkComponents(f *form, rows []Component) {
	if len(rows) > 5 {
		f.add([]string{"components"}, "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
	}
	seen := map[string]bool{}
	for i, row := range rows {
		at := func(path ...string) []string { return append([]string{"components", strconv.Itoa(i)}, path...) }
		if row.Type != compRow {
			f.add(at("type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1,).")
			continue
		}
		if n := len(row.Components); n < 1 || n > 5 {
			f.add(at("components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
		}
		for j, c := range row.Components {
			in := func(path ...string) []string { return append(at("components", strconv.Itoa(j)), path...) }
			switch {
			case c.Type == compButton:
				checkButton(f, c, in)
			case c.Type == compSelect:
				checkSelect(f, c, in)
			case c.Type >= 5 && c.Type <= 8:
				f.length(c.CustomID, 1, 100, in("custom_id")...)
			default:
				f.add(in("type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).")
			}
			if c.Type != compButton && len(row.Components) > 1 {
				f.add(at("components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
			}
			if c.CustomID != "" && seen[c.CustomID] {
				f.add(in("custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
			}
			seen[c.CustomID] = true
		}
	}
}

func checkButton(f *form, c Component, in func(...string) []string) {
	f.length(c.Label, 0, 80, in("label")...)
	f.choice(in("style"), c.Style >= 1 && c.Style <= 6)
	switch {
	case c.Style == 5:
		f.length(c.URL, 1, 512, in("url")...)
		if c.URL != "" && !isWeb(c.URL) {
			f.add(in("url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.")
		}
		if c.CustomID != "" {
			f.add(in("custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
	case c.Style != 6:
		f.length(c.CustomID, 1, 100, in("custom_id")...)
		if c.URL != "" {
			f.add(in("url"), "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
	}
	if c.Label == "" && len(c.Emoji) == 0 && c.Style != 6 {
		f.add(in(), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button must have a label or emoji")
	}
}

func checkSelect(f *form, c Component, in func(...string) []string) {
	f.length(c.CustomID, 1, 100, in("custom_id")...)
	f.length(c.Placeholder, 0, 150, in("placeholder")...)
	if n := len(c.Options); n < 1 || n > 25 {
		f.add(in("options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
	}
	least, most := 1, 1
	if c.MinValues != nil {
		least = *c.MinValues
	}
	if c.MaxValues != nil {
		most = *c.MaxValues
	}
	if least < 0 || least > 25 || most < 1 || most > 25 || least > most || most > len(c.Options) {
		f.add(in("max_values"), "SELECT_COMPONENT_INVALID_VALUES", fmt.Sprintf("min_values %d and max_values %d do not fit", least, most))
	}
	seen := map[string]bool{}
	for i, o := range c.Options {
		at := func(p string) []string { return in("options", strconv.Itoa(i), p) }
		f.length(o.Label, 1, 100, at("label")...)
		f.length(o.Value, 1, 100, at("value")...)
		f.length(o.Description, 0, 100, at("description")...)
		if seen[o.Value] {
			f.add(at("value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		seen[o.Value] = true
	}
}

// A Modal is a dialogue that an interaction opened.
type Modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []Component `json:"components"`
}

// Inputs gives the text inputs of the modal in order.
func (m Modal) Inputs() []Component {
	var all []Component
	for _, row := range m.Components {
		all = append(all, row.Components...)
	}
	return all
}

// checkModal checks a modal of rows with one text input each.
func checkModal(f *form, m Modal) {
	f.length(m.CustomID, 1, 100, "data", "custom_id")
	f.length(m.Title, 1, 45, "data", "title")
	if n := len(m.Components); n < 1 || n > 5 {
		f.add([]string{"data", "components"}, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
	}
	var seen []string
	for i, row := range m.Components {
		at := []string{"data", "components", strconv.Itoa(i)}
		if row.Type != compRow || len(row.Components) != 1 || row.Components[0].Type != compText {
			f.add(at, "UNION_TYPE_CHOICES", "A row of a modal holds one text input.")
			continue
		}
		c := row.Components[0]
		in := func(p string) []string { return append(slices.Clone(at), "components", "0", p) }
		f.length(c.CustomID, 1, 100, in("custom_id")...)
		f.length(c.Label, 1, 45, in("label")...)
		f.length(c.Placeholder, 0, 100, in("placeholder")...)
		f.length(c.Value, 0, 4000, in("value")...)
		f.choice(in("style"), c.Style == 1 || c.Style == 2)
		if c.MinLength != nil && (*c.MinLength < 0 || *c.MinLength > 4000) {
			f.add(in("min_length"), "NUMBER_TYPE_MAX", "int value should be between 0 and 4000.")
		}
		if c.MaxLength != nil && (*c.MaxLength < 1 || *c.MaxLength > 4000) {
			f.add(in("max_length"), "NUMBER_TYPE_MAX", "int value should be between 1 and 4000.")
		}
		if slices.Contains(seen, c.CustomID) {
			f.add(in("custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
		}
		seen = append(seen, c.CustomID)
	}
}
