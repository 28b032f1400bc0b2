package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// maxEnvelope bounds what comes in at once, in bytes.
	maxEnvelope = 4 << 20
	// ackWithin bounds the writing of an acknowledgement: Slack waits 3 s, and
	// sends again what it waited for in vain.
	ackWithin = 2 * time.Second
	// reconnectAfter is the pause after a connection that ended without a reason
	// to give up.
	reconnectAfter = time.Second
)

// socket receives by Socket Mode until ctx ends or Slack refuses us. The library
// connects anew when the connection drops or Slack asks for it.
func (s *Slack) socket(ctx context.Context, w *workspace) error {
	for {
		err := s.session(ctx, w)
		s.desk.Link(w.team, false)
		switch {
		case ctx.Err() != nil:
			return nil
		case is(err, fatal...):
			return fmt.Errorf("connecting to Slack%s: it refuses the app-level token: %w", w.called(), err)
		}
		var status slack.StatusCodeError
		if errors.As(err, &status) && status.Code == http.StatusNotFound {
			return fmt.Errorf("connecting to Slack%s: %w", w.called(), err)
		}
		s.log.WarnContext(ctx, "the connection to Slack ended; connecting anew", "workspace", w.name, "error", err)
		select {
		case <-time.After(reconnectAfter):
		case <-ctx.Done():
			return nil
		}
	}
}

// session runs one client of Socket Mode.
func (s *Slack) session(ctx context.Context, w *workspace) error {
	client := socketmode.New(w.api, socketmode.OptionReadLimit(maxEnvelope), socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case e := <-client.Events:
			if err := s.envelope(ctx, w, client, e); err != nil {
				cancel()
				<-ended
				return err
			}
		}
	}
}

// envelope takes one thing that the client tells.
func (s *Slack) envelope(ctx context.Context, w *workspace, client *socketmode.Client, e socketmode.Event) error {
	var request socketmode.Request
	switch data := e.Data.(type) {
	case *slack.ConnectingEvent:
		s.desk.Link(w.team, false)
		return nil
	case *socketmode.ConnectedEvent:
		s.desk.Link(w.team, true)
		if data.ConnectionCount > 0 {
			s.desk.Reconnected()
		}
		s.log.DebugContext(ctx, "connected to Slack", "workspace", w.name, "times", data.ConnectionCount+1)
		return nil
	case *slack.ConnectionErrorEvent:
		s.log.WarnContext(ctx, "connecting to Slack; trying again", "workspace", w.name, "in", data.Backoff, "error", data.ErrorObj)
		if is(data.ErrorObj, append(fatal, "missing_scope")...) {
			return data.ErrorObj
		}
		return nil
	case *socketmode.ErrorBadMessage:
		// It is of a kind that the library does not know. It is acknowledged, and
		// looked at by us.
		if err := json.Unmarshal(data.Message, &request); err != nil || request.EnvelopeID == "" {
			return nil
		}
	default:
		if e.Request == nil || e.Request.EnvelopeID == "" {
			return nil
		}
		request = *e.Request
	}
	j := s.read(kindOf(request.Type), request.Payload)
	err := s.do(ctx, j, func(err error) {
		if err != nil {
			return // Slack sends it again
		}
		ctx, cancel := context.WithTimeout(ctx, ackWithin)
		defer cancel()
		if err := client.AckCtx(ctx, request.EnvelopeID, nil); err != nil {
			s.log.DebugContext(ctx, "acknowledging an event", "error", err)
		}
	})
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// kindOf reads the kind of an envelope.
func kindOf(envelope string) kind {
	switch envelope {
	case socketmode.RequestTypeEventsAPI:
		return eventKind
	case socketmode.RequestTypeInteractive:
		return interactionKind
	case socketmode.RequestTypeSlashCommands:
		return commandKind
	}
	return unknownKind
}
