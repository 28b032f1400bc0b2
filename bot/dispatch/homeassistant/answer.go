package homeassistant

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"

	"github.com/jellydator/ttlcache/v3"
)

// told is how many states are told of.
const told = 5

// refusal says what an answer means that is no success.
func (r *runner) refusal(status int, answer []byte) bot.Result {
	said := struct{ Message string }{}
	text := ""
	if json.Unmarshal(answer, &said) == nil {
		text = said.Message
	} else if utf8.Valid(answer) && len(answer) < 200 && !bytes.ContainsRune(answer, '<') {
		text = string(answer)
	}
	o := dispatch.NewOutput(500, r.client.redactor)
	o.Write([]byte(text))
	text = brief(o.String())
	result := bot.Result{Failed: true, Problem: "Home Assistant refused it", Warning: fmt.Sprintf("Home Assistant answered %d: %s", status, cmp.Or(text, http.StatusText(status)))}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		result.Problem = "Home Assistant does not accept the desk's token"
		result.Warning += "; make a new token there, and put it where homeassistant.token says"
	case status == http.StatusNotFound && r.does == state:
		result.Problem = "Home Assistant has no such entity"
	case status == http.StatusNotFound && r.does == intent:
		result.Problem = "Home Assistant takes no intents"
		result.Warning += `; write "intent:" into its configuration.yaml`
	case status >= 300 && status < 400:
		result.Problem = "Home Assistant is elsewhere"
		result.Warning += "; write the address that it leads to into homeassistant.url"
	case status == http.StatusBadRequest && r.does == service:
		result.Warning += "; check that there is the service " + r.name + ", and what it takes"
		fallthrough
	case status < 500:
		if said.Message != "" {
			result.Problem += ": " + text
		}
	default:
		result.Problem = "Home Assistant could not do it"
		if r.does == intent {
			result.Warning += "; it may not know the intent " + r.name + ", or not with these slots"
		}
	}
	return result
}

// A spoken is the answer to an intent.
type spoken struct {
	Kind   string `json:"response_type"`
	Speech map[string]struct {
		Speech string `json:"speech"`
	} `json:"speech"`
	Data struct {
		Code            string
		Success, Failed []struct{ Type, Name, ID string }
	}
}

// read makes a result of an answer.
func (r *runner) read(ctx context.Context, c bot.Call, answer []byte) (bot.Result, error) {
	o := dispatch.NewOutput(r.limit, r.client.redactor)
	var said spoken
	switch r.does {
	case intent:
		if err := json.Unmarshal(answer, &said); err != nil {
			return unreadable(err), nil
		}
	case conversation:
		var got struct {
			ID       string `json:"conversation_id"`
			Response spoken
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return unreadable(err), nil
		}
		said = got.Response
		if c.Conversation != "" && got.ID != "" && len(got.ID) <= 200 {
			r.client.conversations.Set(r.conversation(c), got.ID, ttlcache.DefaultTTL)
		}
	default:
		if err := r.output.Map(answer, o); err != nil {
			return bot.Result{Failed: true, Problem: "Home Assistant answered something else than was expected", Warning: "Home Assistant: " + err.Error()}, nil
		}
		return bot.Result{Output: o.String()}, nil
	}
	o.Write([]byte(cmp.Or(said.Speech["plain"].Speech, said.Speech["ssml"].Speech)))
	if said.Kind == "query_answer" && o.String() == "" {
		r.tell(ctx, said, o)
	}
	switch {
	case said.Kind == "error":
		return bot.Result{Failed: true, Problem: cmp.Or(brief(o.String()), "Home Assistant could not do it"),
			Warning: "Home Assistant: " + cmp.Or(said.Data.Code, "an error without a code")}, nil
	case len(said.Data.Failed) > 0:
		var names []string
		for _, f := range said.Data.Failed[:min(len(said.Data.Failed), 10)] {
			names = append(names, cmp.Or(f.Name, f.ID))
		}
		return bot.Result{Output: o.String(), Failed: true, Problem: "it failed for " + brief(strings.Join(names, ", "))}, nil
	}
	return bot.Result{Output: o.String()}, nil
}

func unreadable(err error) bot.Result {
	return bot.Result{Failed: true, Problem: "Home Assistant could not be understood", Warning: "Home Assistant: " + err.Error()}
}

// tell writes the states that an intent asked for. The sentences for them are
// those of the conversation agent, which an intent that is handed over has not.
func (r *runner) tell(ctx context.Context, said spoken, o *dispatch.Output) {
	lines := 0
	for _, s := range said.Data.Success {
		if s.Type != "entity" || !entityID.MatchString(s.ID) {
			continue
		}
		if lines == told {
			fmt.Fprintln(o, "…")
			return
		}
		status, answer, err := r.client.send(ctx, request{method: http.MethodGet, url: r.client.address("", "states", s.ID)})
		var state struct {
			State      string
			Attributes struct {
				Unit    string `json:"unit_of_measurement"`
				Current any    `json:"current_temperature"`
			}
		}
		if err != nil || status != http.StatusOK || json.Unmarshal(answer, &state) != nil {
			continue // what is known of the others is told all the same
		}
		if state.Attributes.Current != nil && strings.HasSuffix(r.name, "Temperature") {
			state.State = fmt.Sprint(state.Attributes.Current)
		}
		fmt.Fprintf(o, "%s: %s\n", s.Name, brief(state.State+" "+state.Attributes.Unit))
		lines++
	}
}
