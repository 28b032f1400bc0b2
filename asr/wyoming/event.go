package wyoming

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// What one event may hold, in bytes. The lists of models that servers give come to
// some ten thousand, a chunk of sound to a few thousand.
const (
	maxHeader  = 256 << 10
	maxData    = 4 << 20
	maxPayload = 4 << 20
)

// ErrProtocol says that what was read is no event of Wyoming.
var ErrProtocol = errors.New("this is not the Wyoming protocol")

// An Event is one message, in either direction.
type Event struct {
	Type string
	// Data is a JSON object with what else is said; nil for none.
	Data json.RawMessage
	// Payload is mostly sound; nil for none.
	Payload []byte
}

// header is the line that an event begins with.
type header struct {
	Type          string          `json:"type"`
	Data          json.RawMessage `json:"data,omitempty"`
	DataLength    *int64          `json:"data_length,omitempty"`
	PayloadLength *int64          `json:"payload_length,omitempty"`
}

// NewEvent makes an event with data, which must become a JSON object; nil for none.
func NewEvent(kind string, data any, payload []byte) (Event, error) {
	e := Event{Type: kind, Payload: payload}
	if data == nil {
		return e, nil
	}
	var err error
	if e.Data, err = json.Marshal(data); err != nil {
		return Event{}, fmt.Errorf("making the event %s: %w", kind, err)
	}
	return e, nil
}

// Into reads the data of an event.
func (e Event) Into(data any) error {
	if e.Data == nil {
		return nil
	}
	if err := json.Unmarshal(e.Data, data); err != nil {
		return fmt.Errorf("%w: the data of the event %.40q: %w", ErrProtocol, e.Type, err)
	}
	return nil
}

// AppendEvent appends an event as it goes over the wire.
func AppendEvent(b []byte, e Event) ([]byte, error) {
	h := header{Type: e.Type}
	if n := int64(len(e.Data)); n > 0 {
		h.DataLength = &n
	}
	if n := int64(len(e.Payload)); n > 0 {
		h.PayloadLength = &n
	}
	line, err := json.Marshal(h)
	if err != nil {
		return b, fmt.Errorf("writing the event %s: %w", e.Type, err)
	}
	b = append(append(b, line...), '\n')
	return append(append(b, e.Data...), e.Payload...), nil
}

// ReadEvent reads the next event: [io.EOF] where there is none, an error that wraps
// [ErrProtocol] or [io.ErrUnexpectedEOF] where there is something else or half of
// one. It reads nothing beyond the event but into the buffer.
func ReadEvent(r *bufio.Reader) (Event, error) {
	line, err := readLine(r)
	if err != nil {
		return Event{}, err
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return Event{}, fmt.Errorf("%w: the line %.60q", ErrProtocol, line)
	}
	if h.Type == "" {
		return Event{}, fmt.Errorf("%w: an event without a type", ErrProtocol)
	}
	more, err := readPart(r, h.DataLength, maxData, "data")
	if err != nil {
		return Event{}, err
	}
	e := Event{Type: h.Type}
	if e.Data, err = merged(h.Data, more); err != nil {
		return Event{}, err
	}
	if e.Payload, err = readPart(r, h.PayloadLength, maxPayload, "payload"); err != nil {
		return Event{}, err
	}
	return e, nil
}

// readLine gives a line that is not too long; [io.EOF] where nothing follows.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxHeader {
			return nil, fmt.Errorf("%w: a line of more than %d KiB", ErrProtocol, maxHeader>>10)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// readPart reads what follows a header, whose length is written there; nil for none.
func readPart(r *bufio.Reader, length *int64, most int64, what string) ([]byte, error) {
	if length == nil || *length == 0 {
		return nil, nil
	}
	if *length < 0 || *length > most {
		return nil, fmt.Errorf("%w: %d bytes of %s, at most %d are taken", ErrProtocol, *length, what, most)
	}
	// The buffer grows with what really comes, not with what is claimed.
	var part bytes.Buffer
	if _, err := io.CopyN(&part, r, *length); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return part.Bytes(), nil
}

// merged puts the data that follows a header over that in it.
func merged(under, over json.RawMessage) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	for _, data := range []json.RawMessage{under, over} {
		if data == nil {
			continue
		}
		var part map[string]json.RawMessage
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("%w: data that is no object: %.60q", ErrProtocol, data)
		}
		if all == nil {
			all = part
		} else {
			maps.Copy(all, part)
		}
	}
	switch {
	case len(all) == 0:
		return nil, nil
	case over == nil:
		return under, nil
	case under == nil:
		return over, nil
	}
	var b bytes.Buffer
	for i, key := range slices.Sorted(maps.Keys(all)) {
		b.WriteByte("{,"[min(i, 1)])
		name, err := json.Marshal(key)
		if err != nil {
			return nil, fmt.Errorf("reading an event: %w", err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(all[key])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
