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
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		r.fault(name, "it is not a file", "")
		return nil, false
	}
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		r.unreadable(name, err)
		return nil, false
	}
	if int64(len(data)) > most {
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
	r.objectIn(name, data, 0, data, into)
	return true
}

// objectIn reads an object that begins at the given place of a file's data.
func (r *reading) objectIn(name string, file []byte, at int, object []byte, into map[string]any) {
	d := json.NewDecoder(bytes.NewReader(object))
	if open, err := d.Token(); err != nil {
		r.malformed(name, file, at, err)
		return
	} else if open != json.Delim('{') {
		r.faultAt(name, file, at, "expected a JSON object", "")
		return
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			r.malformed(name, file, at, err)
			return
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			r.malformed(name, file, at, err)
			return
		}
		target, wanted := into[key.(string)] // The key of an object is a string.
		if !wanted {
			continue
		}
		if err := json.Unmarshal(value, target); err != nil {
			place := at + int(d.InputOffset()) - len(value)
			r.faultAt(name, file, place, fmt.Sprintf("%s: expected %s", key, kindOf(target)), "put the model's own file here")
		}
	}
	if _, err := d.Token(); err != nil {
		r.malformed(name, file, at, err)
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
	case *[]module:
		return "a list of modules"
	}
	return "something else"
}

// malformed reports what is no JSON.
func (r *reading) malformed(name string, file []byte, at int, err error) {
	place := len(file)
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		// The decoder counts from where it began, and names the byte after.
		place = min(at+max(int(s.Offset)-1, 0), len(file))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends too early")
	}
	r.faultAt(name, file, place, "it is no JSON: "+err.Error(), "put the model's own file here")
}

func (r *reading) faultAt(name string, file []byte, place int, what, do string) {
	before := file[:min(place, len(file))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	r.faults.Add(fault.Fault{File: r.path(name), Line: line, Col: col, What: what, Do: do})
}
