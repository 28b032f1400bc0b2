//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
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
	if _, err := os.Stat(program); err != nil {
		t.Log("mosquitto is not installed (apt-get install mosquitto); a broker of this process stands in")
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
	for _, address := range []string{b.address, b.web} {
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

// A houseDesk is the program with the example's files, for a broker at another
// URL.
type houseDesk struct{ dir string }

func newHouseDesk(t *testing.T, url string) houseDesk {
	t.Helper()
	d := houseDesk{t.TempDir()}
	for _, file := range []string{"rooms.yaml", "mqtt/config.yaml", "mqtt/commands.yaml"} {
		text := houseRead(t, filepath.Join(houseFolder, "..", file))
		if file == "mqtt/config.yaml" {
			const usual = "url: mqtt://localhost:1883\n"
			if !strings.Contains(text, usual) {
				t.Fatalf("the configuration lacks %q", usual)
			}
			text = strings.Replace(text, usual, "url: "+url+"\n", 1)
		}
		houseWrite(t, filepath.Join(d.dir, "home", file), text)
	}
	return d
}

// run gives what the program prints.
func (d houseDesk) run(t *testing.T, input string, args ...string) (out string, code int) {
	t.Helper()
	cmd := program(t, d.dir, append([]string{"--config", "home/mqtt/config.yaml", "--data-dir", "state"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// say gives the program a command that it must carry out.
func (d houseDesk) say(t *testing.T, text, want string) {
	t.Helper()
	if out, code := d.run(t, "", "ask", text); code != 0 || !strings.Contains(out, want) {
		t.Errorf("%q: exit code %d, %s; want %q", text, code, out, want)
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

// What was commanded is what somebody who comes later is told.
func TestHouse(t *testing.T) {
	t.Parallel()
	b := startHouse(t)
	d := newHouseDesk(t, "mqtt://"+b.address)
	d.say(t, "turn on the kitchen light", "The light in the kitchen is on.")
	d.say(t, "lights on in the office", "The light in the office is on.")
	d.say(t, "turn off the office lamp", "The light in the office is off.")
	d.say(t, "make the bedroom light red", "The light in the bedroom is red.")
	d.say(t, "move the living room blinds to 30 percent", "open to 30 percent")
	d.say(t, "set the bathroom to 21.5 degrees", "The heating in the bathroom is set to")
	d.say(t, "lock the front door", "The front door is locked.")
	if out, _ := d.run(t, "set the hall light to 40 percent\nbrighter\n", "chat"); !strings.Contains(out, "The light in the hall is at 50") {
		t.Errorf("brighter: %s", out)
	}
	// Neither a stranger nor somebody who was not asked back opens the door.
	if out, _ := d.run(t, "", "ask", "unlock the front door"); !strings.Contains(out, "Shall I do this") {
		t.Errorf("unlocking: %s", out)
	}
	if out, _ := d.run(t, "", "ask", "--as", "slack:U1", "turn off the kitchen light"); strings.Contains(out, "is off") {
		t.Errorf("a stranger: %s", out)
	}
	want := map[string]string{
		"home/kitchen/light": `{"brightness":100}`, "home/office/light": `{"brightness":0}`, "home/hall/light": `{"brightness":50}`,
		"home/bedroom/colour": `{"colour":"red"}`, "home/living_room/blinds": `{"open":30}`,
		"home/bathroom/heating": `{"degrees":21.5}`, "home/hall/door": `{"locked":true}`,
	}
	if got := b.retained(t); !maps.Equal(got, want) {
		t.Errorf("the broker keeps %v, want %v", got, want)
	}
	if out, _ := d.run(t, "unlock the front door\nyes\n", "chat"); !strings.Contains(out, "The front door is unlocked.") {
		t.Errorf("unlocking: %s", out)
	}
	if got := b.retained(t)["home/hall/door"]; got != `{"locked":false}` {
		t.Errorf("the door is %s", got)
	}
}

// The files are sound where no broker runs.
func TestHouseWithoutBroker(t *testing.T) {
	t.Parallel()
	d := newHouseDesk(t, "mqtt://"+housePort(t))
	if out, code := d.run(t, "", "lint"); code != 0 {
		t.Errorf("lint: %d, %s", code, out)
	}
	if out, code := d.run(t, "", "test", "--at-least", "0.95"); code != 0 {
		t.Errorf("test: %d, %s", code, out)
	}
	if out, code := d.run(t, "", "ask", "turn on the kitchen light"); code == 0 || !strings.Contains(out, "the broker could not be reached") {
		t.Errorf("ask: %d, %s", code, out)
	}
}

// The listener of the page is for this machine alone, and changes nothing.
func TestHousePageIsForLooking(t *testing.T) {
	t.Parallel()
	b := startHouse(t)
	if b.mosquitto == "" {
		t.Skip("mosquitto is not installed; apt-get install mosquitto")
	}
	d := newHouseDesk(t, "ws://"+b.web)
	if out, code := d.run(t, "", "ask", "lock the front door"); code == 0 || !strings.Contains(out, "the broker does not allow it") {
		t.Errorf("by WebSocket: %d, %s", code, out)
	}
	if got := b.retained(t); len(got) > 0 {
		t.Errorf("the broker keeps %v", got)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, a := range addresses {
		ip, ok := a.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() || ip.IP.To4() == nil {
			continue
		}
		for _, own := range []string{b.address, b.web} {
			_, port, _ := net.SplitHostPort(own)
			tried++
			if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.IP.String(), port), 2*time.Second); err == nil {
				conn.Close()
				t.Errorf("the broker listens on %s, which others can reach", net.JoinHostPort(ip.IP.String(), port))
			}
		}
	}
	if tried == 0 {
		t.Log("this machine has no address that others can reach")
	}
}

// The files name what is there, and the page shows every room.
func TestHouseFiles(t *testing.T) {
	t.Parallel()
	conf := houseRead(t, filepath.Join(houseFolder, "mosquitto.conf"))
	for _, key := range []string{"http_dir", "acl_file"} {
		_, rest, _ := strings.Cut(conf, "\n"+key+" ")
		path, _, _ := strings.Cut(rest, "\n")
		if _, err := os.Stat(filepath.Join(houseTop, path)); path == "" || err != nil {
			t.Errorf("%s %q: %v", key, path, err)
		}
	}
	page := houseRead(t, filepath.Join(housePage, "index.html")) + houseRead(t, filepath.Join(housePage, "house.js"))
	for _, room := range strings.Fields("kitchen living_room bedroom bathroom office hall nursery dining_room") {
		if !strings.Contains(page, fmt.Sprintf("[%q", room)) {
			t.Errorf("the page does not show the %s", room)
		}
	}
}
