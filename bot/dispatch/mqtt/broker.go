package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"frontdesk/bot/dispatch"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
	"github.com/gorilla/websocket"
)

const (
	firstPause  = 500 * time.Millisecond // before we connect again
	maxPause    = 5 * time.Second
	closeWithin = 5 * time.Second
	writeWithin = 10 * time.Second // one packet
	maxPacket   = 2 << 20          // bytes of one that the broker sends
)

// A problem is an error with words for the person who gave the command.
type problem struct {
	words string
	err   error
}

func (p *problem) Error() string { return fmt.Sprintf("%s: %v", p.words, p.err) }

func (p *problem) Unwrap() error { return p.err }

// A Broker is the connection to a broker that all commands share. It connects
// when the first command needs it, and again whenever it was lost. It is safe
// for concurrent use.
type Broker struct {
	cfg Config
	url *url.URL // nil where there is no broker
	tls *tls.Config
	log *slog.Logger

	mu      sync.Mutex                  // guards what follows
	manager *autopaho.ConnectionManager // nil until it is needed
	closed  bool
	link    *link                // nil while the connection does not stand
	failed  int                  // how many attempts to connect have failed
	cause   error                // why the last one did
	changed chan struct{}        // closed, and replaced, when one of these changes
	asked   map[string]*question // by the topic of the answer
	heard   map[string]func()    // told of what comes to a topic; see [Broker.Hear]
}

// A link is one connection, from when it stands until it is lost.
type link struct {
	manager *autopaho.ConnectionManager
	lost    chan struct{} // closed when it is
}

// errLost is why what was begun on a link cannot be ended.
var errLost = errors.New("the connection is lost")

// during gives a context that ends when the link is lost, too, with errLost as
// its cause. Release must be called.
func (l *link) during(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-l.lost:
			cancel(errLost)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

// New makes a broker of checked settings and reads the certificates that they
// name. It does not connect. Log takes what happens to the connection; nil for
// nowhere. The caller must Close the broker.
func New(cfg Config, log *slog.Logger) (*Broker, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Broker{cfg: cfg, log: log, changed: make(chan struct{}), asked: map[string]*question{}}
	if cfg.URL == "" {
		return b, nil
	}
	var err error
	if b.url, err = cfg.address(); err != nil {
		return nil, err
	}
	if b.tls, err = cfg.tls(); err != nil {
		return nil, err
	}
	return b, nil
}

// Close says goodbye to the broker, though not for ever. What still waits for an
// answer fails.
func (b *Broker) Close() error {
	b.mu.Lock()
	manager := b.manager
	b.closed = true
	b.unlink()
	b.notify()
	b.mu.Unlock()
	if manager == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if err := manager.Disconnect(ctx); err != nil {
		return fmt.Errorf("leaving the MQTT broker: %w", err)
	}
	return nil
}

// notify wakes those who wait for a change. The lock is held.
func (b *Broker) notify() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// connection gives the connection once it stands. It fails when the next attempt
// to connect does.
func (b *Broker) connection(ctx context.Context) (*link, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.begin(); err != nil {
		return nil, err
	}
	for before := b.failed; b.link == nil; {
		switch {
		case b.closed:
			return nil, errors.New("the connection was closed")
		case b.cause != nil && (b.failed > before || ctx.Err() != nil):
			return nil, &problem{refusal(b.cause), b.cause}
		case ctx.Err() != nil:
			return nil, fmt.Errorf("connecting to the MQTT broker: %w", context.Cause(ctx))
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		b.mu.Lock()
	}
	return b.link, nil
}

// refusal says why we could not connect.
func refusal(err error) string {
	if errors.As(err, new(*autopaho.ConnackError)) {
		return "the broker does not let us in"
	}
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return "the broker could not prove that it is the right one"
	}
	return "the broker could not be reached"
}

// begin starts connecting. The lock is held.
func (b *Broker) begin() error {
	if b.manager != nil || b.closed {
		return nil
	}
	keep := uint16(b.cfg.KeepAlive / time.Second)
	manager, err := autopaho.NewConnection(context.Background(), autopaho.ClientConfig{
		ServerUrls:        []*url.URL{b.url},
		TlsCfg:            b.tls,
		KeepAlive:         keep,
		ConnectTimeout:    b.cfg.ConnectTimeout,
		ConnectUsername:   b.cfg.Username,
		ConnectPassword:   []byte(b.cfg.Password.Reveal()),
		ReconnectBackoff:  pause,
		AttemptConnection: b.dialer(),
		WebSocketCfg: &autopaho.WebSocketConfig{Dialer: func(_ *url.URL, t *tls.Config) *websocket.Dialer {
			// Without the proxy of the environment.
			return &websocket.Dialer{TLSClientConfig: t, Subprotocols: []string{"mqtt"}, HandshakeTimeout: b.cfg.ConnectTimeout}
		}},
		ConnectPacketBuilder: func(p *paho.Connect, _ *url.URL) (*paho.Connect, error) {
			p.CleanStart = true // What was not done then is not to be done now.
			size := uint32(maxPacket)
			p.Properties = &paho.ConnectProperties{MaximumPacketSize: &size}
			return p, nil
		},
		OnConnectionUp: func(m *autopaho.ConnectionManager, _ *paho.Connack) {
			b.log.Info("connected to the MQTT broker", "url", b.url.String())
			b.connected(m)
		},
		OnConnectionDown: func() bool {
			b.log.Warn("the connection to the MQTT broker is lost", "url", b.url.String())
			b.disconnected(nil)
			return true
		},
		OnConnectError: func(err error) {
			b.log.Debug("connecting to the MQTT broker", "url", b.url.String(), "error", err)
			b.disconnected(err)
		},
		ClientConfig: paho.ClientConfig{
			ClientID:          b.cfg.ClientID,
			PacketTimeout:     dispatch.MaxTimeout, // that of the command is shorter
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){b.received},
		},
	})
	if err != nil {
		return fmt.Errorf("connecting to the MQTT broker: %w", err)
	}
	b.manager = manager
	return nil
}

