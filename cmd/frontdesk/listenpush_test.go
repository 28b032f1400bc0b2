//go:build unix

package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/mic/pulsetest"
)

// listenPushed writes a desk that listens when it is told to, and starts a room.
func listenPushed(t *testing.T, more, push string) (dir string, server *pulsetest.Server) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes as long as what is said")
	}
	dir = listenFolder(t)
	file := filepath.Join(dir, "config.yaml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.Replace(config, []byte("mic: {"), []byte(more+"mic: {listen: push, push: {"+push+"}, "), 1)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	// What is said needs no wake phrase.
	script := strings.ReplaceAll(listenScript, "hey desk ", "")
	if err := os.WriteFile(filepath.Join(dir, "hear.sh"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir, pulsetest.Start(t)
}

// A message to a broker has the desk listen, and what is said then is done.
func TestListenPushedByMQTT(t *testing.T) {
	b := startHouse(t)
	dir, server := listenPushed(t, "mqtt: {url: \"mqtt://"+b.address+"\"}\n", "mqtt: home/kitchen/listen")
	l := startListening(t, dir, server, "listen", "--json")
	l.until("a level", `"event":"level"`)
	client := b.connect(t)
	// What the broker kept is no wish of now, and what is said before is for nobody.
	client.publish(t, "home/kitchen/listen", "kept", true)
	server.Play(filepath.Join(dir, "talk.wav"))
	l.until("a level", `"event":"level"`)
	if text := strings.Join(l.seen, "\n"); strings.Contains(text, `"heard"`) || strings.Contains(text, `"ignored"`) {
		t.Errorf("it listens to what nobody asked it to:\n%s", text)
	}
	woken := make(chan struct{})
	go func() { // the desk may not have subscribed yet
		for {
			client.publish(t, "home/kitchen/listen", "", false)
			select {
			case <-woken:
				return
			case <-time.After(time.Second):
			}
		}
	}()
	l.until("that it listens", `"event":"woken"`)
	close(woken)
	server.Play(filepath.Join(dir, "command.wav"))
	l.until("the reply", `"answer":"The kitchen lights are on."`)
	if _, err := os.Stat(filepath.Join(dir, "on-kitchen")); err != nil {
		t.Error(err)
	}
	l.stop()
}

// So does a call by HTTP, where the desk serves.
func TestServePushedByHTTP(t *testing.T) {
	address := housePort(t)
	dir, server := listenPushed(t, "http: {address: \""+address+"\"}\n", "http: /mic/push, token: \"${env:PUSH_TOKEN}\"")
	config := filepath.Join(dir, "config.yaml")
	houseWrite(t, config, strings.Replace(houseRead(t, config), "mic: {", "mic: {enabled: true, ", 1))
	t.Setenv("PUSH_TOKEN", "open sesame")
	l := startListening(t, dir, server, "serve")
	push := func(token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/mic/push", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0 // it does not serve yet
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	houseUntil(t, "it can be told to listen", func() bool { return push("open sesame") == http.StatusAccepted })
	if code := push("open barley"); code != http.StatusForbidden {
		t.Errorf("with a wrong token: %d", code)
	}
	server.Play(filepath.Join(dir, "command.wav"))
	houseUntil(t, "the command is run", func() bool {
		_, err := os.Stat(filepath.Join(dir, "on-kitchen"))
		return err == nil
	})
	l.stop()
}
