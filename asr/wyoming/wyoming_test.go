package wyoming_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/wyoming"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ asr.Recognizer = (*wyoming.Engine)(nil)

// A talk is what a client said, as it was on the wire: the lines with the data that
// followed them, and how much sound there was.
type talk struct {
	lines []string
	sound []byte
}

// listen reads what a client says, up to an event of a type. It knows the protocol
// by its description alone, and not by our code.
func listen(r *bufio.Reader, until string) (t talk, err error) {
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return t, err
		}
		var h struct {
			Type          string `json:"type"`
			DataLength    int    `json:"data_length"`
			PayloadLength int    `json:"payload_length"`
		}
		if err := json.Unmarshal(line, &h); err != nil {
			return t, err
		}
		data, payload := make([]byte, h.DataLength), make([]byte, h.PayloadLength)
		if _, err := io.ReadFull(r, data); err != nil {
			return t, err
		}
		if _, err := io.ReadFull(r, payload); err != nil {
			return t, err
		}
		t.lines = append(t.lines, h.Type+" "+string(data))
		t.sound = append(t.sound, payload...)
		if h.Type == until {
			return t, nil
		}
	}
}

// A server stands for one in the network. Each connection is served by the mood.
type server struct {
	mu    sync.Mutex
	talks []talk
}

func serve(t *testing.T, network string, mood func(s *server, c net.Conn, r *bufio.Reader)) (*server, wyoming.Config) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				mood(s, c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	c := wyoming.DefaultConfig()
	c.Address = "tcp://" + l.Addr().String()
	if network == "unix" {
		c.Address = "unix://" + address
	}
	return s, c
}

// answers hears all of a recording, and answers just so.
func answers(wire string) func(s *server, c net.Conn, r *bufio.Reader) {
	return func(s *server, c net.Conn, r *bufio.Reader) {
		said, err := listen(r, "audio-stop")
		if err != nil {
			return
		}
		s.mu.Lock()
		s.talks = append(s.talks, said)
		s.mu.Unlock()
		_, _ = io.WriteString(c, wire)
	}
}

func open(t *testing.T, c wyoming.Config) *wyoming.Engine {
	t.Helper()
	c.Check(func(key, what, do string) { t.Fatalf("%s: %s; %s", key, what, do) })
	e, err := wyoming.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTranscribe(t *testing.T) {
	const data = `{"text": " Schalte das\n Licht ein.", "language": "de"}`
	for _, network := range []string{"tcp", "unix"} {
		s, c := serve(t, network, answers(fmt.Sprintf(`{"type": "transcript", "version": "1.7.2", "data_length": %d}`+"\n%s", len(data), data)))
		c.Model = "tiny-int8"
		clip := asr.Clip{Samples: make([]float32, 2500)}
		clip.Samples[0], clip.Samples[1], clip.Samples[2499] = 1, -2, 0.5
		got, err := open(t, c).Transcribe(t.Context(), clip, asr.Hints{Language: "de-AT", Words: []string{"Büro"}})
		if err != nil {
			t.Fatal(err)
		}
		want := asr.Transcript{Text: "Schalte das Licht ein.", Language: "de", Confidence: 1, Engine: "wyoming", Sound: clip.Duration()}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(asr.Transcript{}, "Took")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(s.talks) != 1 {
			t.Fatalf("%d talks", len(s.talks))
		}
		wantLines := []string{
			`transcribe {"name":"tiny-int8","language":"de","transcript_terms":["Büro"]}`,
			`audio-start {"rate":16000,"width":2,"channels":1,"timestamp":0}`,
			`audio-chunk {"rate":16000,"width":2,"channels":1,"timestamp":0}`,
			`audio-chunk {"rate":16000,"width":2,"channels":1,"timestamp":64}`,
			`audio-chunk {"rate":16000,"width":2,"channels":1,"timestamp":128}`,
			`audio-stop {"timestamp":156}`,
		}
		if diff := cmp.Diff(wantLines, s.talks[0].lines); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if b := s.talks[0].sound; len(b) != 5000 || string(b[:4]) != "\xff\x7f\x01\x80" || string(b[4998:]) != "\x00\x40" {
			t.Errorf("%d bytes of sound", len(b))
		}
	}
}

// What servers may say in other ways, and besides.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct{ wire, want string }{
		"in the line":          {`{"type": "transcript", "data": {"text": "on"}}` + "\n", "on"},
		"over the line":        {`{"type": "transcript", "data": {"text": "off", "x": 1}, "data_length": 14}` + "\n" + `{"text": "on"}`, "on"},
		"nothing":              {`{"type": "transcript", "data": {"text": ""}}` + "\n", ""},
		"no data":              {`{"type": "transcript"}` + "\n", ""},
		"streamed":             {"{\"type\": \"transcript-start\"}\n{\"type\": \"transcript-chunk\", \"data\": {\"text\": \"o\"}}\n{\"type\": \"transcript\", \"data\": {\"text\": \"on\"}}\n{\"type\": \"transcript-stop\"}\n", "on"},
		"with a payload":       {"{\"type\": \"ping\", \"payload_length\": 3}\n{}\n{\"type\": \"transcript\", \"data\": {\"text\": \"on\"}, \"payload_length\": null}\n", "on"},
		"what is not expected": {`{"type": "transcript", "data": {"text": "on", "language": null, "context": {}}, "more": []}` + "\n", "on"},
	} {
		_, cfg := serve(t, "tcp", answers(c.wire))
		got, err := open(t, cfg).Transcribe(t.Context(), asr.Clip{Samples: make([]float32, 100)}, asr.Hints{})
		if err != nil || got.Text != c.want || (got.Confidence == 1) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got.Text, err)
		}
	}
}

