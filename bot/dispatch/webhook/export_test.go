package webhook

import (
	"context"
	"net/http"

	"frontdesk/bot"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// Request runs a command with one URL in which every slot has the same value,
// and shows the request to see instead of sending it.
func Request(written, value string, see func(*http.Request)) (bot.Result, error) {
	text := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: written}
	private := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
	r, faults := newRunner(knowledge.Action{Kind: "webhook", Pos: knowledge.Pos{File: "k.yaml"}, Node: &yaml.Node{
		Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "url"}, text,
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "allow_private"}, private,
		},
	}})
	if len(faults) > 0 {
		return bot.Result{}, faults
	}
	r.client.Transport = seeing(see)
	c := bot.Call{Slots: map[string]template.Value{}}
	for _, slot := range r.Slots() {
		c.Slots[slot] = template.Value{Canonical: value}
	}
	return r.Run(context.Background(), c)
}

type seeing func(*http.Request)

func (s seeing) RoundTrip(req *http.Request) (*http.Response, error) {
	s(req)
	if req.Body != nil {
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}
