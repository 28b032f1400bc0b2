// Package logctx lets a context carry attributes into the log, so that all that
// is logged of one message, wherever it happens, names that message.
package logctx

import (
	"context"
	"log/slog"
	"slices"
)

// Message is the attribute that names a message through all that is logged of it.
const Message = "message"

type key struct{}

// With gives a context with more attributes; one whose key is there already
// takes its place.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	all := slices.Clone(attrsOf(ctx))
	for _, a := range attrs {
		all = slices.DeleteFunc(all, func(old slog.Attr) bool { return old.Key == a.Key })
		all = append(all, a)
	}
	return context.WithValue(ctx, key{}, all)
}

// Has says whether a context carries an attribute of that key.
func Has(ctx context.Context, name string) bool {
	return slices.ContainsFunc(attrsOf(ctx), func(a slog.Attr) bool { return a.Key == name })
}

func attrsOf(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return attrs
}

// NewHandler gives a handler that adds what the context carries to every record.
// Records are logged with their context only by the methods of [slog.Logger]
// that take one, such as WarnContext.
func NewHandler(h slog.Handler) slog.Handler { return handler{h} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if attrs := attrsOf(ctx); len(attrs) > 0 {
		r = r.Clone() // other handlers may have it, too
		r.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
