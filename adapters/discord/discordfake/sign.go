package discordfake

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// SetEndpoint lets interactions come by HTTP to an address instead of by the
// gateway. As Discord does it, the address is tried first: with a PING, which it
// must answer, and with one that is signed wrongly, which it must answer with
// 401. "" goes back to the gateway.
func (s *Server) SetEndpoint(url string) error {
	if url != "" {
		body := encode(map[string]any{"id": "1", "application_id": s.Bot.ID, "type": ping, "version": 1, "token": "ping"})
		status, answer, err := s.PostSigned(url, body, time.Now(), false)
		var f responseForm
		if err != nil || status != http.StatusOK || json.Unmarshal(answer, &f) != nil || f.Type != 1 {
			return fmt.Errorf("discordfake: the address did not answer the ping: %d %s %w", status, answer, err)
		}
		if status, _, err = s.PostSigned(url, body, time.Now(), true); err != nil || status != http.StatusUnauthorized {
			return fmt.Errorf("discordfake: the address takes a wrong signature: %d %w", status, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = url
	return nil
}

// Sign gives the signature of a body at a time, in hexadecimal: Ed25519 over the
// time in seconds followed by the body.
func (s *Server) Sign(body []byte, at time.Time) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	return timestamp, hex.EncodeToString(ed25519.Sign(s.secret, append([]byte(timestamp), body...)))
}

// PostSigned posts a body to an address as an interaction, signed at a time, or
// wrongly.
func (s *Server) PostSigned(url string, body []byte, at time.Time, wrongly bool) (status int, answer []byte, err error) {
	timestamp, signature := s.Sign(body, at)
	if wrongly {
		timestamp, signature = s.Sign(append([]byte("x"), body...), at)
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.AnswerIn)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")
	r.Header.Set("X-Signature-Ed25519", signature)
	r.Header.Set("X-Signature-Timestamp", timestamp)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answer, err
}

// Payload gives the body of an interaction as it was sent.
func (i *Interaction) Payload() []byte { return []byte(i.how) }

// deliverByHTTP posts an interaction and takes the answer to it.
func (s *Server) deliverByHTTP(i *Interaction, payload []byte) {
	s.mu.Lock()
	url := s.endpoint
	s.mu.Unlock()
	status, body, err := s.PostSigned(url, payload, time.Now(), false)
	var f responseForm
	switch {
	case err != nil:
	case status == http.StatusAccepted:
		return // it answers by the API
	case status != http.StatusOK:
		err = fmt.Errorf("the endpoint answered %d: %.200s", status, body)
	case json.Unmarshal(body, &f) != nil:
		err = fmt.Errorf("the endpoint answered no JSON: %.200s", body)
	}
	s.mu.Lock()
	if err == nil {
		if refused := i.respond(&f, time.Now()); refused != nil {
			err = errors.New(string(encode(refused)))
		}
	}
	var posted *Message
	if err == nil {
		posted = i.posted()
	} else if i.response == nil && i.err == nil {
		i.err = fmt.Errorf("discordfake: %s: %w", pathOf(i), err)
		close(i.answered)
	}
	s.mu.Unlock()
	if posted != nil && s.opts.OnPost != nil {
		s.opts.OnPost(*posted)
	}
}
