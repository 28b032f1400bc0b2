package slackfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// A Control is a button or a menu of a message, a home tab or a modal.
type Control struct {
	Kind     string // "button", "static_select", "plain_text_input", …
	ActionID string
	BlockID  string
	Text     string // of a button
	Value    string
	Style    string
	URL      string
	Options  []Choice // of a menu
	Label    string   // of an input
}

// A Choice is one of a menu.
type Choice struct{ Text, Value string }

// Controls gives what stands in blocks to be pressed, picked or filled, in order.
func Controls(blocks json.RawMessage) []Control {
	var list []struct {
		BlockID   string            `json:"block_id"`
		Label     *text             `json:"label"`
		Element   json.RawMessage   `json:"element"`
		Accessory json.RawMessage   `json:"accessory"`
		Elements  []json.RawMessage `json:"elements"`
		Type      string            `json:"type"`
	}
	if json.Unmarshal(blocks, &list) != nil {
		return nil
	}
	var found []Control
	for i, b := range list {
		raws := b.Elements
		if b.Type != "actions" {
			raws = []json.RawMessage{b.Accessory, b.Element}
		}
		for _, raw := range raws {
			var e element
			if len(raw) == 0 || json.Unmarshal(raw, &e) != nil || e.Type == "image" {
				continue
			}
			c := Control{Kind: e.Type, ActionID: e.ActionID, BlockID: b.BlockID, Value: e.Value, Style: e.Style, URL: e.URL}
			if c.BlockID == "" {
				c.BlockID = fmt.Sprintf("block%d", i)
			}
			if t := textOf(e.RawText); t != nil {
				c.Text = t.Text
			}
			if b.Label != nil {
				c.Label = b.Label.Text
			}
			for _, o := range e.Options {
				c.Options = append(c.Options, Choice{o.Text.Text, o.Value})
			}
			found = append(found, c)
		}
	}
	return found
}

// Controls gives what stands in a message to be pressed or picked.
func (m Message) Controls() []Control { return Controls(m.Blocks) }

// Press has a user press a button of a message, found by a function; and pick
// the option of a menu, where value is not empty.
func (w *Workspace) Press(user, channel, ts string, which func(Control) bool, value string) (*Delivery, error) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return nil, errors.New("there is no such message")
	}
	if m.Ephemeral != "" && m.Ephemeral != user {
		return nil, errors.New("the user does not see that message")
	}
	if c := w.channels[channel]; !c.has(user) && c.kind != Public {
		return nil, errors.New("the user does not see that channel")
	}
	action, err := w.action(m.Controls(), which, value)
	if err != nil {
		return nil, err
	}
	c := w.channels[channel]
	container := map[string]any{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": m.Ephemeral != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload := w.interaction("block_actions", user)
	payload["container"] = container
	payload["channel"] = map[string]any{"id": channel, "name": channelName(c)}
	payload["state"] = map[string]any{"values": map[string]any{}}
	payload["response_url"] = w.hookFor(channel, user, ts, m.Ephemeral != "")
	payload["actions"] = []any{action}
	if m.Ephemeral == "" {
		payload["message"] = w.wire(m)
	}
	return w.interact(payload, channel), nil
}

// channelName is how interactions name a channel.
func channelName(c *channel) string {
	switch c.kind {
	case DM:
		return "directmessage"
	case Private:
		return "privategroup"
	}
	return c.name
}

// PressHome has a user press or fill something on their home tab.
func (w *Workspace) PressHome(user string, which func(Control) bool, value string) (*Delivery, error) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	v := w.homes[user]
	if v == nil {
		return nil, errors.New("the user has no home tab")
	}
	action, err := w.action(Controls(v.blocks), which, value)
	if err != nil {
		return nil, err
	}
	payload := w.interaction("block_actions", user)
	payload["container"] = map[string]any{"type": "view", "view_id": v.id}
	payload["view"] = w.wireView(v, nil)
	payload["actions"] = []any{action}
	return w.interact(payload, user), nil
}

// action makes the action of the one control that fits.
func (w *Workspace) action(controls []Control, which func(Control) bool, value string) (map[string]any, error) {
	at := slices.IndexFunc(controls, which)
	if at < 0 {
		return nil, fmt.Errorf("no control fits; there are %+v", controls)
	}
	c := controls[at]
	action := map[string]any{"type": c.Kind, "action_id": c.ActionID, "block_id": c.BlockID, "action_ts": w.server.ts()}
	switch c.Kind {
	case "button":
		action["text"], action["value"] = map[string]any{"type": "plain_text", "text": c.Text, "emoji": true}, c.Value
	case "plain_text_input":
		action["value"] = value
	default:
		o := slices.IndexFunc(c.Options, func(o Choice) bool { return o.Value == value || o.Text == value })
		if o < 0 {
			return nil, fmt.Errorf("the menu has no %q; it has %v", value, c.Options)
		}
		action["selected_option"] = map[string]any{
			"text": map[string]any{"type": "plain_text", "text": c.Options[o].Text, "emoji": true}, "value": c.Options[o].Value,
		}
	}
	return action, nil
}

