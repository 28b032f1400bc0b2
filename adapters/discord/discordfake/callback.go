package discordfake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) postCallback(c *call) (int, any, *apiError) {
	var f responseForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	i := s.interactions[c.PathValue("token")]
	if i == nil || i.ID != c.PathValue("interaction") || c.arrived.Sub(i.began) > s.opts.AnswerIn {
		s.mu.Unlock()
		return 0, nil, unknownInteraction
	}
	err := i.respond(&f, c.arrived)
	var posted *Message
	var data any
	if err == nil {
		posted = i.posted()
		if c.URL.Query().Get("with_response") == "true" {
			data = json.RawMessage(encode(i.outcome()))
		}
	}
	s.mu.Unlock()
	if err != nil {
		return 0, nil, err
	}
	if posted != nil && s.opts.OnPost != nil {
		s.opts.OnPost(*posted)
	}
	if data != nil {
		return http.StatusOK, data, nil
	}
	return http.StatusNoContent, nil, nil
}

// posted gives the message that the first answer made or changed; nil for none.
func (i *Interaction) posted() *Message {
	if i.response == nil || i.response.Message == nil || i.deferred {
		return nil
	}
	m := i.response.Message.clone()
	return &m
}

// outcome is what with_response asks for.
func (i *Interaction) outcome() map[string]any {
	about := map[string]any{"id": i.ID, "type": i.Type}
	out := map[string]any{"interaction": about}
	if i.original != nil {
		about["response_message_id"] = i.original.ID
		about["response_message_loading"] = i.deferred
		about["response_message_ephemeral"] = i.original.Flags&Ephemeral != 0
		out["resource"] = map[string]any{"type": i.response.Type, "message": i.original}
	}
	return out
}

// mayAnswer says which types of answer fit which type of interaction.
var mayAnswer = map[int][]int{
	command: {4, 5, 9}, component: {4, 5, 6, 7, 9}, autocomplete: {8}, modalSubmit: {4, 5, 6, 7},
}

// respond takes the first answer. The caller holds the lock.
func (i *Interaction) respond(f *responseForm, at time.Time) *apiError {
	if i.response != nil || i.err != nil {
		return acknowledged
	}
	var e form
	fits := slices.Contains(mayAnswer[i.Type], f.Type)
	if (f.Type == 6 || f.Type == 7) && i.source == nil {
		fits = false
	}
	if !fits {
		e.add([]string{"type"}, "BASE_TYPE_CHOICES", "Value must be one of the answers that fit the interaction.")
		return e.err()
	}
	r := &Response{Type: f.Type, Took: at.Sub(i.began)}
	switch f.Type {
	case 4, 5, 7:
		if err := i.respondMessage(f, r, at); err != nil {
			return err
		}
	case 8:
		var d struct {
			Choices *[]choiceForm `json:"choices"`
		}
		if json.Unmarshal(f.Data, &d) != nil || d.Choices == nil {
			e.add([]string{"data", "choices"}, "BASE_TYPE_REQUIRED", "This field is required")
			return e.err()
		}
		e.choices(*d.Choices, []string{"data", "choices"})
		if err := e.err(); err != nil {
			return err
		}
		for _, c := range *d.Choices {
			r.Choices = append(r.Choices, SlashChoice{c.Name, c.Value})
		}
	case 9:
		var m Modal
		if json.Unmarshal(f.Data, &m) != nil {
			return invalidJSON
		}
		checkModal(&e, m)
		if err := e.err(); err != nil {
			return err
		}
		r.Modal = &m
	}
	i.response = r
	close(i.answered)
	i.s.post()
	return nil
}

// respondMessage takes an answer that is a message, now or later.
func (i *Interaction) respondMessage(f *responseForm, r *Response, at time.Time) *apiError {
	var m messageForm
	if len(f.Data) > 0 && json.Unmarshal(f.Data, &m) != nil {
		return invalidJSON
	}
	if err := m.check(); err != nil {
		return err
	}
	switch f.Type {
	case 4:
		if m.empty() {
			return emptyMessage
		}
		i.original = i.message(&m, at)
		i.show(i.original)
	case 5:
		i.original = i.message(&m, at)
		i.original.Flags |= Loading
		i.deferred = true
	case 7:
		i.original = i.source
		if err := i.change(i.source, &m, at); err != nil {
			return err
		}
	}
	r.Message = i.original
	return nil
}

