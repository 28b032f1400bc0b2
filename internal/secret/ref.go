package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"
)

// maxFile bounds the file of a secret and the variable that holds one, in bytes.
const maxFile = 64 << 10

// Where a secret can be kept.
const (
	env  = "env"
	file = "file"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// A Ref says where a secret is kept: ${env:NAME} or ${file:path}.
type Ref struct{ source, name string }

// String gives the reference as it is written.
func (r Ref) String() string { return "${" + r.source + ":" + r.name + "}" }

// ParseRef reads the reference that s begins with and gives how many bytes it is
// long, 0 where s begins with none: "$", "${", and "${price}" are no reference
// yet. One that can name no secret is a [fault.Fault] without a place.
func ParseRef(s string) (r Ref, length int, err error) {
	rest, ok := strings.CutPrefix(s, "${")
	if !ok {
		return Ref{}, 0, nil
	}
	source, rest, ok := strings.Cut(rest, ":")
	if !ok || source != env && source != file {
		return Ref{}, 0, nil
	}
	end := strings.IndexAny(rest, "{}\n")
	if end < 0 || rest[end] != '}' {
		return Ref{}, 0, fault.Fault{What: "${" + source + ": is never closed", Do: "close it with }"}
	}
	r = Ref{source, rest[:end]}
	switch {
	case source == env && !variableName.MatchString(r.name):
		return Ref{}, 0, fault.Fault{What: fmt.Sprintf("%q cannot name an environment variable", r.name),
			Do: "write ${env:NAME} with letters, digits and _"}
	case source == file && (r.name == "" || strings.ContainsRune(r.name, 0)):
		return Ref{}, 0, fault.Fault{What: "${file:} names no file", Do: "write ${file:path}; the path counts from the folder of this file"}
	}
	return r, len(r.String()), nil
}

// Read gives the secret. A path counts from the folder; a file's trailing line
// break is dropped. A secret that is missing, empty, larger than 64 KiB or no
// text is a [fault.Fault] without a place.
func (r Ref) Read(folder string) (String, error) {
	text, err := r.read(folder)
	if err != nil {
		return String{}, err
	}
	problem := ""
	switch {
	case text == "":
		problem = "is empty"
	case len(text) > maxFile:
		problem = "is larger than 64 KiB"
	case !utf8.ValidString(text):
		problem = "is no text in UTF-8"
	case strings.ContainsRune(text, 0):
		problem = "holds a NUL character"
	default:
		return New(text), nil
	}
	return String{}, fault.Fault{What: fmt.Sprintf("the secret %s %s", r, problem), Do: "put the secret there, and nothing else"}
}

func (r Ref) read(folder string) (string, error) {
	if r.source == env {
		text, ok := os.LookupEnv(r.name)
		if !ok {
			return "", fault.Fault{What: fmt.Sprintf("the secret %s is missing", r),
				Do: fmt.Sprintf("set the environment variable %s where frontdesk is started", r.name)}
		}
		return text, nil
	}
	path := filepath.FromSlash(r.name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	text, err := readFile(path)
	if err != nil {
		reason := err.Error()
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			reason = e.Err.Error()
		}
		return "", fault.Fault{What: fmt.Sprintf("the secret %s cannot be read: %s", r, reason),
			Do: fmt.Sprintf("put it into the file %s, readable for frontdesk alone", path)}
	}
	return text, nil
}

// readFile reads a file without its trailing line break, and little more of it
// than is allowed.
func readFile(path string) (string, error) {
	// Only a regular file: a pipe would have us wait for whoever writes into it.
	if info, err := os.Stat(path); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+int64(len("\r\n"))+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(string(data), "\n")
	if len(text) < len(data) {
		text = strings.TrimSuffix(text, "\r")
	}
	return text, nil
}

// Read gives a text with the secrets that it names in their places, as
// "Token ${env:NAME}". All else in it stands for itself. A text that names no
// secret is an error, for a secret must not be written into a file of ours; the
// empty text is none. The error is a [fault.Fault] without a place.
func Read(folder, text string) (String, error) {
	if text == "" {
		return String{}, nil
	}
	var b strings.Builder
	found := false
	for i := 0; i < len(text); {
		ref, length, err := ParseRef(text[i:])
		switch {
		case err != nil:
			return String{}, err
		case length == 0:
			b.WriteByte(text[i])
			i++
			continue
		}
		s, err := ref.Read(folder)
		if err != nil {
			return String{}, err
		}
		found = true
		b.WriteString(s.Reveal())
		i += length
	}
	if !found {
		return String{}, fault.Fault{What: "a secret must not be written out here",
			Do: "put it elsewhere and write ${env:NAME} or ${file:path}"}
	}
	return New(b.String()), nil
}