func TestFaults(t *testing.T) {
	long := asr.Clip{Samples: make([]float32, 2*asr.SampleRate)}
	for _, c := range []struct {
		name string
		mood func(s *server, c net.Conn, r *bufio.Reader)
		want string
	}{
		{"an error", answers(`{"type": "error", "data": {"text": "no\u001b[1m such\nmodel", "code": "model-missing"}}` + "\n"), `it tells an error: "model-missing no [1m such model"; its log may say more`},
		{"an error at once", func(_ *server, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, `{"type": "error", "data": {"text": "busy"}}`+"\n")
		}, `it tells an error: "busy"`},
		{"a web server", answers("HTTP/1.1 400 Bad Request\r\n\r\n"), `this is not the Wyoming protocol: the line "HTTP/1.1 400 Bad Request\r\n"; is address:`},
		{"hangs up", func(*server, net.Conn, *bufio.Reader) {}, ""},
		{"hangs up at the end", answers(""), "it closed the connection before it had answered"},
		{"half a line", answers(`{"type": "tran`), "it closed the connection before it had answered"},
		{"half of the data", answers(`{"type": "transcript", "data_length": 100}` + "\n{"), "it closed the connection before it had answered"},
		{"too much data", answers(`{"type": "transcript", "data_length": 9999999999999}` + "\n{"), "9999999999999 bytes of data"},
		{"negative data", answers(`{"type": "transcript", "data_length": -1}` + "\n{"), "-1 bytes of data"},
		{"too much sound", answers(`{"type": "x", "payload_length": 99999999}` + "\n{"), "99999999 bytes of payload"},
		{"a long line", answers(`{"type": "` + strings.Repeat("x", 300<<10) + `"}` + "\n"), "a line of more than 256 KiB"},
		{"no type", answers(`{"data": {"text": "on"}}` + "\n"), "an event without a type"},
		{"no object", answers(`{"type": "transcript", "data": [1]}` + "\n"), "data that is no object"},
		{"no text", answers(`{"type": "transcript", "data": {"text": 7}}` + "\n"), "the data of the event"},
		{"without an end", answers(strings.Repeat("{\"type\": \"ping\"}\n", 10_001)), "10000 events and no transcript"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, cfg := serve(t, "tcp", c.mood)
			_, err := open(t, cfg).Transcribe(t.Context(), long, asr.Hints{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "the Wyoming server at 127.0.0.1:") || len(err.Error()) > 600 {
				t.Errorf("got %v", err)
			}
		})
	}
	nobody := open(t, wyoming.Config{Address: "tcp://127.0.0.1:1", Timeout: time.Minute})
	if _, err := nobody.Transcribe(t.Context(), long, asr.Hints{}); err == nil || !strings.Contains(err.Error(), "is the server running, and address: right?") {
		t.Errorf("got %v", err)
	}
}

// A server that neither reads nor answers keeps nobody, nor does one that answers a
// byte at a time hinder.
func TestSlow(t *testing.T) {
	var silent sync.WaitGroup
	release := make(chan struct{})
	silent.Add(1)
	_, cfg := serve(t, "tcp", func(*server, net.Conn, *bufio.Reader) { silent.Done(); <-release })
	defer close(release)
	e := open(t, cfg)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the caller has gone")
	go func() { silent.Wait(); cancel(gone) }()
	if _, err := e.Transcribe(ctx, asr.Clip{Samples: make([]float32, 1<<18)}, asr.Hints{}); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	_, slow := serve(t, "tcp", func(_ *server, c net.Conn, r *bufio.Reader) {
		if _, err := listen(bufio.NewReader(iotest.OneByteReader(r)), "audio-stop"); err != nil {
			return
		}
		for _, b := range []byte("{\"type\": \"transcript\", \"data_length\": 14}\n{\"text\": \"on\"}") {
			_, _ = c.Write([]byte{b})
		}
	})
	if got, err := open(t, slow).Transcribe(t.Context(), asr.Clip{Samples: make([]float32, 1600)}, asr.Hints{}); err != nil || got.Text != "on" {
		t.Errorf("%q, %v", got.Text, err)
	}
}

func TestTimeout(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for a second")
	}
	release := make(chan struct{})
	_, cfg := serve(t, "tcp", func(*server, net.Conn, *bufio.Reader) { <-release })
	defer close(release)
	cfg.Timeout = time.Second
	if _, err := open(t, cfg).Transcribe(t.Context(), asr.Clip{Samples: make([]float32, 1<<18)}, asr.Hints{}); err == nil || !strings.Contains(err.Error(), "it did not answer within 1s; write a longer timeout:") {
		t.Errorf("got %v", err)
	}
}