// connected notes that the connection stands.
func (b *Broker) connected(manager *autopaho.ConnectionManager) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.link = &link{manager, make(chan struct{})}
	}
	b.cause = nil
	b.notify()
}

// disconnected notes that it is lost, or why an attempt to connect failed.
func (b *Broker) disconnected(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlink()
	if b.cause = cause; cause != nil {
		b.failed++
	}
	b.notify()
}

// unlink forgets the connection. The lock is held.
func (b *Broker) unlink() {
	if b.link != nil {
		close(b.link.lost)
		b.link = nil
	}
}

// pause is how long we wait before an attempt to connect.
func pause(attempt int) time.Duration {
	if attempt == 0 {
		return 0
	}
	return min(maxPause, firstPause<<min(attempt-1, 10))
}

// dialer gives what connects: without the proxy of the environment, which the
// library would ask. Nil leaves it to the library.
func (b *Broker) dialer() func(context.Context, autopaho.ClientConfig, *url.URL) (net.Conn, error) {
	if b.url.Scheme == "ws" || b.url.Scheme == "wss" {
		return nil
	}
	return func(ctx context.Context, _ autopaho.ClientConfig, u *url.URL) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, b.cfg.ConnectTimeout)
		defer cancel()
		var conn net.Conn
		var err error
		if isTLS(u.Scheme) {
			conn, err = (&tls.Dialer{Config: b.tls}).DialContext(ctx, "tcp", u.Host)
		} else {
			conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
		}
		if err != nil {
			return nil, err
		}
		return packets.NewThreadSafeConn(impatient{conn}), nil
	}
}

// impatient is a connection that does not wait for ever for a broker that
// stopped reading.
type impatient struct{ net.Conn }

func (i impatient) Write(p []byte) (int, error) {
	if err := i.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	return i.Conn.Write(p)
}
