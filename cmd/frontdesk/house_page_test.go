//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// houseNode prepares a script of testdata/house, which runs the client of the
// page without a browser.
func houseNode(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; apt-get install nodejs")
	}
	client, err := filepath.Abs(filepath.Join(housePage, "mqtt.js"))
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{filepath.Join("testdata/house", script), client}, args...)
	// WebSocket is there from node 22 on, and in some before it by this.
	if flag := "--experimental-websocket"; exec.Command(node, flag, "-e", "").Run() == nil {
		args = append([]string{flag}, args...)
	}
	return exec.Command(node, args...)
}

// A houseEvent is a line that listen.js prints.
type houseEvent struct {
	Missing        bool
	Up             *bool
	Why            string
	Topic, Payload string
	Retained       bool
}

// A houseListener is the client of the page.
type houseListener struct{ events chan houseEvent }

func houseListen(t *testing.T, url, speed string) houseListener {
	t.Helper()
	cmd := houseNode(t, "listen.js", url, speed)
	errors := new(bytes.Buffer)
	cmd.Stderr = errors
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l := houseListener{make(chan houseEvent, 1000)}
	go func() {
		defer close(l.events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e houseEvent
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				l.events <- e
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		for range l.events {
		}
		_ = cmd.Wait()
		if errors.Len() > 0 {
			t.Errorf("node: %s", errors)
		}
	})
	return l
}

// next gives what happens next.
func (l houseListener) next(t *testing.T) houseEvent {
	t.Helper()
	select {
	case e, ok := <-l.events:
		if e.Missing {
			t.Skip("this node has no WebSocket; it comes with node 22")
		}
		if !ok {
			t.Fatal("node is gone")
		}
		return e
	case <-time.After(houseWait):
		t.Fatal("nothing more is heard")
	}
	return houseEvent{}
}

// until gives the messages until one on the topic comes, and why connections
// ended.
func (l houseListener) until(t *testing.T, topic string) (heard, why []string) {
	t.Helper()
	for {
		e := l.next(t)
		switch {
		case e.Up != nil && !*e.Up:
			why = append(why, e.Why)
		case e.Topic == topic:
			return heard, why
		case e.Topic != "":
			retained := ""
			if e.Retained {
				retained = " (retained)"
			}
			heard = append(heard, e.Topic+" "+e.Payload+retained)
		}
	}
}

// The client of the page hears what was said before it came, and what is said
// while it listens.
func TestHouseClient(t *testing.T) {
	t.Parallel()
	b := startHouse(t)
	c := b.connect(t)
	c.publish(t, "home/kitchen/light", `{"brightness":100}`, true)
	c.publish(t, "home/hall/light", strings.Repeat(" ", 300)+"ä€😀", true)
	l := houseListen(t, "ws://"+b.web+"/", "1")
	// With these it listens, and what follows is live.
	heard := []string{l.message(t), l.message(t)}
	slices.Sort(heard)
	want := []string{"home/hall/light " + strings.Repeat(" ", 300) + "ä€😀 (retained)", `home/kitchen/light {"brightness":100} (retained)`}
	if !slices.Equal(heard, want) {
		t.Errorf("retained: %q", heard)
	}
	c.publish(t, "home/kitchen/light", `{"brightness":0}`, true)
	if got := l.message(t); got != `home/kitchen/light {"brightness":0}` {
		t.Errorf("live: %q", got)
	}
}

// message gives the next message.
func (l houseListener) message(t *testing.T) string {
	t.Helper()
	for {
		if e := l.next(t); e.Topic != "" {
			if e.Retained {
				return e.Topic + " " + e.Payload + " (retained)"
			}
			return e.Topic + " " + e.Payload
		}
	}
}

// houseFake is a broker that says what a test wants, on each connection by its
// number. What a talk was given has been connected and subscribed.
func houseFake(t *testing.T, talk func(connection int, c *websocket.Conn)) string {
	t.Helper()
	var connections atomic.Int64
	up := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		const hello = "\x10\x0c\x00\x04MQTT\x04\x02\x00\x1e\x00\x00"
		if _, m, err := c.ReadMessage(); err != nil || string(m) != hello {
			t.Errorf("it connects with %q, %v; want %q", m, err, hello)
			return
		}
		for _, b := range []byte{0x20, 2, 0, 0} { // each byte for itself
			houseSend(c, string(b))
		}
		const subscribe = "\x82\x0b\x00\x01\x00\x06home/#\x00"
		if _, m, err := c.ReadMessage(); err != nil || string(m) != subscribe {
			t.Errorf("it subscribes with %q, %v; want %q", m, err, subscribe)
			return
		}
		houseSend(c, "\x90\x03\x00\x01\x00")
		talk(int(connections.Add(1)), c)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return "ws" + strings.TrimPrefix(s.URL, "http") + "/"
}

func houseSend(c *websocket.Conn, text string) {
	_ = c.WriteMessage(websocket.BinaryMessage, []byte(text))
}

// housePacket makes a message of less than 128 bytes.
func housePacket(header byte, topic, payload string) string {
	return string([]byte{header, byte(2 + len(topic) + len(payload)), 0, byte(len(topic))}) + topic + payload
}

// A message that is none is left out, a stream that is none ends the connection,
// and the next one goes on.
func TestHouseClientIsNotFooled(t *testing.T) {
	t.Parallel()
	l := houseListen(t, houseFake(t, func(connection int, c *websocket.Conn) {
		switch connection {
		case 1:
			split := housePacket('0', "home/split", "12")
			houseSend(c, split[:1])
			houseSend(c, split[1:5])
			houseSend(c, split[5:]+housePacket('1', "home/two", "2")+housePacket('0', "home/three", "")[:7])
			houseSend(c, housePacket('0', "home/three", "")[7:])
			for _, bad := range []string{
				"\x30\x00", "\x30\x01\x00", "\x30\x02\x00\x05", "\x30\x03\xff\xffa", // a topic that does not fit
				housePacket('0', "home/\xff", "1"), housePacket('0', "home/bytes", "\xc3"), // no UTF-8
				"\x32\x0a\x00\x06home/q\x00\x01", // QoS 1, which it did not ask for
			} {
				houseSend(c, bad)
			}
			houseSend(c, housePacket('0', "home/end", ""))
			houseSend(c, "\x30\xff\xff\xff\xff\x01")
		case 2:
			houseSend(c, "\x30\xff\xff\x7f") // 2 MiB
		case 3:
			_ = c.WriteMessage(websocket.TextMessage, []byte(housePacket('0', "home/text", "")))
		case 4:
			houseSend(c, "\x20\x02\x00\x05") // not authorized, now
		default:
			houseSend(c, "\x40\x02\x00\x01"+housePacket('0', "home/behind", "")) // an answer to nothing
		}
		_, _, _ = c.ReadMessage() // until it leaves
	}), "2")
	heard, why := l.until(t, "home/end")
	if want := []string{"home/split 12", "home/two 2 (retained)", "home/three "}; !slices.Equal(heard, want) || len(why) > 0 {
		t.Errorf("heard %q, want %q; ended %q", heard, want, why)
	}
	for _, want := range []string{
		"a length has no end", "a packet is too long", "this is no MQTT", "the broker does not let us in", "this is no MQTT",
	} {
		for {
			e := l.next(t)
			if e.Topic != "" {
				t.Errorf("heard %q", e.Topic)
			}
			if e.Up != nil && !*e.Up {
				if e.Why != want {
					t.Errorf("it ended because %q, want %q", e.Why, want)
				}
				break
			}
		}
	}
}

// It shows that it is there, and leaves a broker that does not.
func TestHouseClientKeepsAlive(t *testing.T) {
	t.Parallel()
	var pings atomic.Int64
	l := houseListen(t, houseFake(t, func(connection int, c *websocket.Conn) {
		for {
			_, m, err := c.ReadMessage()
			if err != nil {
				return
			}
			if string(m) != "\xc0\x00" {
				t.Errorf("it says %q", m)
			} else if pings.Add(1) <= 2 {
				houseSend(c, "\xd0\x00")
			}
		}
	}), "60")
	for {
		e := l.next(t)
		if e.Up == nil || *e.Up {
			continue
		}
		if e.Why != "the broker does not answer" {
			t.Fatalf("it left because %q", e.Why)
		}
		if pings.Load() > 2 { // else this machine was slow
			return
		}
	}
}

// Nothing that could come makes the reading fail, or read what is not there.
func TestHouseClientReadsAnything(t *testing.T) {
	t.Parallel()
	out, err := houseNode(t, "mutate.js").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var n struct{ Read, Refused, Messages, Left int }
	if err := json.Unmarshal(out, &n); err != nil || n.Read < 50_000 || n.Refused < 100 || n.Messages < 10_000 || n.Left < 1000 {
		t.Errorf("%s: it proves nothing", out)
	}
}
