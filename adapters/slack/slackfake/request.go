package slackfake

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Sign signs a body as Slack does; see
// https://docs.slack.dev/authentication/verifying-requests-from-slack.
func Sign(secret string, at time.Time, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", timestamp, body) // a hash takes everything
	return timestamp, "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// A Tamper says what is wrong with a request of [Workspace.Request].
type Tamper struct {
	Secret    string        // it is signed with; empty for the right one
	Age       time.Duration // how long ago it was signed; negative for the time to come
	Unsigned  bool
	Signature string // sent instead of the true one
	Retry     int    // X-Slack-Retry-Num
	Type      string // Content-Type; empty for that of the body
}

// Request makes a signed request with a body to the workspace's RequestURL, for
// a test to send: once, twice, or tampered with.
func (w *Workspace) Request(ctx context.Context, body []byte, form bool, t Tamper) (*http.Request, error) {
	w.server.mu.Lock()
	secret, to := w.Setup.SigningSecret, w.Setup.RequestURL
	w.server.mu.Unlock()
	if t.Secret != "" {
		secret = t.Secret
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request to the app: %w", err)
	}
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	r.Header.Set("Content-Type", "application/json")
	if form {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if t.Type != "" {
		r.Header.Set("Content-Type", t.Type)
	}
	if t.Retry > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(t.Retry))
		r.Header.Set("X-Slack-Retry-Reason", "http_timeout")
	}
	if t.Unsigned {
		return r, nil
	}
	timestamp, signature := Sign(secret, time.Now().Add(-t.Age), body)
	if t.Signature != "" {
		signature = t.Signature
	}
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", signature)
	return r, nil
}

// SetRequestURL changes where the workspace's app is reached, as an owner does
// in the app's settings; empty for Socket Mode.
func (w *Workspace) SetRequestURL(to string) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	w.Setup.RequestURL = to
}

// VerifyURL asks the app for the challenge that Slack asks for when a request
// URL is entered, and gives the error that the owner would see.
func (w *Workspace) VerifyURL(ctx context.Context) error {
	const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
	body := []byte(`{"token":"t","challenge":"` + challenge + `","type":"url_verification"}`)
	r, err := w.Request(ctx, body, false, Tamper{})
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("asking the app for the challenge: %w", err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("reading the challenge: %w", err)
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(got, []byte(challenge)) {
		return fmt.Errorf("the URL did not answer with the challenge: %s: %.100q", resp.Status, got)
	}
	return nil
}

// lane gives the lane of a delivery by HTTP.
func (a *app) lane(d *Delivery) chan *Delivery {
	h := fnv.New32a()
	_, _ = h.Write([]byte(d.lane)) // a hash takes everything
	return a.lanes[h.Sum32()%uint32(len(a.lanes))]
}

// post queues what goes by HTTP.
func (a *app) post(d *Delivery) { a.lane(d) <- d }

func (a *app) serveLane(lane chan *Delivery) {
	client := &http.Client{Timeout: a.server.cfg.AckWithin, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	for n := 1; ; n++ {
		select {
		case d := <-lane:
			a.request(client, d)
			if every := a.server.cfg.DuplicateEvery; every > 0 && n%every == 0 {
				a.request(client, d)
			}
		case <-a.server.done.Done():
			return
		}
	}
}

// request sends something by HTTP.
func (a *app) request(client *http.Client, d *Delivery) {
	s := a.server
	body := d.payload
	if d.form {
		body = []byte("payload=" + url.QueryEscape(string(d.payload)))
		if d.kind == slashCommands {
			body = d.payload
		}
	}
	attempt, why := d.tried()
	r, err := d.workspace.Request(s.done, body, d.form, Tamper{Retry: attempt})
	if err != nil {
		return
	}
	if attempt > 0 {
		r.Header.Set("X-Slack-Retry-Reason", why)
	}
	at := time.Now()
	s.count(func(n *Stats) { n.Sent++ })
	resp, err := client.Do(r)
	reason := "http_timeout"
	if err == nil {
		payload, readErr := io.ReadAll(io.LimitReader(resp.Body, maxBody))
		_ = resp.Body.Close() // it was read
		if readErr == nil && resp.StatusCode/100 == 2 {
			s.finish(d, Ack{Payload: payload, After: time.Since(at), Status: resp.StatusCode})
			s.answered(d, payload)
			return
		}
		reason = "http_error"
		if resp.Header.Get("X-Slack-No-Retry") == "1" {
			d.mu.Lock()
			d.attempt = len(s.cfg.Retries)
			d.mu.Unlock()
		}
	} else if s.done.Err() != nil {
		return
	} else if time.Since(at) < s.cfg.AckWithin {
		reason = "connection_failed"
	}
	if wait, ok := s.again(d, reason); ok {
		a.mu.Lock()
		a.later = append(a.later, due{time.Now().Add(wait), d})
		a.mu.Unlock()
	}
}
