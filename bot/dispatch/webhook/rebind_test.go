package webhook

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver starts a name server that gives one address after the other, the last
// one for ever.
func resolver(t *testing.T, addresses ...[4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var asked atomic.Int32
	go func() {
		defer close(done)
		data := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(data)
			if err != nil {
				return // it was closed
			}
			var m dnsmessage.Message
			if m.Unpack(data[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				i := min(int(asked.Add(1)), len(addresses)) - 1
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: addresses[i]},
				}}
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name that leads to a public address when the knowledge is loaded, and to a
// private one when the request is sent, leads nowhere.
func TestRebinding(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, private := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "k.yaml")
		node, _ := strictyaml.Parse(file, fmt.Appendf(nil, "url: http://desk.example%s/\nallow_private: %v\nmethod: GET\n", port, private))
		r, faults := newRunner(knowledge.Action{Kind: "webhook", Node: node, Pos: knowledge.Pos{File: file}})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		// The dialer is the one of the settings; only who it asks for names is ours.
		r.dialer.Resolver = resolver(t, [4]byte{127, 0, 0, 1})
		r.timeout = 20 * time.Second
		result, err := r.Run(t.Context(), bot.Call{})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case private && (result.Failed || asked.Load() != 1):
			t.Errorf("allowed: %+v", result)
		case !private && (result.Problem != "the server has a private address, which is not allowed" || asked.Load() != 0):
			t.Errorf("not allowed: %+v", result)
		}
	}
	// Between two looks: the first address is one where nobody is, in a network
	// for tests (RFC 5737), and is refused as well; were the name asked once more,
	// it would be ours.
	file := filepath.Join(t.TempDir(), "k.yaml")
	node, _ := strictyaml.Parse(file, fmt.Appendf(nil, "url: http://desk.example%s/\nmethod: GET\nretries: 3\n", port))
	r, _ := newRunner(knowledge.Action{Kind: "webhook", Node: node, Pos: knowledge.Pos{File: file}})
	r.dialer.Resolver = resolver(t, [4]byte{192, 0, 2, 1}, [4]byte{127, 0, 0, 1})
	if result, err := r.Run(t.Context(), bot.Call{}); err != nil || !result.Failed || asked.Load() != 1 {
		t.Errorf("rebound: %+v, %v, asked %d times", result, err, asked.Load())
	}
}
