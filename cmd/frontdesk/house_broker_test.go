//go:build unix

package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// The folders of the repository, of the home behind a broker, and of its page.
const (
	houseTop    = "../.."
	houseFolder = houseTop + "/examples/home/mqtt"
	housePage   = houseFolder + "/page"
)

// houseWait bounds what a test waits for.
const houseWait = 30 * time.Second

// A houseBroker is one that runs for a test.
type houseBroker struct {
	address, web string // host:port for MQTT, and for the page and WebSocket
	mosquitto    string // the program, with the file of the example; "" for one of this process
	stop         func()
}

// startHouse starts mosquitto with the example's file on free ports, or where it
// is not installed a broker in this process.
func startHouse(t *testing.T) *houseBroker {
	t.Helper()
	b := &houseBroker{address: housePort(t), web: housePort(t)}
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program = "/usr/sbin/mosquitto" // where Debian puts it, which is not on every path
	}
	// It leaves with 3 where it shows its usage.
	if usage, _ := exec.Command(program, "-h").CombinedOutput(); !bytes.HasPrefix(usage, []byte("mosquitto version 2.0.")) {
		t.Log("mosquitto 2.0 is not installed (apt-get install mosquitto); a broker of this process stands in")
		b.inProcess(t)
	} else {
		b.mosquitto = program
		b.start(t)
	}
	b.answers(t)
	return b
}

// answers waits until the broker does.
func (b *houseBroker) answers(t *testing.T) {
	t.Helper()
	addresses := []string{b.address, b.web}
	if b.mosquitto == "" {
		// The other listens at once. A client that is there for a moment may also still
		// be taken in when the broker ends, which races with that.
		addresses = addresses[1:]
	}
	for _, address := range addresses {
		houseUntil(t, "the broker listens on "+address, func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
}

func (b *houseBroker) start(t *testing.T) {
	t.Helper()
	conf := houseRead(t, filepath.Join(houseFolder, "mosquitto.conf"))
	_, port, _ := net.SplitHostPort(b.address)
	_, web, _ := net.SplitHostPort(b.web)
	for _, change := range [][2]string{{"\nlistener 1883 ", "\nlistener " + port + " "}, {"\nlistener 9001 ", "\nlistener " + web + " "}} {
		if strings.Count(conf, change[0]) != 1 {
			t.Fatalf("mosquitto.conf lacks %q", change[0])
		}
		conf = strings.Replace(conf, change[0], change[1], 1)
	}
	if runtime.GOOS == "darwin" {
		conf = strings.Replace(conf, " lo\n", " lo0\n", 1)
	}
	if os.Geteuid() == 0 {
		conf += "user root\n" // else it becomes somebody who may not read the folder
	}
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	houseWrite(t, file, conf)
	cmd := exec.Command(b.mosquitto, "-c", file)
	cmd.Dir = houseTop
	output := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(func() {
		b.stop()
		if t.Failed() {
			t.Log(output)
		}
	})
}

// houseRights let everybody do everything.
type houseRights struct{ server.HookBase }

func (*houseRights) ID() string { return "rights" }

func (*houseRights) Provides(b byte) bool {
	return b == server.OnConnectAuthenticate || b == server.OnACLCheck
}

func (*houseRights) OnConnectAuthenticate(*server.Client, packets.Packet) bool { return true }

func (*houseRights) OnACLCheck(*server.Client, string, bool) bool { return true }

func (b *houseBroker) inProcess(t *testing.T) {
	t.Helper()
	s := server.New(&server.Options{Logger: slog.New(slog.DiscardHandler)})
	for _, err := range []error{
		s.AddHook(new(houseRights), nil),
		s.AddListener(listeners.NewTCP(listeners.Config{ID: "mqtt", Address: b.address})),
		s.AddListener(listeners.NewWebsocket(listeners.Config{ID: "web", Address: b.web})),
		s.Serve(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = s.Close() })
}

// housePort gives an address of this machine where nobody listens.
func housePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func houseUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(houseWait); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

func houseRead(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func houseWrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A houseClient is a subscriber of home/#, and publishes.
type houseClient struct {
	*paho.Client
	came chan *paho.Publish
}

func (b *houseBroker) connect(t *testing.T) houseClient {
	t.Helper()
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan *paho.Publish, 1000)
	c := houseClient{paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(p paho.PublishReceived) (bool, error) { came <- p.Packet; return true, nil },
	}}), came}
	if _, err := c.Connect(t.Context(), &paho.Connect{CleanStart: true, KeepAlive: 30}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(&paho.Disconnect{}) })
	if _, err := c.Subscribe(t.Context(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "home/#", QoS: 1}}}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c houseClient) publish(t *testing.T, topic, payload string, retain bool) {
	t.Helper()
	if _, err := c.Publish(t.Context(), &paho.Publish{QoS: 1, Topic: topic, Payload: []byte(payload), Retain: retain}); err != nil {
		t.Fatal(err)
	}
}

// retained gives what a newcomer is told, by topic.
func (b *houseBroker) retained(t *testing.T) map[string]string {
	t.Helper()
	c := b.connect(t)
	const end = "home/end" // comes after all that was said before
	c.publish(t, end, "", false)
	ctx, cancel := context.WithTimeout(t.Context(), houseWait)
	defer cancel()
	for found := map[string]string{}; ; {
		select {
		case m := <-c.came:
			if m.Topic == end {
				return found
			}
			if !m.Retain {
				t.Errorf("%s is not retained", m.Topic)
			}
			found[m.Topic] = string(m.Payload)
		case <-ctx.Done():
			t.Fatal("the retained messages have no end")
		}
	}
}
