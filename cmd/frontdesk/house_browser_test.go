//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A houseBrowser is Chromium without a window. We speak its DevTools protocol
// over its pipe: a few lines, where chromedp would bring two modules, one of
// them with a package for each of the protocol's domains.
type houseBrowser struct {
	in      *os.File
	out     *bufio.Reader
	number  int
	session string // the tab
}

// startBrowser starts the Chromium that is installed, with one empty tab.
func startBrowser(t *testing.T) *houseBrowser {
	t.Helper()
	var exe string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			exe = found
			break
		}
	}
	if exe == "" {
		t.Skip("no Chromium is installed; apt-get install chromium")
	}
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.Command(exe, "--headless=new", "--remote-debugging-pipe", "--user-data-dir="+filepath.Join(home, "profile"),
		"--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server", "--disable-background-networking",
		"--disable-component-update", "--lang=en")
	if os.Geteuid() == 0 {
		cmd.Args = append(cmd.Args, "--no-sandbox") // it has none for root
	}
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4
	errors := new(bytes.Buffer)
	cmd.Stderr = errors
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &houseBrowser{in: ourOut, out: bufio.NewReaderSize(ourIn, 1<<20)}
	stop := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }) // so that no reading waits for ever
	t.Cleanup(func() {
		stop.Stop()
		_ = b.try("Browser.close", nil, nil)
		ourOut.Close()
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
		ourIn.Close()
		if t.Failed() {
			t.Logf("Chromium: %.1000s", errors)
		}
	})
	if err := b.try("Browser.getVersion", nil, nil); err != nil {
		t.Skipf("the Chromium that is installed does not start: %v", err) // some containers forbid its sandbox
	}
	var target struct{ TargetID, SessionID string }
	b.call(t, "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call(t, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	return b
}

// call asks the browser, and reads its answer into result.
func (b *houseBrowser) call(t *testing.T, method string, params map[string]any, result any) {
	t.Helper()
	if err := b.try(method, params, result); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

func (b *houseBrowser) try(method string, params map[string]any, result any) error {
	b.number++
	m := map[string]any{"id": b.number, "method": method, "params": params}
	if params == nil {
		m["params"] = map[string]any{}
	}
	if b.session != "" && !strings.HasPrefix(method, "Browser.") {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		return err
	}
	for {
		line, err := b.out.ReadBytes(0)
		if err != nil {
			return err
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(line[:len(line)-1], &answer); err != nil {
			return err
		}
		switch {
		case answer.ID != b.number: // an event
		case answer.Error != nil:
			return fmt.Errorf("the browser says: %s", answer.Error.Message)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, result)
		}
	}
}

// value gives what a piece of JavaScript is, as a text.
func (b *houseBrowser) value(t *testing.T, script string) string {
	t.Helper()
	var answer struct {
		Result           struct{ Value any }
		ExceptionDetails any
	}
	b.call(t, "Runtime.evaluate", map[string]any{"expression": "String(" + script + ")", "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		return fmt.Sprintf("exception: %v", answer.ExceptionDetails)
	}
	return fmt.Sprint(answer.Result.Value)
}

func (b *houseBrowser) until(t *testing.T, script, want string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(houseWait); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		if got = b.value(t, script); got == want {
			return
		}
	}
	t.Fatalf("%s is %q, want %q", script, got, want)
}

// shot keeps a picture of the page where $FRONTDESK_TEST_PICTURES says, to be
// looked at.
func (b *houseBrowser) shot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("FRONTDESK_TEST_PICTURES")
	if dir == "" {
		return
	}
	var picture struct{ Data []byte }
	b.call(t, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &picture)
	houseWrite(t, filepath.Join(dir, name+".png"), string(picture.Data))
}

// shows is what the page says of a device.
func houseShows(room, device string) string {
	return fmt.Sprintf("document.querySelector('#%s [data-is=%s]')?.textContent", room, device)
}

