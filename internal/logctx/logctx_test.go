package logctx_test

import (
	"context"
	"log/slog"
	"os"

	"frontdesk/internal/logctx"
)

func Example() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	log := slog.New(logctx.NewHandler(text)).With("part", "desk")
	ctx := logctx.With(context.Background(), slog.String(logctx.Message, "m1"), slog.String("adapter", "slack"))
	log.InfoContext(ctx, "answered", "entry", "open")
	log.InfoContext(logctx.With(ctx, slog.String(logctx.Message, "m2")), "answered")
	log.Info("nobody's")
	// Output:
	// level=INFO msg=answered part=desk entry=open message=m1 adapter=slack
	// level=INFO msg=answered part=desk adapter=slack message=m2
	// level=INFO msg=nobody's part=desk
}
