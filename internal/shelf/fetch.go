package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A download is one file on its way. What has come lies in its .part file, and
// the hash has seen all of it.
type download struct {
	client  *http.Client
	url     *url.URL
	file    File
	limit   int64  // bytes at most
	sum     string // that it must have; "" where none is known
	gated   bool   // whether a token is sent
	wait    patience
	told    func(done, total int64) // total is 0 where it is not known
	retried func(err error, pause time.Duration)
	tagged  func(etag string) error // keeps what a later pull resumes with

	part    *os.File
	hash    hash.Hash
	n       atomic.Int64 // bytes in the .part file
	etag    string       // strong, of what is in the .part file; "" for none
	resumed bool         // whether what is there came in more than one piece
}

// errAnew says that what has come is of no use, and that it is worth to begin
// again.
var errAnew = errors.New("what had come was of another file")

// run brings the file, resuming and trying again as often as it is worth. What it
// brought is on the disk when it returns, also with an error.
func (d *download) run(ctx context.Context, part string) (rec recorded, err error) {
	if d.part, err = os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return rec, err
	}
	defer func() {
		err = errors.Join(err, d.part.Sync(), d.part.Close())
		if err != nil && errors.Is(err, errThrowAway) {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	d.hash = sha256.New()
	n, err := copyTold(ctx, d.hash, d.part, nil)
	if err != nil {
		return rec, err
	}
	d.n.Store(n)
	d.resumed = n > 0
	for anew := false; ; anew = true {
		if err := d.bring(ctx); err != nil {
			return rec, err
		}
		if d.n.Load() == 0 {
			return rec, throwAway{fmt.Errorf("%s: the file is empty", shown(d.url))}
		}
		rec = recorded{Path: d.file.Path, Bytes: d.n.Load(), SHA256: hex.EncodeToString(d.hash.Sum(nil))}
		if d.sum == "" || rec.SHA256 == d.sum {
			return rec, nil
		}
		// Two halves of two files make a third; one that came in one piece is what
		// the server has.
		if !d.resumed || anew {
			return rec, throwAway{fmt.Errorf("what came from %s has the SHA-256 %s and should have %s: it is not the file that it should be, and was thrown away",
				shown(d.url), rec.SHA256, d.sum)}
		}
		if err := d.begin(); err != nil {
			return rec, err
		}
	}
}

// errThrowAway marks errors after which nothing is resumed.
var errThrowAway = errors.New("thrown away")

type throwAway struct{ error }

func (throwAway) Is(target error) bool { return target == errThrowAway }
func (t throwAway) Unwrap() error      { return t.error }

// begin forgets what has come.
func (d *download) begin() error {
	if err := d.part.Truncate(0); err != nil {
		return err
	}
	if _, err := d.part.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d.hash.Reset()
	d.n.Store(0)
	d.etag, d.resumed = "", false
	return d.tagged("")
}

// bring makes requests until all bytes are there.
func (d *download) bring(ctx context.Context) error {
	exp := backoff.NewExponentialBackOff()
	exp.InitialInterval, exp.MaxInterval = d.wait.first, d.wait.most
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := d.request(ctx)
		if errors.Is(err, errAnew) {
			err = errors.Join(err, d.begin())
		}
		return struct{}{}, err
	}, backoff.WithBackOff(&pauses{exp, d, 0, 0}), backoff.WithMaxElapsedTime(0), backoff.WithNotify(d.retried))
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return cause
	}
	return err
}

// pauses are those between tries; they end where too many in a row brought
// nothing.
type pauses struct {
	*backoff.ExponentialBackOff
	d      *download
	failed int
	at     int64 // where the download was when it last went on
}

// enough is how many bytes make a try worth it.
const enough = 1 << 20

func (p *pauses) NextBackOff() time.Duration {
	if n := p.d.n.Load(); n >= p.at+enough {
		p.failed, p.at = 0, n
		p.Reset()
	}
	if p.failed++; p.failed >= p.d.wait.tries {
		return backoff.Stop
	}
	return p.ExponentialBackOff.NextBackOff()
}

// request asks for what is missing, once, and writes what comes.
func (d *download) request(ctx context.Context) (err error) {
	n := d.n.Load()
	if d.file.Bytes > 0 && n == d.file.Bytes {
		return nil
	}
	if n > d.limit || n > 0 && d.etag == "" && d.sum == "" {
		// Nothing would tell whether the rest is of the same file.
		if err := d.begin(); err != nil {
			return backoff.Permanent(err)
		}
		n = 0
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer func() {
		// The library says no more than that the context ended.
		if cause := context.Cause(ctx); err != nil && errors.Is(cause, errStalled) {
			err = cause
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url.String(), nil)
	if err != nil {
		return backoff.Permanent(err)
	}
	req.Header.Set("User-Agent", "frontdesk")
	req.Header.Set("Accept-Encoding", "identity")
	if n > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", n))
		if d.etag != "" {
			req.Header.Set("If-Range", d.etag)
		}
	}
	resp, err := d.client.Do(req)
	if err != nil {
		// The address may be one that a redirect signed; ours is in the error already.
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return d.unreachable(err)
	}
	defer resp.Body.Close()
	want, err := d.answer(resp, n)
	if err != nil {
		return err
	}
	return d.body(cancel, resp.Body, want)
}

// body writes what comes, and sees that something does.
func (d *download) body(cancel context.CancelCauseFunc, body io.Reader, want int64) error {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		d.watch(cancel, stop)
	}()
	defer func() {
		close(stop)
		<-done
	}()
	most := d.limit
	if want > 0 {
		most = want
	}
	n, buf := d.n.Load(), make([]byte, 128<<10)
	for {
		k, err := body.Read(buf)
		if n+int64(k) > most {
			return backoff.Permanent(throwAway{fmt.Errorf("%s: more came than the %d bytes that the file may have; what came was thrown away", shown(d.url), most)})
		}
		if k > 0 {
			if _, err := d.part.Write(buf[:k]); err != nil {
				return backoff.Permanent(err)
			}
			d.hash.Write(buf[:k])
			n += int64(k)
			d.n.Store(n)
			d.told(n, want)
		}
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF):
			return fmt.Errorf("%s: the connection broke after %d bytes: %w", shown(d.url), n, err)
		case want > 0 && n < want:
			return fmt.Errorf("%s: the connection ended after %d of %d bytes", shown(d.url), n, want)
		default:
			return nil
		}
	}
}

// errStalled ends a connection that brings next to nothing.
var errStalled = errors.New("next to nothing came any more")

// watch ends a request that brings too little in too long.
func (d *download) watch(cancel context.CancelCauseFunc, stop <-chan struct{}) {
	t := time.NewTicker(d.wait.stall)
	defer t.Stop()
	for last := d.n.Load(); ; {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		n := d.n.Load()
		if n-last < d.wait.least {
			cancel(fmt.Errorf("%s: %w for %s", shown(d.url), errStalled, d.wait.stall))
			return
		}
		last = n
	}
}
