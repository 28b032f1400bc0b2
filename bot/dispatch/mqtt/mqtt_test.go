package mqtt_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	user     = "desk"
	password = "hunter2-mqtt"
	anywhere = "127.0.0.1:0"
)

// A peer is a real broker in this process that notes what is published.
type peer struct {
	*server.Server
	inline   *server.Client
	url      string
	messages chan packets.Packet
	answers  sync.WaitGroup
	stopped  sync.Once
	reads    atomic.Int64
}

// rights let one user in, who may do nothing below secret/.
type rights struct {
	server.HookBase
	reads *atomic.Int64
}

func (*rights) ID() string { return "rights" }

func (*rights) Provides(b byte) bool {
	return b == server.OnConnectAuthenticate || b == server.OnACLCheck
}

func (r *rights) OnConnectAuthenticate(_ *server.Client, pk packets.Packet) bool {
	r.reads.Add(1)
	return string(pk.Connect.Username) == user && string(pk.Connect.Password) == password
}

func (*rights) OnACLCheck(_ *server.Client, topic string, _ bool) bool {
	return !strings.HasPrefix(topic, "secret/")
}

// A watched listener counts what the broker reads, so that stop comes after it:
// the broker itself begins to count its connections while it may be waiting for
// their number to be 0, which the race detector does not like.
type watched struct {
	net.Listener
	reads *atomic.Int64
}

func (w watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	return watchedConn{conn, w.reads}, err
}

type watchedConn struct {
	net.Conn
	reads *atomic.Int64
}

func (w watchedConn) Read(p []byte) (int, error) {
	w.reads.Add(1)
	return w.Conn.Read(p)
}

