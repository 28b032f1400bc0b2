package discordfake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Types of interaction.
const (
	ping          = 1
	command       = 2
	component     = 3
	autocomplete  = 4
	modalSubmit   = 5
	recentlyActed = 2000
)

// An Interaction is something that somebody did, and what became of it.
type Interaction struct {
	ID    string
	Token string
	Type  int

	s        *Server
	user     *User
	channel  *channel
	source   *Message // of a component or of a modal that one opened
	menu     bool     // a command of a message's menu
	began    time.Time
	answered chan struct{} // closed at the first answer
	how      string        // of a repeated one: the raw payload

	// The server's lock guards the rest.
	response *Response
	original *Message
	later    []*Message
	deferred bool // the original is still to come
	err      error
}

// A Response is the first answer of the application to an interaction.
type Response struct {
	// Type is 4 for a message, 5 when it comes later, 6 when the message stays for
	// now, 7 for a new version of the message, 8 for choices, 9 for a modal.
	Type    int
	Message *Message
	Choices []SlashChoice
	Modal   *Modal
	Took    time.Duration
}

// A SlashChoice is offered while somebody types an option.
type SlashChoice struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// An Option is a value given to a slash command.
type Option struct {
	Name  string
	Value any
}

// ErrLate is what [Interaction.Response] gives when the application did not
// answer in time: people read "The application did not respond".
var ErrLate = errors.New("discordfake: the application did not respond")

// Slash lets somebody use a slash command. The command must have been registered.
func (s *Server) Slash(channelID string, u *User, name string, options ...Option) (*Interaction, error) {
	return s.slash(command, channelID, u, name, "", options)
}

// Complete lets somebody type into an option of a slash command.
func (s *Server) Complete(channelID string, u *User, name, option, typed string) (*Interaction, error) {
	return s.slash(autocomplete, channelID, u, name, option, []Option{{option, typed}})
}

func (s *Server) slash(kind int, channelID string, u *User, name, focused string, options []Option) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return nil, errUnknown
	}
	k := s.registered(c.GuildID, 1, name)
	if k == nil {
		return nil, fmt.Errorf("discordfake: there is no command /%s", name)
	}
	given := []map[string]any{}
	for _, o := range options {
		v := map[string]any{"name": o.Name, "type": 3, "value": o.Value}
		switch o.Value.(type) {
		case int:
			v["type"] = 4
		case bool:
			v["type"] = 5
		}
		if o.Name == focused {
			v["focused"] = true
		}
		given = append(given, v)
	}
	i := s.interaction(kind, c, u)
	s.send(i, map[string]any{"id": k["id"], "name": name, "type": 1, "options": given})
	return i, nil
}

// registered gives the command of a name; nil for none.
func (s *Server) registered(guildID string, kind int, name string) map[string]any {
	for _, k := range slices.Concat(s.commands[guildID], s.commands[""]) {
		if k["name"] == name && k["type"] == kind {
			return k
		}
	}
	return nil
}

// Menu lets somebody use a command of a message's menu.
func (s *Server) Menu(channelID, messageID string, u *User, name string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil {
		return nil, errUnknown
	}
	k := s.registered(c.GuildID, 3, name)
	if k == nil {
		return nil, fmt.Errorf("discordfake: there is no command %q for messages", name)
	}
	i := s.interaction(command, c, u)
	i.menu = true
	s.send(i, map[string]any{"id": k["id"], "name": name, "type": 3, "target_id": m.ID,
		"resolved": map[string]any{"messages": map[string]any{m.ID: m}}})
	return i, nil
}

// Press lets somebody press the button with a custom ID of a message, which may
// be one that only they see.
func (s *Server) Press(m Message, u *User, customID string) (*Interaction, error) {
	return s.use(m, u, customID, compButton, nil)
}

// Pick lets somebody pick values in a select.
func (s *Server) Pick(m Message, u *User, customID string, values ...string) (*Interaction, error) {
	return s.use(m, u, customID, compSelect, values)
}

