package app

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/internal/config"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Bounds of what comes in by HTTP.
const (
	maxConnections = 1000
	maxHeader      = 16 << 10 // bytes
	maxBody        = 1 << 20  // bytes; an adapter may take less
	headerWithin   = 5 * time.Second
	readWithin     = 15 * time.Second
	writeWithin    = time.Minute // a profile of 30 seconds fits in
	idleWithin     = 2 * time.Minute
	// goodbyeWithin bounds how long requests are finished once all else is.
	goodbyeWithin = 3 * time.Second
)

// A web is the one HTTP server. Its methods are safe for concurrent use.
type web struct {
	server *http.Server
	at     net.Listener
	scheme string
	certs  certificate
	routes routes
	ended  chan error // gives why it ended by itself
}

// openWeb listens, and answers from then on. It gives nil where there is to be no
// server.
func openWeb(ctx context.Context, cfg config.HTTP, log *slog.Logger, registry *prometheus.Registry, ready func(context.Context) []part) (*web, error) {
	if cfg.Address == "" {
		return nil, nil
	}
	w := &web{scheme: "http", ended: make(chan error, 1)}
	if err := w.certs.load(cfg.TLS); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("answering to HTTP at %s: %w; is frontdesk running already? Choose another address: under http:, or \"\" for none", cfg.Address, err)
	}
	w.at = listener
	w.server = &http.Server{
		Handler:           http.MaxBytesHandler(w.mux(cfg, registry, ready), maxBody),
		ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: idleWithin,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug), // mostly of strangers who hang up
		TLSConfig:      &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: w.certs.get},
	}
	serve := w.server.Serve
	if cfg.TLS.Cert != "" {
		w.scheme = "https"
		serve = func(l net.Listener) error { return w.server.ServeTLS(l, "", "") }
	}
	go func() {
		err := serve(netutil.LimitListener(listener, maxConnections))
		if !errors.Is(err, http.ErrServerClosed) {
			w.ended <- fmt.Errorf("answering to HTTP: %w", err)
		}
		close(w.ended)
	}()
	return w, nil
}

func (w *web) mux(cfg config.HTTP, registry *prometheus.Registry, ready func(context.Context) []part) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(out http.ResponseWriter, r *http.Request) { writeReady(out, ready(r.Context())) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry, MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	mux.Handle("/", &w.routes)
	if cfg.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// url gives where it answers.
func (w *web) url() string { return w.scheme + "://" + w.at.Addr().String() }

// close finishes the requests that are being answered, though not for ever.
func (w *web) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeWithin)
	defer cancel()
	if err := w.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("finishing requests by HTTP: %w", err), w.server.Close())
	}
	return nil
}

// writeReady says which part can do its work: 200 where all can, else 503.
func writeReady(out http.ResponseWriter, parts []part) {
	all := struct {
		Ready bool   `json:"ready"`
		Parts []part `json:"parts"`
	}{Ready: true, Parts: parts}
	for _, p := range parts {
		all.Ready = all.Ready && p.OK
	}
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Cache-Control", "no-store")
	if !all.Ready {
		out.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(out).Encode(all) // whoever asked has gone
}

// routes bring requests to adapters, which come and go, by their path.
type routes struct {
	mu     sync.Mutex
	byPath map[string]http.Handler // nil: the adapter does not run now
}

func (r *routes) set(path string, h http.Handler) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byPath == nil {
		r.byPath = map[string]http.Handler{}
	}
	r.byPath[path] = h
}

// ServeHTTP answers 503 for an adapter that is about to come back: platforms
// deliver again.
func (r *routes) ServeHTTP(out http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	h, known := r.byPath[request.URL.Path]
	r.mu.Unlock()
	switch {
	case !known:
		http.NotFound(out, request)
	case h == nil:
		http.Error(out, "not ready", http.StatusServiceUnavailable)
	default:
		h.ServeHTTP(out, request)
	}
}

// A certificate is what we show to those who connect; it can be loaded again
// while the server runs.
type certificate struct {
	now atomic.Pointer[tls.Certificate]
}

// load reads it; without files there is none.
func (c *certificate) load(files config.TLS) error {
	if files.Cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		return fmt.Errorf("reading the certificate for HTTP: %w; http: tls: names it, as files in PEM", err)
	}
	c.now.Store(&pair)
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil }
