package openai

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
)

// TestWhisperServer asks whisper.cpp's own server, where it is installed, with the model
// of asr/whisper/fortests: at its own path, and at the one of OpenAI's API.
func TestWhisperServer(t *testing.T) {
	program, err := exec.LookPath("whisper-server")
	if err != nil {
		t.Skip("whisper-server is not there: install whisper.cpp")
	}
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	said := asrtest.Say(t, "flite:slt", "turn on the kitchen light")
	for path, config := range map[string]Config{"/inference": {}, "/v1/audio/transcriptions": {Model: "any"}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close() // the server takes it
		ctx, cancel := context.WithCancel(t.Context())
		cmd := exec.CommandContext(ctx, program, "-m", "../whisper/testdata/for-tests-home.bin", "-t", "1", "--host", "127.0.0.1",
			"--port", fmt.Sprint(port), "--inference-path", path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			cancel()
			_ = cmd.Wait() // it was killed
		}()
		host := fmt.Sprintf("http://127.0.0.1:%d", port)
		for i := 0; ; i++ {
			if r, err := http.Get(host); err == nil {
				r.Body.Close()
				break
			}
			if i == 3000 {
				t.Fatal("the server does not come up")
			}
			time.Sleep(20 * time.Millisecond)
		}
		config.Timeout = time.Minute
		config.URL = host + path
		if config.Model != "" {
			config.URL = host + "/v1"
		}
		got, err := open(t, config).Transcribe(t.Context(), said, asr.Hints{Language: "en"})
		if err != nil || got.Text != "turn on the kitchen light" || got.Language != "en" || got.Confidence < 0.75 || got.Confidence > 1 || len(got.Segments) != 1 {
			t.Errorf("%s: %+v, %v", path, got, err)
			continue
		}
		if s := got.Segments[0]; len(s.Tokens) != 5 || s.Tokens[3].Text != " kitchen" || s.Tokens[3].Probability < 0.75 || s.End > said.Duration() || s.End < said.Duration()/2 {
			t.Errorf("%s: %+v", path, s)
		}
		http.DefaultClient.CloseIdleConnections()
	}
}