func TestModels(t *testing.T) {
	const data = `{"asr": [{"name": "faster-whisper", "attribution": {"name": "x", "url": "y"}, "installed": true, "models": [
		{"name": "tiny-int8", "languages": ["en", "de_CH"], "attribution": {}, "installed": true, "description": null, "version": "1"},
		{"name": "any", "languages": [], "installed": false}]}], "tts": [], "wake": [{"models": [{"name": "no"}]}]}`
	_, cfg := serve(t, "tcp", func(_ *server, c net.Conn, r *bufio.Reader) {
		if said, err := listen(r, "describe"); err == nil && len(said.lines) == 1 {
			fmt.Fprintf(c, "{\"type\": \"info\", \"data_length\": %d}\n%s", len(data), data)
		}
	})
	got, err := open(t, cfg).Models(t.Context())
	want := []wyoming.Model{{Name: "tiny-int8", Languages: []string{"en", "de_CH"}, Installed: true}, {Name: "any", Languages: []string{}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	for language, speaks := range map[string]bool{"en": true, "EN-us": true, "de": true, "fr": false, "": true} {
		if got[0].Speaks(language) != speaks || !got[1].Speaks(language) {
			t.Errorf("%q: %v", language, !speaks)
		}
	}
}

func TestConcurrency(t *testing.T) {
	_, cfg := serve(t, "tcp", func(_ *server, c net.Conn, r *bufio.Reader) {
		if said, err := listen(r, "audio-stop"); err == nil {
			fmt.Fprintf(c, "{\"type\": \"transcript\", \"data\": {\"text\": \"%d\"}}\n", len(said.sound))
		}
	})
	e := open(t, cfg)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			got, err := e.Transcribe(t.Context(), asr.Clip{Samples: make([]float32, 100*i)}, asr.Hints{})
			if err != nil || got.Text != fmt.Sprint(200*i) {
				t.Errorf("%d: %q, %v", i, got.Text, err)
			}
		})
	}
	wg.Wait()
}

// Only so many recordings are sent at once; the others wait for their turn. Of many words
// the first are told.
func TestAtOnce(t *testing.T) {
	const atOnce = 8
	var mu sync.Mutex
	now, most := 0, 0
	all, release := make(chan struct{}), make(chan struct{})
	s, cfg := serve(t, "tcp", func(s *server, c net.Conn, r *bufio.Reader) {
		mu.Lock()
		now++
		if most = max(most, now); now == atOnce {
			select {
			case <-all:
			default:
				close(all)
			}
		}
		mu.Unlock()
		<-release
		mu.Lock()
		now--
		mu.Unlock()
		answers("{\"type\": \"transcript\", \"data\": {\"text\": \"on\"}}\n")(s, c, r)
	})
	e := open(t, cfg)
	words := make([]string, 1000)
	for i := range words {
		words[i] = fmt.Sprint("w", i)
	}
	var wg sync.WaitGroup
	for range atOnce + 4 {
		wg.Go(func() {
			if got, err := e.Transcribe(t.Context(), asr.Clip{Samples: make([]float32, 100)}, asr.Hints{Words: words}); err != nil || got.Text != "on" {
				t.Errorf("%q, %v", got.Text, err)
			}
		})
	}
	<-all
	time.Sleep(50 * time.Millisecond) // for those that should not come
	close(release)
	wg.Wait()
	if most != atOnce {
		t.Errorf("%d are sent at once", most)
	}
	if said := s.talks[0].lines[0]; !strings.Contains(said, `"w99"]`) {
		t.Errorf("it is told %.60s, %d bytes", said, len(said))
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		config wyoming.Config
		want   string
	}{
		{wyoming.Config{}, ""},
		{wyoming.Config{Address: "tcp://localhost:10300"}, ""},
		{wyoming.Config{Address: "tcp://[::1]"}, ""},
		{wyoming.Config{Address: "unix:///run/wyoming.sock"}, ""},
		{wyoming.Config{Address: "localhost:10300"}, "address"},
		{wyoming.Config{Address: "http://localhost:10300"}, "address"},
		{wyoming.Config{Address: "tcp://localhost:10300/path"}, "address"},
		{wyoming.Config{Address: "tcp://me@localhost"}, "address"},
		{wyoming.Config{Address: "unix://host/path"}, "address"},
		{wyoming.Config{Model: "x"}, "address"},
		{wyoming.Config{Address: "tcp://h", Model: strings.Repeat("x", 201)}, "model"},
		{wyoming.Config{Timeout: time.Hour}, "timeout"},
	} {
		if c.config.Timeout == 0 {
			c.config.Timeout = time.Second
		}
		var got []string
		c.config.Check(func(key, _, _ string) { got = append(got, key) })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: faults at %q, want %q", c.config, got, c.want)
		}
	}
}
