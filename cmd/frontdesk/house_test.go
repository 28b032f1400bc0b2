//go:build unix

package main

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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

// chat says one thing after the other, and looks for the replies.
func (d houseDesk) chat(t *testing.T, lines [][2]string) {
	t.Helper()
	var input strings.Builder
	for _, line := range lines {
		input.WriteString(line[0] + "\n")
	}
	out, code := d.run(t, input.String(), "chat")
	if code != 0 {
		t.Errorf("the chat left with %d", code)
	}
	rest := out
	for _, line := range lines {
		_, after, ok := strings.Cut(rest, line[1])
		if !ok {
			t.Fatalf("%q: no %q in\n%s", line[0], line[1], out)
		}
		rest = after
	}
}

// What was commanded is what somebody who comes later is told.
func TestHouse(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	b := startHouse(t)
	d := newHouseDesk(t, "mqtt://"+b.address)
	d.say(t, "turn on the kitchen light", "The light in the kitchen is on.")
	d.chat(t, [][2]string{
		{"lights on in the office", "The light in the office is on."},
		{"turn off the office lamp", "The light in the office is off."},
		{"make the bedroom light red", "The light in the bedroom is red."},
		{"move the living room blinds to 30 percent", "The blinds in the living room are open to 30 percent."},
		{"set the bathroom to 21.5 degrees", "The heating in the bathroom is set to"},
		{"lock the front door", "The front door is locked."},
		{"set the hall light to 40 percent", "The light in the hall is at 40 percent."},
		{"brighter", "The light in the hall is at 50"},
	})
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
	d.chat(t, [][2]string{{"unlock the front door", "Shall I do this"}, {"yes", "The front door is unlocked."}})
	if got := b.retained(t)["home/hall/door"]; got != `{"locked":false}` {
		t.Errorf("the door is %s", got)
	}
}

// The files are sound where no broker runs.
func TestHouseWithoutBroker(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("TestHouse runs the same program")
	}
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
	if testing.Short() {
		t.Skip("TestHouse runs the same program")
	}
	b := startHouse(t)
	if b.mosquitto == "" {
		t.Skip("mosquitto 2.0 is not installed; apt-get install mosquitto")
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