// listen starts a broker at an address whose port may be 0.
func listen(t testing.TB, scheme, address string, secure *tls.Config) *peer {
	t.Helper()
	p := &peer{
		Server:   server.New(&server.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)}),
		messages: make(chan packets.Packet, 10_000),
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p.url = scheme + "://" + l.Addr().String()
	var listener listeners.Listener
	if strings.HasPrefix(scheme, "ws") {
		l.Close()
		listener = listeners.NewWebsocket(listeners.Config{ID: "l", Address: l.Addr().String(), TLSConfig: secure})
	} else {
		l = watched{l, &p.reads}
		if secure != nil {
			l = tls.NewListener(l, secure)
		}
		listener = listeners.NewNet("l", l)
	}
	for _, err := range []error{
		p.AddHook(&rights{reads: &p.reads}, nil), p.AddListener(listener), p.Serve(),
		p.Subscribe("#", 1, func(_ *server.Client, _ packets.Subscription, pk packets.Packet) {
			if !strings.HasPrefix(pk.TopicName, "$SYS/") {
				p.messages <- pk
			}
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.inline = p.NewClient(nil, "local", "inline", true)
	t.Cleanup(p.stop)
	return p
}

// stop ends the broker, once.
func (p *peer) stop() {
	p.stopped.Do(func() {
		p.answers.Wait()
		p.reads.Load()
		p.Close()
	})
}

// next gives the next message, and fails where there is none.
func (p *peer) next(t testing.TB) packets.Packet {
	t.Helper()
	select {
	case m := <-p.messages:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no message came")
		return packets.Packet{}
	}
}

// device answers what is published on a topic with what answer publishes.
func (p *peer) device(t testing.TB, topic string, id int, answer func(packets.Packet)) {
	t.Helper()
	err := p.Subscribe(topic, id, func(_ *server.Client, _ packets.Subscription, pk packets.Packet) {
		p.answers.Go(func() { answer(pk) })
	})
	if err != nil {
		t.Fatal(err)
	}
}

// say publishes as the device.
func (p *peer) say(t testing.TB, topic, text string, correlation []byte) {
	err := p.InjectPacket(p.inline, packets.Packet{
		ProtocolVersion: 5, FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: topic, Payload: []byte(text),
		Properties: packets.Properties{CorrelationData: correlation},
	})
	if err != nil {
		t.Error(err)
	}
}

func config(url string) mqtt.Config {
	c := mqtt.DefaultConfig()
	c.URL, c.Username, c.Password = url, user, secret.New(password)
	return c
}

// within gives settings whose files are in a folder.
func within(t testing.TB, c mqtt.Config, dir string) mqtt.Config {
	t.Helper()
	c, err := c.Resolve(func(path string) (string, error) { return filepath.Join(dir, path), nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func broker(t testing.TB, c mqtt.Config) *mqtt.Broker {
	t.Helper()
	b, err := mqtt.New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// settings checks the settings that stand in a file.
func settings(t testing.TB, b *mqtt.Broker, text string) (dispatch.Runner, fault.List) {
	t.Helper()
	node, faults := strictyaml.Parse("k.yaml", []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return b.Kind(knowledge.Action{Kind: "mqtt", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}})
}

func runner(t testing.TB, b *mqtt.Broker, text string) dispatch.Runner {
	t.Helper()
	r, faults := settings(t, b, text)
	if len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, text)
	}
	return r
}

// call gives values to slots; n is a number.
func call(pairs ...string) bot.Call {
	c := bot.Call{Slots: map[string]template.Value{}, Entry: &knowledge.Entry{ID: "e", Command: &knowledge.Command{
		Slots: map[string]*knowledge.Slot{"n": {Slot: template.Slot{Type: template.Number}}},
	}}}
	for i := 0; i < len(pairs); i += 2 {
		c.Slots[pairs[i]] = template.Value{Slot: pairs[i], Said: "not " + pairs[i+1], Canonical: pairs[i+1]}
	}
	return c
}

func run(t testing.TB, r dispatch.Runner, c bot.Call) bot.Result {
	t.Helper()
	result, err := r.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// certificates makes an authority, and certificates of a server and a client, as
// files of a folder.
func certificates(t testing.TB) (dir string, config *tls.Config) {
	t.Helper()
	dir = t.TempDir()
	var ca *x509.Certificate
	var caKey *ecdsa.PrivateKey
	pool := x509.NewCertPool()
	for i, name := range []string{"ca", "server", "client"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		cert := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: name == "ca", BasicConstraintsValid: true,
			KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		if ca == nil {
			ca, caKey = cert, key
		}
		der, err := x509.CreateCertificate(rand.Reader, cert, ca, &key.PublicKey, caKey)
		if err != nil {
			t.Fatal(err)
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
		for suffix, data := range map[string][]byte{".pem": certPEM, ".key": keyPEM} {
			if err := os.WriteFile(filepath.Join(dir, name+suffix), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		switch name {
		case "ca":
			pool.AppendCertsFromPEM(certPEM)
		case "server":
			pair, err := tls.X509KeyPair(certPEM, keyPEM)
			if err != nil {
				t.Fatal(err)
			}
			config = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
		}
	}
	return dir, config
}

func TestPublish(t *testing.T) {
	p := listen(t, "mqtt", anywhere, nil)
	b := broker(t, config(p.url))
	t.Setenv("MQTT_SECRET", "hunter2-payload")
	for _, c := range []struct {
		settings string
		slots    []string
		topic    string
		payload  string
		qos      byte
		retain   bool
		expire   uint32
		preview  string
	}{
		{"topic: home/{a}/set\npayload: \"on {a} \\\\{\"\n", []string{"a", "living room"}, "home/living room/set", "on living room {", 1, false, 60,
			"publish to home/living room/set (QoS 1): on living room {"},
		{"topic: home/x{a}y\njson: {s: \"{a}\", n: \"{n}\"}\nqos: 2\nexpire: 90m\n", []string{"a", `k"`, "n", "5"}, `home/xk"y`, `{"s":"k\"","n":5}`, 2, false, 5400,
			`publish to home/xk"y (QoS 2): {"s":"k\"","n":5}`},
		{"topic: a\npayload: \"\"\nqos: 0\nretain: true\n", nil, "a", "", 0, true, 0, "publish to a (QoS 0, retained): "},
		{"topic: a/${env:MQTT_SECRET}\njson: [\"${env:MQTT_SECRET}\", \"{n}\"]\nnumbers: false", []string{"n", "5"}, "a/hunter2-payload", `["hunter2-payload","5"]`, 1, false, 60,
			`publish to a/*** (QoS 1): ["***","5"]`},
		{"topic: a\npayload: \"{a}\"", []string{"a", "\x00\n"}, "a", "\x00\n", 1, false, 60, `publish to a (QoS 1): "\x00\n"`},
	} {
		r := runner(t, b, c.settings)
		values := call(c.slots...)
		if got := r.Preview(values); got != c.preview {
			t.Errorf("preview %s\nwant %s", got, c.preview)
		}
		if result := run(t, r, values); result.Failed {
			t.Errorf("%s: %+v", c.settings, result)
			continue
		}
		m := p.next(t)
		if m.TopicName != c.topic || string(m.Payload) != c.payload || m.FixedHeader.Qos != c.qos || m.FixedHeader.Retain != c.retain || m.Properties.MessageExpiryInterval != c.expire {
			t.Errorf("%s: %s %q %+v %d", c.settings, m.TopicName, m.Payload, m.FixedHeader, m.Properties.MessageExpiryInterval)
		}
	}
	if n := len(p.messages); n > 0 {
		t.Errorf("%d messages more", n)
	}
}

func TestTransports(t *testing.T) {
	dir, secure := certificates(t)
	for _, scheme := range []string{"tcp", "mqtts", "ssl", "ws", "wss"} {
		conf := secure
		if scheme == "tcp" || scheme == "ws" {
			conf = nil
		}
		p := listen(t, scheme, anywhere, conf)
		c := config(p.url)
		if conf != nil {
			c.TLS = mqtt.TLS{CA: "ca.pem", Cert: "client.pem", Key: "client.key"}
			c = within(t, c, dir)
		}
		// A proxy of the environment is not asked.
		t.Setenv("all_proxy", "socks5://127.0.0.1:1")
		t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
		t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
		r := runner(t, broker(t, c), "topic: a\npayload: b\n")
		result := run(t, r, call())
		for range 20 { // the listener for WebSockets takes a moment
			if !result.Failed {
				break
			}
			result = run(t, r, call())
		}
		if result.Failed {
			t.Errorf("%s: %+v", scheme, result)
			continue
		}
		if m := p.next(t); string(m.Payload) != "b" {
			t.Errorf("%s: %q", scheme, m.Payload)
		}
	}
}

func TestAnswers(t *testing.T) {
	p := listen(t, "mqtt", anywhere, nil)
	b := broker(t, config(p.url))
	if err := p.Publish("home/kitchen/light", []byte("an old state"), true, 1); err != nil {
		t.Fatal(err)
	}
	p.device(t, "home/+/light/set", 2, func(m packets.Packet) { // knows nothing of correlation
		p.say(t, strings.TrimSuffix(m.TopicName, "/set"), `{"state": "`+string(m.Payload)+`", "token": "hunter2-answer"}`, nil)
	})
	p.device(t, "five/set", 3, func(m packets.Packet) { // speaks MQTT 5
		p.say(t, m.Properties.ResponseTopic, "of somebody else", []byte("another"))
		p.say(t, m.Properties.ResponseTopic, "mine", m.Properties.CorrelationData)
		p.say(t, m.Properties.ResponseTopic, "late", m.Properties.CorrelationData)
	})
	p.device(t, "large/set", 4, func(m packets.Packet) { p.say(t, "large", strings.Repeat("x", 1<<20), nil) })
	t.Setenv("MQTT_SECRET", "hunter2-answer")
	for _, c := range []struct {
		settings string
		want     bot.Result
	}{
		{"topic: home/{a}/light/set\nreply_topic: home/{a}/light\npayload: ON\noutput: $.state", bot.Result{Output: "ON"}},
		{"topic: home/{a}/light/set\nreply_topic: home/{a}/light\npayload: ON\noutput: $.nothing", bot.Result{Warning: `the answer has nothing at $["nothing"]`}},
		{"topic: home/{a}/light/set\nreply_topic: home/{a}/light\npayload: ON\noutput: none", bot.Result{}},
		{"topic: home/{a}/light/set\nreply_topic: home/{a}/light\njson: \"${env:MQTT_SECRET}\"\noutput: $.token", bot.Result{Warning: "the answer is no JSON"}},
		{"topic: home/{a}/light/set\nreply_topic: home/{a}/light\npayload: \"${env:MQTT_SECRET}\"\n", bot.Result{Output: `{"state": "***", "token": "***"}`}},
		{"topic: five/set\nreply_topic: five\npayload: ON\n", bot.Result{Output: "mine"}},
		{"topic: large/set\nreply_topic: large\npayload: ON\noutput_limit: 3", bot.Result{Output: "xxx\n… (cut after 3 bytes)"}},
		{"topic: nobody/set\nreply_topic: nobody\npayload: ON\ntimeout: 200ms", bot.Result{Failed: true,
			Problem: "it was sent, but no answer came in time", Warning: "it was sent, but no answer came in time: waiting on nobody: its time is over"}},
		{"topic: a/{a}\nreply_topic: \"a/kitchen\"\npayload: ON", bot.Result{Failed: true, Problem: "the answer would come where the command goes"}},
	} {
		if got := run(t, runner(t, b, c.settings), call("a", "kitchen")); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.settings, got, c.want)
		}
	}
	// Those that wait on one topic wait for each other, and each gets its own.
	r := runner(t, b, "topic: home/{a}/light/set\nreply_topic: home/kitchen/light\npayload: \"{n}\"\noutput: $.state")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := fmt.Sprint(i)
			if result, err := r.Run(t.Context(), call("a", "kitchen", "n", want)); err != nil || result.Output != want {
				t.Errorf("%s: %+v, %v", want, result, err)
			}
		})
	}
	wg.Wait()
}

func TestRefused(t *testing.T) {
	p := listen(t, "mqtt", anywhere, nil)
	b := broker(t, config(p.url))
	for _, c := range []struct{ settings, problem string }{
		{"topic: secret/x\npayload: b\n", "the broker does not allow it"},
		{"topic: secret/x\npayload: b\nqos: 2\n", "the broker does not allow it"},
		{"topic: a\nreply_topic: secret/x\npayload: b\n", "the broker does not let us hear the answer"},
	} {
		result := run(t, runner(t, b, c.settings), call())
		if !result.Failed || result.Problem != c.problem || !strings.Contains(result.Warning, "secret/x") {
			t.Errorf("%s: %+v", c.settings, result)
		}
	}
	if n := len(p.messages); n > 0 {
		t.Errorf("%d messages", n)
	}
	wrong := config(p.url)
	wrong.Password = secret.New("hunter2-wrong")
	result := run(t, runner(t, broker(t, wrong), "topic: a\npayload: b\n"), call())
	if result.Problem != "the broker does not let us in" || strings.Contains(fmt.Sprint(result), "hunter2") {
		t.Errorf("a wrong password: %+v", result)
	}
}

func TestUnreachable(t *testing.T) {
	dir, secure := certificates(t)
	gone, err := net.Listen("tcp", anywhere)
	if err != nil {
		t.Fatal(err)
	}
	address := gone.Addr().String()
	gone.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	p := listen(t, "mqtts", anywhere, secure)
	for name, c := range map[string]struct {
		url, ca, problem string
	}{
		"nobody there":      {"mqtt://" + address, "", "the broker could not be reached"},
		"unknown authority": {p.url, "", "the broker could not prove that it is the right one"},
		"no certificate":    {p.url, filepath.Join(dir, "ca.pem"), "the broker could not be reached"},
		"no TLS":            {strings.Replace(p.url, "mqtts", "mqtt", 1), "", "the broker could not be reached"},
		"silence":           {"mqtt://" + silent.Addr().String(), "", "it took longer than 300ms and was stopped"},
	} {
		conf := config(c.url)
		conf.TLS.CA, conf.ConnectTimeout = c.ca, 5*time.Second
		timeout := "10s"
		if name == "silence" {
			timeout = "300ms"
		}
		result := run(t, runner(t, broker(t, conf), "topic: a\npayload: b\ntimeout: "+timeout+"\n"), call())
		if !result.Failed || result.Problem != c.problem || result.Warning == "" {
			t.Errorf("%s: %+v", name, result)
		}
	}
}

// A broker that goes away and comes back is found again, and a command that was
// given in between is not carried out late.
func TestReconnect(t *testing.T) {
	first := listen(t, "mqtt", anywhere, nil)
	address := strings.TrimPrefix(first.url, "mqtt://")
	b := broker(t, config(first.url))
	r := runner(t, b, "topic: a\npayload: \"{a}\"\n")
	if result := run(t, r, call("a", "one")); result.Failed {
		t.Fatalf("%+v", result)
	}
	asking := make(chan bot.Result)
	go func() {
		result, err := runner(t, b, "topic: a\nreply_topic: never\npayload: asked\n").Run(t.Context(), call())
		if err != nil {
			t.Error(err)
		}
		asking <- result
	}()
	first.next(t)
	first.next(t) // The question has arrived.
	first.stop()
	if result := <-asking; !strings.HasPrefix(result.Problem, "the connection to the broker was lost") {
		t.Errorf("asked: %+v", result)
	}
	if result := run(t, r, call("a", "two")); result.Problem != "the broker could not be reached" {
		t.Errorf("without a broker: %+v", result)
	}
	second := listen(t, "mqtt", address, nil)
	deadline := time.Now().Add(20 * time.Second)
	for run(t, r, call("a", "three")).Failed {
		if time.Now().After(deadline) {
			t.Fatal("the broker is not found again")
		}
	}
	if m := second.next(t); string(m.Payload) != "three" || len(second.messages) > 0 {
		t.Errorf("after coming back: %q, and %d more", m.Payload, len(second.messages))
	}
}

func TestClosed(t *testing.T) {
	p := listen(t, "mqtt", anywhere, nil)
	b := broker(t, config(p.url))
	never := broker(t, config(p.url))
	r := runner(t, b, "topic: a\npayload: b\n")
	run(t, r, call())
	asking := make(chan bot.Result)
	go func() {
		result, err := runner(t, b, "topic: a\nreply_topic: never\npayload: b\n").Run(t.Context(), call())
		if err != nil {
			t.Error(err)
		}
		asking <- result
	}()
	p.next(t)
	p.next(t)
	for _, b := range []*mqtt.Broker{b, never} {
		for range 2 {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if result := <-asking; !strings.HasPrefix(result.Problem, "the connection to the broker was lost") {
		t.Errorf("asked: %+v", result)
	}
	for _, text := range []string{"topic: a\npayload: b\n", "topic: a\npayload: b\nreply_topic: c\n"} {
		if result := run(t, runner(t, b, text), call()); !result.Failed || result.Warning == "" {
			t.Errorf("after the end: %+v", result)
		}
	}
}
