// Package chattest holds what tests of adapters on package chat have in common: a
// process that can be killed without ending the test.
package chattest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
)

// ErrKilled is what everything gives that a killed process does.
var ErrKilled = errors.New("the process was killed")

// A Process stands for one run of the program: what an adapter reaches through it,
// it no longer reaches once the process was killed. It is safe for concurrent use.
type Process struct {
	ctx  context.Context
	kill context.CancelFunc
	mu   sync.RWMutex // held for reading while something is done to a store
}

// NewProcess makes one that lives.
func NewProcess() *Process {
	ctx, kill := context.WithCancel(context.Background())
	return &Process{ctx: ctx, kill: kill}
}

// Kill ends it: what is being done to a store is finished, nothing more is, and
// every request is broken off.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill()
}

// Killed is closed once the process was killed.
func (p *Process) Killed() <-chan struct{} { return p.ctx.Done() }

// Transport gives the process's way to a server by HTTP.
func (p *Process) Transport(to http.RoundTripper) http.RoundTripper {
	return transport{p, to}
}

type transport struct {
	process *Process
	to      http.RoundTripper
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(t.process.ctx, cancel)
	if t.process.ctx.Err() != nil {
		stop()
		cancel()
		return nil, ErrKilled
	}
	resp, err := t.to.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		cancel()
		return nil, err
	}
	resp.Body = body{resp.Body, func() { stop(); cancel() }}
	return resp, nil
}

// A body lets its request go when it is closed.
type body struct {
	io.ReadCloser
	done func()
}

func (b body) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// Store gives the process's way to a store that outlives it.
func (p *Process) Store(to chat.Store) chat.Store { return store{p, to} }

type store struct {
	process *Process
	to      chat.Store
}

// alive holds off Kill until done is called.
func (s store) alive() (done func(), err error) {
	s.process.mu.RLock()
	if s.process.ctx.Err() != nil {
		s.process.mu.RUnlock()
		return nil, ErrKilled
	}
	return s.process.mu.RUnlock, nil
}

func (s store) AcceptAll(ctx context.Context, rs []bot.Receipt) ([]bool, error) {
	done, err := s.alive()
	if err != nil {
		return nil, err
	}
	defer done()
	return s.to.AcceptAll(ctx, rs)
}

func (s store) Finish(ctx context.Context, adapter, key string, posts []bot.Post) error {
	done, err := s.alive()
	if err != nil {
		return err
	}
	defer done()
	return s.to.Finish(ctx, adapter, key, posts)
}

// Unfinished does not hold off Kill: f may do more.
func (s store) Unfinished(ctx context.Context, adapter string, f func(bot.Receipt) error) error {
	return s.to.Unfinished(ctx, adapter, func(r bot.Receipt) error {
		if s.process.ctx.Err() != nil {
			return ErrKilled
		}
		return f(r)
	})
}

func (s store) KeepPost(ctx context.Context, p bot.Post) error {
	done, err := s.alive()
	if err != nil {
		return err
	}
	defer done()
	return s.to.KeepPost(ctx, p)
}

func (s store) Post(ctx context.Context, adapter, channel, id string) (bot.Post, bool, error) {
	done, err := s.alive()
	if err != nil {
		return bot.Post{}, false, err
	}
	defer done()
	return s.to.Post(ctx, adapter, channel, id)
}

func (s store) PostsOf(ctx context.Context, adapter, conversation, question string) ([]bot.Post, error) {
	done, err := s.alive()
	if err != nil {
		return nil, err
	}
	defer done()
	return s.to.PostsOf(ctx, adapter, conversation, question)
}

func (s store) ReplacePosts(ctx context.Context, adapter, conversation, question string, posts []bot.Post) error {
	done, err := s.alive()
	if err != nil {
		return err
	}
	defer done()
	return s.to.ReplacePosts(ctx, adapter, conversation, question, posts)
}

func (s store) Joined(ctx context.Context, adapter, conversation string) (bool, error) {
	done, err := s.alive()
	if err != nil {
		return false, err
	}
	defer done()
	return s.to.Joined(ctx, adapter, conversation)
}

func (s store) Cursors(ctx context.Context, adapter string) (map[string]string, error) {
	done, err := s.alive()
	if err != nil {
		return nil, err
	}
	defer done()
	return s.to.Cursors(ctx, adapter)
}