func (s *Server) use(m Message, u *User, customID string, kind int, values []string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[m.ChannelID]
	if c == nil {
		return nil, errUnknown
	}
	at := c.find(m.ID)
	if at == nil {
		at = s.hidden(m.ID)
	}
	if at == nil {
		return nil, errUnknown
	}
	ok := slices.ContainsFunc(at.clone().Each(), func(x Component) bool {
		return x.CustomID == customID && x.Type == kind && !x.Disabled &&
			!slices.ContainsFunc(values, func(v string) bool {
				return !slices.ContainsFunc(x.Options, func(o SelectOption) bool { return o.Value == v })
			})
	})
	if !ok {
		return nil, fmt.Errorf("discordfake: the message has no %q to use", customID)
	}
	i := s.interaction(component, c, u)
	i.source = at
	data := map[string]any{"custom_id": customID, "component_type": kind}
	if kind == compSelect {
		data["values"] = values
	}
	s.send(i, data)
	return i, nil
}

// hidden gives a message that only somebody sees.
func (s *Server) hidden(id string) *Message {
	for _, i := range s.recent {
		for _, m := range append([]*Message{i.original}, i.later...) {
			if m != nil && m.ID == id {
				return m
			}
		}
	}
	return nil
}

// Submit lets somebody send off the modal that their interaction opened, with
// the values of its inputs by custom ID.
func (s *Server) Submit(opened *Interaction, values map[string]string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if opened.response == nil || opened.response.Modal == nil {
		return nil, errors.New("discordfake: no modal was opened")
	}
	modal := *opened.response.Modal
	rows := []map[string]any{}
	for _, in := range modal.Inputs() {
		v, given := values[in.CustomID]
		if !given {
			v = in.Value
		}
		if v == "" && (in.Required == nil || *in.Required) {
			return nil, fmt.Errorf("discordfake: %q must be filled in", in.Label)
		}
		if in.MaxLength != nil && len([]rune(v)) > *in.MaxLength {
			return nil, fmt.Errorf("discordfake: %q is too long", in.Label)
		}
		rows = append(rows, map[string]any{"type": compRow, "components": []any{map[string]any{"type": compText, "custom_id": in.CustomID, "value": v}}})
	}
	i := s.interaction(modalSubmit, opened.channel, opened.user)
	i.source = opened.source
	s.send(i, map[string]any{"custom_id": modal.CustomID, "components": rows})
	return i, nil
}

// interaction makes one. The caller holds the lock.
func (s *Server) interaction(kind int, c *channel, u *User) *Interaction {
	i := &Interaction{ID: s.id(), Type: kind, s: s, user: u, channel: c, began: time.Now(), answered: make(chan struct{})}
	i.Token = "t" + i.ID + strings.Repeat("x", 150) // they are long
	s.interactions[i.Token] = i
	s.recent = append(s.recent, i)
	if len(s.recent) >= 2*recentlyActed {
		for _, old := range s.recent[:recentlyActed] {
			delete(s.interactions, old.Token)
		}
		s.recent = slices.Clone(s.recent[recentlyActed:])
	}
	return i
}

// send brings an interaction to the application: to its address when it has
// one, else by the gateway. The caller holds the lock.
func (s *Server) send(i *Interaction, data map[string]any) {
	payload := s.payload(i, data)
	i.how = string(payload)
	if s.endpoint != "" {
		s.serving.Go(func() { s.deliverByHTTP(i, payload) })
		return
	}
	for _, x := range s.sessions {
		if x.conn != nil && x.takes(i.channel.GuildID) {
			s.deliver(x, entry{"INTERACTION_CREATE", payload})
			return
		}
	}
}

// Repeat delivers an interaction once more, as it was.
func (s *Server) Repeat(i *Interaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		if x.conn != nil && x.takes(i.channel.GuildID) {
			s.deliver(x, entry{"INTERACTION_CREATE", []byte(i.how)})
			return
		}
	}
}

