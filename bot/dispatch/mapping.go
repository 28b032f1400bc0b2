package dispatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"frontdesk/internal/strictyaml"

	"github.com/theory/jsonpath"
)

// maxPath bounds a path expression, in bytes.
const maxPath = 1000

// A Mapping says what of a server's answer is shown: nothing, all of it, or what
// a path selects from its JSON. The zero value shows nothing. It is not changed
// once made, and safe for concurrent use.
type Mapping struct {
	all  bool
	path *jsonpath.Path
}

// IsZero says whether nothing is shown, so that no answer need be read.
func (m Mapping) IsZero() bool { return m == Mapping{} }

// IsText says whether all of the answer is shown.
func (m Mapping) IsText() bool { return m.all }

// Mapping reads such a setting: none, text, or a JSONPath query (RFC 9535) such
// as $.lamp.state.
func (r *Reader) Mapping(t strictyaml.At[string]) Mapping {
	switch written := r.Fixed(t, "output"); {
	case written == "" || written == "none":
		return Mapping{}
	case written == "text":
		return Mapping{all: true}
	case !strings.HasPrefix(written, "$"):
		r.Fault(t.Node, fmt.Sprintf("%q says of no answer what is shown", strictyaml.Shorten(written)),
			"write none, text, or a path into its JSON such as $.state")
	case len(written) > maxPath:
		r.Fault(t.Node, fmt.Sprintf("the path is %d bytes long", len(written)), fmt.Sprintf("write at most %d", maxPath))
	default:
		path, err := jsonpath.Parse(written)
		if err != nil {
			r.Fault(t.Node, fmt.Sprintf("%q is no path: %s", strictyaml.Shorten(written),
				strings.TrimPrefix(err.Error(), jsonpath.ErrPathParse.Error()+": ")),
				`write one as in RFC 9535, such as $.state or $.lamps[0]["name"]`)
			return Mapping{}
		}
		// Each further one multiplies what there is to look at by the depth.
		if strings.Count(path.String(), "..") > 1 {
			r.Fault(t.Node, "the path searches at any depth (..) more than once", "name the keys on the way")
		}
		return Mapping{path: path}
	}
	return Mapping{}
}

// Map writes what is to be shown of an answer: of a path that selects several
// values each on a line, texts as they are and others as JSON. It is an error
// where a path was written and the answer is no JSON, or has nothing there.
func (m Mapping) Map(answer []byte, o *Output) error {
	if m.all {
		_, err := o.Write(answer)
		return err
	}
	if m.path == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber() // 21.50 stays what it is
	var v any
	if err := d.Decode(&v); err != nil {
		return errors.New("the answer is no JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the answer is no JSON")
	}
	found := m.path.Select(v)
	if len(found) == 0 {
		return fmt.Errorf("the answer has nothing at %s", m.path)
	}
	for i, node := range found {
		text, isText := node.(string)
		if !isText {
			quoted, err := marshal(node)
			if err != nil {
				return err
			}
			text = string(quoted)
		}
		if i > 0 {
			text = "\n" + text
		}
		if _, err := io.WriteString(o, text); err != nil {
			return err
		}
	}
	return nil
}

// marshal gives a value as JSON, in which <, > and & stand as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
