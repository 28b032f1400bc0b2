package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"frontdesk/adapters/chat"

	"github.com/jellydator/ttlcache/v3"
	"github.com/slack-go/slack"
	"golang.org/x/time/rate"
)

const (
	// limitTries is how often a request is repeated that came too often.
	limitTries = 6
	// maxWait bounds how long Slack may tell us to wait.
	maxWait  = 2 * time.Minute
	maxPaced = 20_000 // channels
)

// A pacer has every channel get its messages one after the other, no faster than
// Slack takes them. It is safe for concurrent use.
type pacer struct {
	pace  float64
	burst int
	mu    sync.Mutex
	lanes *ttlcache.Cache[string, *paced]
}

// paced is one channel.
type paced struct {
	limiter *rate.Limiter
	mu      sync.Mutex
	until   time.Time // Slack has told us to wait so long
}

func newPacer(pace float64, burst int) *pacer {
	return &pacer{pace: pace, burst: burst, lanes: ttlcache.New(
		ttlcache.WithTTL[string, *paced](10*time.Minute), ttlcache.WithCapacity[string, *paced](maxPaced))}
}

// lane gives the one of a channel, or of requests that are not bounded by us.
func (p *pacer) lane(name string, bounded bool) *paced {
	p.mu.Lock()
	defer p.mu.Unlock()
	if item := p.lanes.Get(name); item != nil {
		return item.Value()
	}
	limit := rate.Inf
	if bounded && p.pace > 0 {
		limit = rate.Limit(p.pace)
	}
	l := &paced{limiter: rate.NewLimiter(limit, max(p.burst, 1))}
	p.lanes.Set(name, l, ttlcache.DefaultTTL)
	return l
}

// wait waits until a channel takes another message.
func (p *paced) wait(ctx context.Context) error {
	if err := p.limiter.Wait(ctx); err != nil {
		return fmt.Errorf("waiting for the channel's turn: %w", err)
	}
	for {
		p.mu.Lock()
		d := time.Until(p.until)
		p.mu.Unlock()
		if d <= 0 {
			return nil
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("waiting as Slack has told us to: %w", ctx.Err())
		}
	}
}

// hold has a channel wait.
func (p *paced) hold(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(min(max(d, 200*time.Millisecond), maxWait)); until.After(p.until) {
		p.until = until
	}
}

// post makes a request that posts something into a channel, when its turn has
// come; what comes too often is repeated as Slack says.
func (w *workspace) post(ctx context.Context, channel string, f func() error) error {
	return w.paced(ctx, "post "+channel, true, f)
}

// ask makes any other request.
func (w *workspace) ask(ctx context.Context, method string, f func() error) error {
	return w.paced(ctx, "ask "+method, false, f)
}

func (w *workspace) paced(ctx context.Context, lane string, bounded bool, f func() error) error {
	l := w.pacer.lane(lane, bounded)
	for try := 1; ; try++ {
		if err := l.wait(ctx); err != nil {
			return err
		}
		err := f()
		var limited *slack.RateLimitedError
		if !errors.As(err, &limited) || try >= limitTries {
			return explain(err)
		}
		l.hold(limited.RetryAfter)
	}
}

// gone are Slack's words for what trying again does not help.
var gone = map[string]bool{
	"channel_not_found": true, "not_in_channel": true, "is_archived": true, "message_not_found": true, "cant_update_message": true,
	"cant_delete_message": true, "edit_window_closed": true, "user_not_found": true, "user_not_in_channel": true, "user_disabled": true,
	"restricted_action": true, "restricted_action_read_only_channel": true, "restricted_action_thread_only_channel": true,
	"restricted_action_non_threadable_channel": true, "cannot_dm_bot": true, "channel_type_not_supported": true, "thread_not_found": true,
	"messages_tab_disabled": true, "method_not_supported_for_channel_type": true, "cannot_reply_to_message": true,
	"invalid_blocks": true, "invalid_blocks_format": true, "msg_too_long": true, "msg_blocks_too_long": true, "no_text": true,
}

// explain says of an error whether trying again is of use.
func explain(err error) error {
	var refused slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && gone[refused.Err]:
		return fmt.Errorf("Slack says %s: %w", describe(refused), chat.ErrGone)
	case errors.As(err, &refused):
		return fmt.Errorf("Slack says %s: %w", describe(refused), err)
	case errors.As(err, &status) && status.Code == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("Slack says %s: %w", status.Status, chat.ErrGone)
	}
	return fmt.Errorf("asking Slack: %w", err)
}

// describe gives Slack's words, with what they are about.
func describe(r slack.SlackErrorResponse) string {
	s := r.Err
	if r.Needed != "" {
		s += " (needed: " + r.Needed + ")"
	}
	for _, m := range r.ResponseMetadata.Messages {
		s += " " + m
	}
	return s
}

// is says whether an error is Slack's refusal with one of the words.
func is(err error, words ...string) bool {
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) {
		return false
	}
	for _, w := range words {
		if refused.Err == w {
			return true
		}
	}
	return false
}
