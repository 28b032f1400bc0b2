package slackfake

import (
	"encoding/json"
	"unicode/utf8"
)

// thread gives the assistant thread that a call is for.
func (w *Workspace) thread(given args) (*AssistantThread, reply) {
	c := w.channels[given["channel_id"]]
	if c == nil || !c.has(w.BotUser) {
		return nil, refused("channel_not_found")
	}
	t := w.threads[c.id+"/"+given["thread_ts"]]
	if t == nil {
		return nil, refused("thread_not_found")
	}
	return t, nil
}

func setStatus(w *Workspace, given args) reply {
	t, no := w.thread(given)
	if no != nil {
		return no
	}
	if _, ok := given["status"]; !ok {
		return refused("invalid_arguments")
	}
	if t.Status = given["status"]; t.Status != "" {
		t.Statuses = append(t.Statuses, t.Status)
	}
	w.server.changed()
	return reply{}
}

// clearStatus ends the status of a thread, as a post in it does.
func (w *Workspace) clearStatus(m *Message) {
	if t := w.threads[m.Channel+"/"+m.ThreadTS]; t != nil {
		t.Status = ""
	}
}

func setTitle(w *Workspace, given args) reply {
	t, no := w.thread(given)
	if no != nil {
		return no
	}
	t.Title = given["title"]
	w.server.changed()
	return reply{}
}

func setPrompts(w *Workspace, given args) reply {
	t, no := w.thread(given)
	if no != nil {
		return no
	}
	var prompts []struct{ Title, Message string }
	if err := json.Unmarshal([]byte(given["prompts"]), &prompts); err != nil || len(prompts) == 0 || len(prompts) > 4 {
		return refused("invalid_arguments")
	}
	t.Prompts = nil
	for _, p := range prompts {
		if p.Title == "" || p.Message == "" || utf8.RuneCountInString(p.Title) > 100 {
			return refused("invalid_arguments")
		}
		t.Prompts = append(t.Prompts, p.Message)
	}
	w.server.changed()
	return reply{}
}
