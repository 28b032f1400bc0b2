package homeassistant

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge/template"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// Bounds of what a running instance sends.
const (
	maxMessage    = 64 << 20 // bytes of one message
	maxSkipped    = 1000     // messages that answer nothing that was asked
	maxName       = 200      // characters of a name
	entriesAtOnce = 500      // entities whose aliases are asked for at once
)

// An Instance is a running Home Assistant.
type Instance struct {
	URL    string // "http://homeassistant.local:8123"
	Token  string // a long-lived access token
	Client *http.Client
}

// ErrRefused says that the token is not accepted.
var ErrRefused = errors.New("the token is refused")

// ReadInstance asks a running instance for its floors, areas and entities with
// their aliases, by its WebSocket API
// (https://developers.home-assistant.io/docs/api/websocket/). A command gets the
// id of what was said, so that one slot serves intents and services alike; where
// several are called alike, it gets the name.
//
// Only what is exposed to voice assistants is read, and what is neither hidden
// nor meant for the settings of a device. The registries are not part of the
// documented API but of that of its own pages; one that does not answer is told
// in the notes, but for that of areas.
func ReadInstance(ctx context.Context, i Instance) (*House, fault.List, error) {
	c, err := dial(ctx, i)
	if err != nil {
		return nil, nil, err
	}
	defer c.conn.CloseNow()
	house, err := c.house(ctx)
	if err != nil {
		return nil, nil, err
	}
	// What was asked for is here; how the connection ends is of no account.
	_ = c.conn.Close(websocket.StatusNormalClosure, "")
	c.notes.Sort()
	return house, c.notes, nil
}

// socketURL gives the address of the WebSocket API of an instance.
func socketURL(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("the address of Home Assistant is none; write for example http://homeassistant.local:8123")
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return "", errors.New("the address of Home Assistant begins with neither http:// nor https://")
	}
	return u.JoinPath("api", "websocket").String(), nil
}

// A connection asks one question after the other.
type connection struct {
	conn  *websocket.Conn
	last  int // id of the last question
	notes fault.List
}

func dial(ctx context.Context, i Instance) (*connection, error) {
	address, err := socketURL(i.URL)
	if err != nil {
		return nil, err
	}
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: i.Client})
	if err != nil {
		return nil, fmt.Errorf("connecting to Home Assistant: %w", err)
	}
	conn.SetReadLimit(maxMessage)
	c := &connection{conn: conn}
	if err := c.authenticate(ctx, i.Token); err != nil {
		conn.CloseNow()
		return nil, err
	}
	return c, nil
}

func (c *connection) authenticate(ctx context.Context, token string) error {
	var hello, answer struct{ Type, Message string }
	if err := wsjson.Read(ctx, c.conn, &hello); err != nil {
		return fmt.Errorf("waiting for Home Assistant: %w", err)
	}
	if hello.Type != "auth_required" {
		return fmt.Errorf("this is no Home Assistant: it began with %q", hello.Type)
	}
	if err := wsjson.Write(ctx, c.conn, map[string]string{"type": "auth", "access_token": token}); err != nil {
		return fmt.Errorf("logging in to Home Assistant: %w", err)
	}
	if err := wsjson.Read(ctx, c.conn, &answer); err != nil {
		return fmt.Errorf("logging in to Home Assistant: %w", err)
	}
	if answer.Type != "auth_ok" {
		return fmt.Errorf("logging in to Home Assistant: %w: %s", ErrRefused, cmp.Or(answer.Message, answer.Type))
	}
	return nil
}

// A refusal is the error that an instance answers with.
type refusal struct{ Code, Message string }

func (r *refusal) Error() string { return cmp.Or(r.Message, r.Code) }

// ask asks a question and reads its result. What else comes meanwhile is of no
// account.
func (c *connection) ask(ctx context.Context, question map[string]any, into any) error {
	c.last++
	question["id"] = c.last
	if err := wsjson.Write(ctx, c.conn, question); err != nil {
		return fmt.Errorf("asking Home Assistant for %s: %w", question["type"], err)
	}
	for range maxSkipped {
		var answer struct {
			ID      int
			Type    string
			Success bool
			Result  json.RawMessage
			Error   *refusal
		}
		if err := wsjson.Read(ctx, c.conn, &answer); err != nil {
			return fmt.Errorf("asking Home Assistant for %s: %w", question["type"], err)
		}
		switch {
		case answer.ID != c.last || answer.Type != "result":
		case !answer.Success:
			if answer.Error == nil {
				answer.Error = &refusal{Code: "no reason is given"}
			}
			return fmt.Errorf("asking Home Assistant for %s: %w", question["type"], answer.Error)
		default:
			if err := json.Unmarshal(answer.Result, into); err != nil {
				return fmt.Errorf("reading what Home Assistant has for %s: %w", question["type"], err)
			}
			return nil
		}
	}
	return fmt.Errorf("asking Home Assistant for %s: it answers other things", question["type"])
}

// try asks what an instance need not know.
func (c *connection) try(ctx context.Context, question map[string]any, into any, without string) (bool, error) {
	err := c.ask(ctx, question, into)
	if r := (*refusal)(nil); errors.As(err, &r) {
		c.notes.Add(fault.Fault{What: fmt.Sprintf("%v, so %s", err, without)})
		return false, nil
	}
	return err == nil, err
}

type place struct {
	Area    string `json:"area_id"`
	Floor   string `json:"floor_id"`
	Name    string
	Aliases []string
}