// change edits a message of the interaction.
func (i *Interaction) change(m *Message, f *messageForm, at time.Time) *apiError {
	if m.Flags&Ephemeral == 0 {
		return i.s.edit(i.channel, m, f, at)
	}
	if err := f.check(); err != nil {
		return err
	}
	i.s.fill(i.channel, m, f, allPermissions)
	m.Edits++
	m.Arrived = at
	i.s.post()
	return nil
}

// follow gives the interaction of a webhook's token. The caller holds the lock.
func (s *Server) follow(c *call) (*Interaction, *apiError) {
	i := s.interactions[c.PathValue("token")]
	switch {
	case c.PathValue("application") != s.Bot.ID || i == nil || i.response == nil:
		return nil, unknownWebhook
	case c.arrived.Sub(i.began) > s.opts.TokenFor:
		return nil, invalidToken
	}
	return i, nil
}

// tell calls OnPost and gives the JSON of a message.
func (s *Server) tell(m Message) json.RawMessage {
	if s.opts.OnPost != nil {
		s.opts.OnPost(m)
	}
	return encode(m)
}

func (s *Server) postFollowup(c *call) (int, any, *apiError) {
	var f messageForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	m, err := s.followUp(c, &f)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.tell(m), nil
}

func (s *Server) followUp(c *call, f *messageForm) (Message, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.follow(c)
	if err != nil {
		return Message{}, err
	}
	if err := f.check(); err != nil {
		return Message{}, err
	}
	if f.empty() && len(c.files) == 0 {
		return Message{}, emptyMessage
	}
	if i.deferred { // the first one takes the place of the one that was to come
		i.arrive(f, c.arrived)
		return i.original.clone(), nil
	}
	m := i.message(f, c.arrived)
	i.later = append(i.later, m)
	i.show(m)
	s.post()
	return m.clone(), nil
}

// arrive fills the message that was to come.
func (i *Interaction) arrive(f *messageForm, at time.Time) {
	i.s.fill(i.channel, i.original, f, allPermissions)
	i.original.Flags &^= Loading
	i.original.Arrived = at
	i.deferred = false
	i.show(i.original)
	i.s.post()
}

// answerOf gives the message of a call about one of the interaction's.
func (i *Interaction) answerOf(c *call) *Message {
	id := c.PathValue("id")
	if id == "@original" {
		if i.original == nil && i.response.Type == 6 {
			return i.source
		}
		return i.original
	}
	for _, m := range append([]*Message{i.original}, i.later...) {
		if m != nil && m.ID == id {
			return m
		}
	}
	return nil
}

func (s *Server) getFollowup(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.follow(c)
	if err != nil {
		return 0, nil, err
	}
	m := i.answerOf(c)
	if m == nil {
		return 0, nil, unknownMessage
	}
	return http.StatusOK, json.RawMessage(encode(*m)), nil
}

func (s *Server) patchFollowup(c *call) (int, any, *apiError) {
	var f messageForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	m, err := s.changeFollowup(c, &f)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.tell(m), nil
}

func (s *Server) changeFollowup(c *call, f *messageForm) (Message, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.follow(c)
	if err != nil {
		return Message{}, err
	}
	m := i.answerOf(c)
	if m == nil {
		return Message{}, unknownMessage
	}
	if m == i.original && i.deferred {
		if err := f.check(); err != nil {
			return Message{}, err
		}
		if f.empty() {
			return Message{}, emptyMessage
		}
		i.arrive(f, c.arrived)
		return m.clone(), nil
	}
	if err := i.change(m, f, c.arrived); err != nil {
		return Message{}, err
	}
	return m.clone(), nil
}

func (s *Server) deleteFollowup(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.follow(c)
	if err != nil {
		return 0, nil, err
	}
	m := i.answerOf(c)
	if m == nil {
		return 0, nil, unknownMessage
	}
	if m.Flags&Ephemeral == 0 && i.channel.find(m.ID) != nil {
		s.remove(i.channel, m)
	}
	if m == i.original {
		i.original, i.deferred = nil, false
	}
	i.later = slices.DeleteFunc(i.later, func(o *Message) bool { return o == m })
	s.post()
	return http.StatusNoContent, nil, nil
}

// pathOf shows an interaction's route, for errors.
func pathOf(i *Interaction) string {
	return strings.Join([]string{"interaction", i.ID, "of type", strconv.Itoa(i.Type)}, " ")
}
