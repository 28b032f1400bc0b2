package wyoming_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"frontdesk/asr/wyoming"

	"github.com/google/go-cmp/cmp"
)

// What is written is read again, one event after another, however it arrives.
func TestEvents(t *testing.T) {
	want := []wyoming.Event{
		{Type: "describe"},
		{Type: "a", Data: json.RawMessage(`{"text":"ünïcödé \u2028"}`)},
		{Type: "audio-chunk", Data: json.RawMessage(`{"rate":16000}`), Payload: []byte("{\n\x00\xff")},
		{Type: "audio-stop", Payload: bytes.Repeat([]byte{'\n'}, 1<<16)},
	}
	var wire []byte
	for _, e := range want {
		var err error
		if wire, err = wyoming.AppendEvent(wire, e); err != nil {
			t.Fatal(err)
		}
	}
	for name, r := range map[string]io.Reader{"at once": bytes.NewReader(wire), "in halves": iotest.HalfReader(bytes.NewReader(wire)), "with the end": iotest.DataErrReader(bytes.NewReader(wire))} {
		b := bufio.NewReader(r)
		for i := range want {
			got, err := wyoming.ReadEvent(b)
			if err != nil || got.Type != want[i].Type || !bytes.Equal(got.Data, want[i].Data) || !bytes.Equal(got.Payload, want[i].Payload) {
				t.Errorf("%s: %d: %s with %d bytes of payload, %v", name, i, got.Type, len(got.Payload), err)
			}
		}
		if _, err := wyoming.ReadEvent(b); !errors.Is(err, io.EOF) {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

// FuzzReadEvent gives bytes of any form: an event that is read can be written and is
// the same when it is read again; nothing else than the known errors comes.
func FuzzReadEvent(f *testing.F) {
	for _, s := range []string{
		`{"type": "describe"}` + "\n",
		`{"type": "transcript", "data": {"text": "off", "a": 1}, "data_length": 14}` + "\n" + `{"text": "on"}`,
		`{"type": "audio-chunk", "data_length": 2, "payload_length": 3}` + "\n" + `{}abc{"type": "x"}` + "\n",
		`{"type": "x", "data_length": -1}` + "\n", `{"type": "x", "payload_length": 1e3}` + "\n", `{"type": "x", "data": null, "data_length": null}` + "\n",
		"\n", "{}", `[{"type": "x"}]` + "\n", `{"type": "x", "data": {"a": 1, "a": 2}, "data_length": 8}` + "\n" + `{"a": 3}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := bufio.NewReader(bytes.NewReader(wire))
		for {
			e, err := wyoming.ReadEvent(r)
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, wyoming.ErrProtocol) {
					t.Errorf("%q: %v", wire, err)
				}
				return
			}
			var data map[string]any
			if err := e.Into(&data); err != nil {
				t.Errorf("%q: the data %q: %v", wire, e.Data, err)
			}
			again, err := wyoming.AppendEvent(nil, e)
			if err != nil {
				t.Fatalf("%q: %v", wire, err)
			}
			same, err := wyoming.ReadEvent(bufio.NewReader(bytes.NewReader(again)))
			if diff := cmp.Diff(e, same); err != nil || diff != "" {
				t.Errorf("%q: %v (-want +got):\n%s", wire, err, diff)
			}
		}
	})
}
