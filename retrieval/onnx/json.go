package onnx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"frontdesk/internal/fault"
)

// Bounds of what is read of a folder, in bytes.
const (
	maxSideFile  = 16 << 20 // tokenizer_config.json repeats the added tokens
	maxTokenizer = 48 << 20 // the greatest that are in use have some 35 MB
)

// A reading goes through a model's folder and collects every fault.
type reading struct {
	dir    string
	faults fault.List
}

func (r *reading) fault(name, what, do string) {
	r.faults.Add(fault.Fault{File: r.path(name), What: what, Do: do})
}

func (r *reading) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// file reads a file of the folder; ok is false when there is none, or it cannot
// be read, which is a fault.
func (r *reading) file(name string, most int64) (data []byte, ok bool) {
	f, err := os.Open(r.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	} else if err != nil {
		r.unreadable(name, err)
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		r.fault(name, "it is not a file", "")
		return nil, false
	}
	if err == nil && info.Size() <= most {
		data, err = io.ReadAll(io.LimitReader(f, most+1)) // It may grow meanwhile.
	}
	if err != nil {
		r.unreadable(name, err)
		return nil, false
	}
	if info.Size() > most || int64(len(data)) > most {
		r.fault(name, fmt.Sprintf("it is larger than %d MB", most>>20), "put the model's own file here")
		return nil, false
	}
	return data, true
}

func (r *reading) unreadable(name string, err error) {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	r.fault(name, "it cannot be read: "+err.Error(), "")
}

// object reads a file that is a JSON object. The values of the keys in into go
// where that points; other keys, and null, are passed over. It says whether the
// file is there.
func (r *reading) object(name string, into map[string]any) bool {
	data, ok := r.file(name, maxSideFile)
	if !ok {
		return false
	}
	if r.isJSON(name, data) {
		r.members(name, data, into)
	}
	return true
}

// isJSON says whether a file is, and reports it else.
func (r *reading) isJSON(name string, data []byte) bool {
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if err == nil {
		return true
	}
	place := len(data)
	if s, ok := errors.AsType[*json.SyntaxError](err); ok && s.Error() != "unexpected end of JSON input" {
		place = max(int(s.Offset)-1, 0) // It names the byte after.
	}
	r.faultAt(name, data, place, "it is no JSON: "+err.Error(), "put the model's own file here")
	return false
}

// members reads the keys of the object that data is.
func (r *reading) members(name string, data []byte, into map[string]any) {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		r.faultAt(name, data, 0, "expected a JSON object", "put the model's own file here")
		return
	}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil { // not for what is JSON
			r.faultAt(name, data, int(d.InputOffset()), "it is no JSON: "+err.Error(), "put the model's own file here")
			return
		}
		target, wanted := into[key.(string)] // The key of an object is a string.
		if !wanted {
			continue
		}
		if err := json.Unmarshal(value, target); err != nil {
			r.faultAt(name, data, int(d.InputOffset())-len(value), fmt.Sprintf("%s: expected %s", key, kindOf(target)), "put the model's own file here")
		}
	}
}

func kindOf(target any) string {
	switch target.(type) {
	case *bool, **bool:
		return "true or false"
	case *float64:
		return "a number"
	case *string:
		return "a text"
	case *map[string]*string:
		return "an object of texts"
	}
	return "something else"
}

func (r *reading) faultAt(name string, file []byte, place int, what, do string) {
	before := file[:min(place, len(file))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	r.faults.Add(fault.Fault{File: r.path(name), Line: line, Col: col, What: what, Do: do})
}
