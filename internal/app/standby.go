package app

import (
	"context"
	"sync/atomic"

	"frontdesk/retrieval"
)

// A named is an index under the name of its embedding model, for those who ask
// why something was found.
type named struct {
	*retrieval.Index
	name string
}

// Search implements [bot.Searcher].
func (n named) Search(ctx context.Context, q retrieval.Question, k int) (retrieval.Result, error) {
	r, err := n.Index.Search(ctx, q, k)
	r.Model = n.name
	return r, err
}

// A standby answers out of the index of a remote model and, while that cannot be
// asked, out of one of the built-in model. Each result has the operating point
// of its own index: no vector of one model meets one of the other.
type standby struct {
	link   *link
	remote atomic.Pointer[named] // nil while there is none
	own    named
}

// Search implements [bot.Searcher].
func (s *standby) Search(ctx context.Context, q retrieval.Question, k int) (retrieval.Result, error) {
	if x := s.remote.Load(); x != nil && s.link.isUp() {
		timed, cancel := context.WithTimeout(ctx, s.link.config.Remote.QueryTimeout)
		r, err := x.Search(timed, q, k)
		cancel()
		if err == nil || ctx.Err() != nil {
			return r, err
		}
		s.link.failed(err)
	}
	return s.own.Search(ctx, q, k)
}
