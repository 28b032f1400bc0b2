package importer

import (
	"errors"
	"fmt"

	"frontdesk/knowledge"
)

// YAMLWriter writes a knowledge file, as [WriteYAML] does.
func YAMLWriter() Writer {
	return Writer{Format: "yaml", Title: "knowledge file of frontdesk", Ext: ".yaml", Write: func(w Output, entries []*knowledge.Entry) ([]Left, error) {
		f, err := w.Create("")
		if err != nil {
			return nil, err
		}
		if err := errors.Join(WriteYAML(f, entries), f.Close()); err != nil {
			return nil, err
		}
		var left []Left
		for _, e := range entries {
			if e.Kind == knowledge.Passage {
				left = append(left, Left{Pos: e.Pos, What: fmt.Sprintf("that %q is a passage of a guide", e.ID),
					Why: "it becomes a question whose answer ends in a link; copy the guide itself to keep it"})
			}
		}
		return left, nil
	}}
}