// Who looks at the page sees the lamp change.
func TestHousePage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a browser is slow")
	}
	broker := startHouse(t)
	if broker.mosquitto == "" {
		t.Skip("mosquitto 2.0 is not installed; apt-get install mosquitto")
	}
	b := startBrowser(t)
	c := broker.connect(t)
	d := newHouseDesk(t, "mqtt://"+broker.address)
	d.say(t, "turn on the kitchen light", "is on")
	b.call(t, "Page.navigate", map[string]any{"url": "http://" + broker.web + "/"}, nil)
	// What was set before the page was opened.
	b.until(t, houseShows("kitchen", "light"), "on, 100%")
	if got := b.value(t, houseShows("office", "light")); got != "unknown" {
		t.Errorf("the office is %q", got)
	}
	// And what is set while it is open.
	d.say(t, "set the kitchen light to 40 percent", "40 percent")
	b.until(t, houseShows("kitchen", "light"), "on, 40%")
	b.until(t, "getComputedStyle(document.querySelector('#kitchen .lamp')).opacity", "0.58")
	b.until(t, "document.getElementById('news').textContent", "Kitchen: light on, 40%")
	d.say(t, "make the kitchen light green", "is green")
	b.until(t, "getComputedStyle(document.querySelector('#kitchen .lamp')).fill", "rgb(0, 128, 0)")
	d.say(t, "move the office blinds to 30 percent", "30 percent")
	b.until(t, houseShows("office", "blinds"), "30% open")
	d.say(t, "set the bedroom to 21.5 degrees", "is set to")
	b.until(t, houseShows("bedroom", "heating"), "21.5 °C")
	d.say(t, "lock the front door", "is locked")
	b.until(t, houseShows("hall", "door"), "locked")
	d.chat(t, [][2]string{{"unlock the front door", "Shall I do this"}, {"yes", "The front door is unlocked."}})
	b.until(t, houseShows("hall", "door"), "unlocked")
	b.call(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 1100, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.shot(t, "light")
	b.call(t, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}}, nil)
	b.shot(t, "dark")
	b.call(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 360, "height": 700, "deviceScaleFactor": 1, "mobile": true}, nil)
	if got := b.value(t, "document.documentElement.scrollWidth <= innerWidth"); got != "true" {
		t.Error("on a telephone it is too wide")
	}
	b.shot(t, "narrow")

	// What is no state of a device changes nothing.
	before := b.value(t, "document.getElementById('plan').outerHTML")
	const script = `<img src=x onerror="document.title='owned'">`
	quoted, err := json.Marshal(script)
	if err != nil {
		t.Fatal(err)
	}
	for topic, payloads := range map[string][]string{
		"home/kitchen/light": {"{", "null", "7", "[]", `"on"`, "\xff", `{"brightness":101}`, `{"brightness":-1}`, `{"brightness":"50"}`,
			`{"brightness":null}`, `{"brightness":1e999}`, `{"Brightness":1}`, script, `{"brightness":` + string(quoted) + `}`,
			`{"brightness":1` + strings.Repeat(" ", 2000) + `}`},
		"home/kitchen/colour": {`{"colour":` + string(quoted) + `}`, `{"colour":"url(//x)"}`, `{"colour":"nocolour"}`, `{"colour":["red"]}`,
			`{"colour":"red;opacity:0"}`, `{"colour":{}}`, `{}`},
		"home/office/blinds":        {`{"open":true}`},
		"home/bedroom/heating":      {`{"degrees":99}`},
		"home/hall/door":            {`{"locked":"no"}`, `{"locked":1}`},
		"home/kitchen/door":         {`{"locked":true}`},
		"home/kitchen/constructor":  {`{}`},
		"home/__proto__/light":      {`{"brightness":1}`},
		"home/cellar/light":         {`{"brightness":1}`},
		"home/kitchen/light/set":    {`{"brightness":1}`},
		"home/" + script + "/light": {`{"brightness":1}`},
		"home/kitchen/" + script:    {`{"brightness":1}`},
	} {
		for _, payload := range payloads {
			c.publish(t, topic, payload, true)
		}
	}
	c.publish(t, "home/nursery/light", `{"brightness":1}`, true) // after all these
	b.until(t, houseShows("nursery", "light"), "on, 1%")
	c.publish(t, "home/nursery/light", "", true)
	b.until(t, houseShows("nursery", "light"), "unknown")
	if after := b.value(t, "document.getElementById('plan').outerHTML"); after != before {
		t.Errorf("the page was changed from\n%s\nto\n%s", before, after)
	}
	if title := b.value(t, "document.title"); title != "The simulated home" {
		t.Errorf("the title is %q", title)
	}

	// Without the broker nothing is known, and with one that comes again it is.
	broker.stop()
	b.until(t, "document.getElementById('status').textContent.startsWith('Not connected')", "true")
	b.until(t, houseShows("kitchen", "light"), "unknown")
	broker.start(t)
	broker.answers(t)
	d.say(t, "turn on the kitchen light", "is on")
	b.until(t, houseShows("kitchen", "light"), "on, 100%")

	// From a file it finds the broker, if only where it usually is.
	file, err := filepath.Abs(filepath.Join(housePage, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	b.call(t, "Page.navigate", map[string]any{"url": "file://" + file}, nil)
	b.until(t, "location.protocol + url", "file:ws://localhost:9001/")
}
