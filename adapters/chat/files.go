package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"frontdesk/asr/audio"
	"frontdesk/bot"

	"github.com/cenkalti/backoff/v5"
)

const (
	// maxSound bounds a recording that is fetched, in bytes.
	maxSound = 25 << 20
	// decodeAtOnce bounds how many are decoded at the same time, each of which may
	// take a hundred megabytes.
	decodeAtOnce = 2
)

// Sound says whether a file looks like something to listen to.
func (f File) Sound() bool {
	return strings.HasPrefix(f.Type, "audio/") || f.Type == "video/mp4" || f.Type == "video/webm"
}

// listen fetches and decodes the sound of an event. A problem is a sentence for
// whoever sent it; an error is worth another try.
func (d *Desk) listen(ctx context.Context, e *Event) (problem string, err error) {
	words := bot.LabelsFor(e.Message.Locale)
	i := slices.IndexFunc(e.Files, File.Sound)
	if i < 0 {
		return words.NoSound, nil
	}
	if !d.deps.Listens || d.deps.Fetch == nil {
		return "", nil // the handler says that it cannot listen
	}
	f := e.Files[i]
	if f.Size > maxSound {
		return words.TooMuchSound, nil
	}
	var data []byte
	err = d.again(ctx, handleTries, func() (err error) {
		data, err = d.deps.Fetch(ctx, *e, f)
		if errors.Is(err, ErrTooLarge) || errors.Is(err, errElsewhere) {
			return backoff.Permanent(err)
		}
		return err
	})
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, ErrTooLarge):
		return words.TooMuchSound, nil
	case err != nil:
		d.log.WarnContext(ctx, "fetching a recording", "error", err)
		return words.NoFile, nil
	}
	select {
	case d.decoding <- struct{}{}:
		defer func() { <-d.decoding }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	clip, err := audio.Decode(ctx, data, audio.Options{})
	switch {
	case err == nil:
		e.Message.Clip = clip
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, audio.ErrNeedsFFmpeg):
		return words.NeedsFFmpeg, nil
	case errors.Is(err, audio.ErrTooLong), errors.Is(err, audio.ErrTooLarge):
		return words.TooMuchSound, nil
	}
	d.log.WarnContext(ctx, "decoding a recording", "error", err)
	return words.NoSound, nil
}

// ErrTooLarge says that a file is larger than it may be.
var ErrTooLarge = errors.New("the file is too large")

// errElsewhere says that a file is not to be fetched from where it lies.
var errElsewhere = errors.New("the file does not lie with the platform")

// Fetch gets a file of at most 25 MiB by https from one of the hosts (a leading dot
// allows all below it), with the authorisation given; neither leaves them by a
// redirect. A host may be written as a whole origin, "http://127.0.0.1:8080", which
// then is allowed as it stands.
func Fetch(ctx context.Context, client *http.Client, f File, hosts []string, authorization string) ([]byte, error) {
	allowed := func(u *url.URL) bool {
		return slices.ContainsFunc(hosts, func(h string) bool {
			if strings.Contains(h, "://") {
				return u.Scheme+"://"+u.Host == h
			}
			return u.Scheme == "https" && u.User == nil && (u.Host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(u.Host, h))
		})
	}
	u, err := url.Parse(f.URL)
	if err != nil || !allowed(u) {
		return nil, errElsewhere
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	own := *client
	own.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if !allowed(to.URL) || len(via) > 3 {
			return fmt.Errorf("it leads away: %w", errElsewhere)
		}
		return nil
	}
	resp, err := own.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetching a file: %s", resp.Status)
	}
	if resp.ContentLength > maxSound {
		return nil, ErrTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxSound+1))
	if err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	if len(data) > maxSound {
		return nil, ErrTooLarge
	}
	return data, nil
}