// Submit has a user send off the modal that stands open, with what was filled
// into its inputs, by action_id.
func (w *Workspace) Submit(user string, values map[string]string) (*Delivery, error) {
	open, ok := w.Modal(user)
	if !ok {
		return nil, errors.New("no modal is open")
	}
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	v := w.views[open.ID]
	state := map[string]any{}
	for _, c := range Controls(v.blocks) {
		value, ok := values[c.ActionID]
		if c.Kind == "button" || !ok {
			continue
		}
		field := map[string]any{"type": c.Kind}
		if c.Kind == "plain_text_input" {
			field["value"] = value
		} else {
			o := slices.IndexFunc(c.Options, func(o Choice) bool { return o.Value == value || o.Text == value })
			if o < 0 {
				return nil, fmt.Errorf("the menu has no %q; it has %v", value, c.Options)
			}
			field["selected_option"] = map[string]any{
				"text": map[string]any{"type": "plain_text", "text": c.Options[o].Text}, "value": c.Options[o].Value,
			}
		}
		state[c.BlockID] = map[string]any{c.ActionID: field}
	}
	payload := w.interaction("view_submission", user)
	payload["view"] = w.wireView(v, map[string]any{"values": state})
	payload["response_urls"] = []any{}
	return w.interactFor(payload, user, v.id), nil
}

// answered does what an acknowledgement asks for: a modal that was sent off
// closes, changes, or shows what is wrong.
func (s *Server) answered(d *Delivery, payload []byte) {
	if d.view == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := d.workspace.views[d.view]
	if v == nil {
		return
	}
	var a struct {
		Action string          `json:"response_action"`
		View   json.RawMessage `json:"view"`
	}
	if len(payload) > 0 {
		_ = json.Unmarshal(payload, &a) // an empty answer closes the modal
	}
	switch a.Action {
	case "errors":
	case "update", "push":
		if made, no := readView(args{"view": string(a.View)}, inModal); no == nil {
			d.workspace.renew(v, made)
		}
	default:
		v.open = false
	}
	s.changed()
}

// Shortcut has a user choose the app's shortcut on a message.
func (w *Workspace) Shortcut(user, channel, ts, callback string) (*Delivery, error) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return nil, errors.New("there is no such message")
	}
	payload := w.interaction("message_action", user)
	payload["callback_id"], payload["message_ts"] = callback, ts
	payload["channel"] = map[string]any{"id": channel, "name": channelName(w.channels[channel])}
	payload["message"] = w.wire(m)
	payload["action_ts"] = w.server.ts()
	payload["response_url"] = w.hookFor(channel, user, "", false)
	return w.interact(payload, channel), nil
}

// interaction gives what all interactions have.
func (w *Workspace) interaction(kind, user string) map[string]any {
	return map[string]any{
		"type": kind, "user": w.wireUser(user), "api_app_id": w.AppID, "token": "verification-token", "trigger_id": w.trigger(user),
		"team": map[string]any{"id": w.ID, "domain": w.Domain}, "enterprise": nil, "is_enterprise_install": false,
	}
}

func (w *Workspace) interact(payload map[string]any, lane string) *Delivery {
	return w.interactFor(payload, lane, "")
}

func (w *Workspace) interactFor(payload map[string]any, lane, view string) *Delivery {
	body, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Sprintf("slackfake: encoding an interaction: %v", err)) // it is our own map
	}
	return w.send(&Delivery{kind: interactive, lane: lane, payload: body, form: true, view: view})
}

// Command has a user type a slash command in a channel.
func (w *Workspace) Command(user, channel, command, text string) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return nil
	}
	fields := map[string]string{
		"token": "verification-token", "team_id": w.ID, "team_domain": w.Domain, "channel_id": channel, "channel_name": channelName(c),
		"user_id": user, "user_name": user, "command": command, "text": text, "api_app_id": w.AppID, "is_enterprise_install": "false",
		"response_url": w.hookFor(channel, user, "", false), "trigger_id": w.trigger(user),
	}
	d := &Delivery{kind: slashCommands, lane: channel, form: true}
	if w.Setup.RequestURL != "" {
		form := url.Values{}
		for k, v := range fields {
			form.Set(k, v)
		}
		d.payload = []byte(form.Encode())
	} else {
		body, err := json.Marshal(fields)
		if err != nil {
			panic(fmt.Sprintf("slackfake: encoding a command: %v", err)) // it is our own map
		}
		d.payload = body
	}
	return w.send(d)
}