type state struct {
	ID         string `json:"entity_id"`
	Attributes struct {
		Name  any `json:"friendly_name"`
		Class any `json:"device_class"`
	}
}

type entry struct {
	ID       string  `json:"entity_id"`
	Hidden   *string `json:"hidden_by"`
	Category *string `json:"entity_category"`
	Aliases  []any
}

// house asks for everything.
func (c *connection) house(ctx context.Context) (*House, error) {
	var floors, areas []place
	var states []state
	var entries []entry
	exposed := struct {
		Entities map[string]map[string]bool `json:"exposed_entities"`
	}{}
	if err := c.ask(ctx, map[string]any{"type": "config/area_registry/list"}, &areas); err != nil {
		return nil, err
	}
	if _, err := c.try(ctx, map[string]any{"type": "config/floor_registry/list"}, &floors, "there are no floors"); err != nil {
		return nil, err
	}
	if err := c.ask(ctx, map[string]any{"type": "get_states"}, &states); err != nil {
		return nil, err
	}
	if _, err := c.try(ctx, map[string]any{"type": "config/entity_registry/list"}, &entries, "hidden entities are named, too"); err != nil {
		return nil, err
	}
	known, err := c.try(ctx, map[string]any{"type": "homeassistant/expose_entity/list"}, &exposed,
		"every entity is named, whether it is exposed to voice assistants or not")
	if err != nil {
		return nil, err
	}
	if len(floors)+len(areas)+len(states) > maxEntities {
		return nil, fmt.Errorf("this house has more than %d areas, floors and entities", maxEntities)
	}
	house := &House{}
	for _, p := range floors {
		house.Floors = append(house.Floors, c.place(p.Floor, p))
	}
	for _, p := range areas {
		house.Areas = append(house.Areas, c.place(p.Area, p))
	}
	registered := map[string]entry{}
	for _, e := range entries {
		registered[e.ID] = e
	}
	states = slices.DeleteFunc(states, func(s state) bool {
		e := registered[s.ID]
		return known && !exposed.Entities[s.ID]["conversation"] || e.Hidden != nil || e.Category != nil
	})
	aliases, err := c.aliases(ctx, states)
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		if e, ok := c.entity(s, aliases[s.ID]); ok {
			house.Entities = append(house.Entities, e)
		}
	}
	house.sort()
	return house, nil
}

// aliases asks for the other names of entities.
func (c *connection) aliases(ctx context.Context, states []state) (map[string][]string, error) {
	out := map[string][]string{}
	for part := range slices.Chunk(states, entriesAtOnce) {
		ids := make([]string, len(part))
		for i, s := range part {
			ids[i] = s.ID
		}
		entries := map[string]*entry{}
		ok, err := c.try(ctx, map[string]any{"type": "config/entity_registry/get_entries", "entity_ids": ids}, &entries,
			"entities are known by their first names alone")
		if err != nil || !ok {
			return out, err
		}
		for id, e := range entries {
			for i := 0; e != nil && i < len(e.Aliases); i++ {
				if alias, ok := e.Aliases[i].(string); ok { // null stands for its own name
					out[id] = append(out[id], alias)
				}
			}
		}
	}
	return out, nil
}

func (c *connection) place(id string, p place) Place {
	return Place{ID: id, Names: c.named(id, append([]string{p.Name}, p.Aliases...))}
}

func (c *connection) entity(s state, aliases []string) (Entity, bool) {
	domain, object, ok := strings.Cut(s.ID, ".")
	if !ok {
		return Entity{}, false
	}
	name, ok := s.Attributes.Name.(string)
	if !ok || name == "" {
		name = strings.ReplaceAll(object, "_", " ")
	}
	e := Entity{ID: s.ID, Context: map[string]string{"domain": domain}, Names: c.named(s.ID, append([]string{name}, aliases...))}
	if class, ok := s.Attributes.Class.(string); ok {
		e.Context["device_class"] = class
	}
	return e, len(e.Names) > 0
}

// named makes names of what something is called. One that nobody could say is
// left out.
func (c *connection) named(id string, names []string) []Name {
	var out []Name
	for _, name := range names {
		name = strings.Join(strings.Fields(name), " ")
		say := literal(name)
		switch problem := unsayable(say); {
		case problem != "":
			c.notes.Add(fault.Fault{What: fmt.Sprintf("the name %q of %s is left out: %s", name, id, problem)})
		case len([]rune(name)) > maxName:
			c.notes.Add(fault.Fault{What: fmt.Sprintf("a name of %s is left out: it has more than %d characters", id, maxName)})
		case slices.ContainsFunc(out, func(n Name) bool { return template.Normalize(n.Plain) == template.Normalize(name) }):
		default:
			out = append(out, Name{Say: say, Value: id, Plain: name})
		}
	}
	return out
}

// literal gives the template for words as they stand.
func literal(words string) string {
	var b strings.Builder
	for _, r := range words {
		if strings.ContainsRune(`()[]{}<>|;\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// sort puts everything in the order of its ids.
func (h *House) sort() {
	byID := func(a, b Place) int { return strings.Compare(a.ID, b.ID) }
	slices.SortStableFunc(h.Floors, byID)
	slices.SortStableFunc(h.Areas, byID)
	slices.SortStableFunc(h.Entities, func(a, b Entity) int { return strings.Compare(a.ID, b.ID) })
}
