//go:build linux

package app

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/config"
)

// systemd is told when we are up, load the configuration again, are alive, and
// stop.
func TestSystemd(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "50000")
	told := make(chan string, 1000)
	go func() {
		for buffer := make([]byte, 4096); ; {
			n, err := l.Read(buffer)
			if err != nil {
				return
			}
			told <- string(buffer[:n])
		}
	}()
	hear := func(want ...string) {
		t.Helper()
		for late := time.After(patience); len(want) > 0; {
			select {
			case got := <-told:
				if strings.Contains(got, want[0]) {
					want = want[1:]
				}
			case <-late:
				t.Fatalf("systemd was not told %s", want[0])
			}
		}
	}
	one := newFake("one")
	s := serve(t, func(*config.Config) []recipe { return []recipe{one.recipe(0)} })
	hear("READY=1", "WATCHDOG=1")
	s.reload <- os.Interrupt
	hear("RELOADING=1\nMONOTONIC_USEC=", "READY=1\nSTATUS=base desk (2 entries)")
	s.end()
	hear("STOPPING=1")
}