// payload is the JSON of an interaction.
func (s *Server) payload(i *Interaction, data map[string]any) []byte {
	locale := i.user.Locale
	if locale == "" {
		locale = "en-US"
	}
	out := map[string]any{
		"id": i.ID, "application_id": s.Bot.ID, "type": i.Type, "data": data, "token": i.Token, "version": 1,
		"channel_id": i.channel.ID, "channel": i.channel.Channel, "locale": locale, "entitlements": []any{},
		"app_permissions": strconv.FormatInt(s.permissions(s.Bot.ID, i.channel), 10), "attachment_size_limit": 10 << 20,
	}
	if g := s.guilds[i.channel.GuildID]; g != nil {
		member := Member{User: i.user, Roles: []string{}}
		if m := g.members[i.user.ID]; m != nil {
			member = *m
		}
		member.Permissions = strconv.FormatInt(s.permissions(i.user.ID, i.channel), 10)
		out["guild_id"], out["guild_locale"], out["member"], out["context"] = g.ID, "en-US", member, 0
		out["guild"] = map[string]any{"id": g.ID, "locale": "en-US", "features": []any{}}
		out["authorizing_integration_owners"] = map[string]string{"0": g.ID}
	} else {
		out["user"], out["context"] = i.user, 1
		out["authorizing_integration_owners"] = map[string]string{"0": "0"}
	}
	if i.source != nil {
		out["message"] = i.source
	}
	return encode(out)
}

// Response waits for the application's first answer. It gives [ErrLate] when
// none came within Discord's time.
func (i *Interaction) Response(ctx context.Context) (Response, error) {
	late := time.NewTimer(time.Until(i.began.Add(i.s.opts.AnswerIn)) + 50*time.Millisecond)
	defer late.Stop()
	select {
	case <-i.answered:
	case <-late.C:
		return Response{}, ErrLate
	case <-ctx.Done():
		return Response{}, ctx.Err()
	}
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	if i.err != nil {
		return Response{}, i.err
	}
	r := *i.response
	if r.Message != nil {
		m := r.Message.clone()
		r.Message = &m
	}
	return r, nil
}

// Messages gives what the application answered so far, the first message at
// first; one that is still to come is left out.
func (i *Interaction) Messages() []Message {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	var all []Message
	if i.original != nil && !i.deferred {
		all = append(all, i.original.clone())
	}
	for _, m := range i.later {
		all = append(all, m.clone())
	}
	return all
}

// Said waits until the application's answer has so many messages, and gives
// them.
func (i *Interaction) Said(ctx context.Context, n int) ([]Message, error) {
	err := i.s.Wait(ctx, func() bool { return len(i.Messages()) >= n })
	return i.Messages(), err
}

// message makes what the application answers to an interaction. The caller
// holds the lock.
func (i *Interaction) message(f *messageForm, at time.Time) *Message {
	m := i.s.blank(i.channel, &i.s.Bot)
	m.Arrived, m.Flags, m.ApplicationID = at, f.Flags&(Ephemeral|1<<2|1<<12), i.s.Bot.ID
	m.WebhookID = i.s.Bot.ID
	m.Interaction = &MessageOrigin{ID: i.ID, Type: i.Type, User: i.user}
	switch {
	case i.Type == command && i.menu:
		m.Type = 23
	case i.Type == command:
		m.Type = 20
	case i.source != nil:
		m.Type = 19
		m.MessageReference = &Reference{MessageID: i.source.ID, ChannelID: i.channel.ID, GuildID: i.channel.GuildID}
	}
	i.s.fill(i.channel, m, f, allPermissions)
	return m
}

// show puts a message into the channel, unless only somebody sees it.
func (i *Interaction) show(m *Message) {
	if m.Flags&Ephemeral == 0 {
		i.s.add(i.channel, m)
		i.s.tellMessage("MESSAGE_CREATE", i.channel, m)
	}
}

// responseForm is the first answer as it comes.
type responseForm struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
}

// By gives the name of who did it.
func (i *Interaction) By() string { return i.user.Username }

// Description gives what an embed says.
func Description(e json.RawMessage) string {
	var d embed
	_ = json.Unmarshal(e, &d) // it was checked when it came
	return d.Description
}
