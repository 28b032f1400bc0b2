package tokenizer_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"frontdesk/retrieval/tokenizer"
)

// reference is testdata/reference.json: what the reference (tokenizers 0.23.2)
// gave for a made-up vocabulary and texts that are hard to tokenise. Special
// tokens were not told to it as such, so that they are plain text there.
type reference struct {
	Vocab map[string]int             `json:"vocab"`
	File  map[string]json.RawMessage `json:"file"` // a tokenizer.json whose vocabulary stands for Vocab
	Texts []string                   `json:"texts"`
	Cases []referenceCase            `json:"cases"`
}

type referenceCase struct {
	Name  string                     `json:"name"`
	Part  map[string]json.RawMessage `json:"part"` // what is other than in File
	IDs   [][]int32                  `json:"ids"`  // one row a text
	Pairs []struct {
		A, B       string
		Most       int
		IDs, Types []int32
	} `json:"pairs"`
}

func readReference(t testing.TB) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// file gives the tokenizer.json of a case.
func (r reference) file(t testing.TB, part map[string]json.RawMessage) []byte {
	t.Helper()
	file := maps.Clone(r.File)
	maps.Copy(file, part)
	var model map[string]any
	if err := json.Unmarshal(file["model"], &model); err != nil {
		t.Fatal(err)
	}
	model["vocab"] = r.Vocab
	var err error
	if file["model"], err = json.Marshal(model); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReference(t *testing.T) {
	r := readReference(t)
	for _, c := range r.Cases {
		t.Run(c.Name, func(t *testing.T) {
			tok, err := tokenizer.Open(r.file(t, c.Part))
			if err != nil {
				t.Fatal(err)
			}
			if len(c.IDs) != len(r.Texts) {
				t.Fatalf("%d rows for %d texts", len(c.IDs), len(r.Texts))
			}
			for i, text := range r.Texts {
				if got := tok.Encode(text, 0); !slices.Equal(got, c.IDs[i]) {
					t.Errorf("Encode(%q)\n got %v\nwant %v", text, got, c.IDs[i])
				}
			}
			for _, p := range c.Pairs {
				ids, types := tok.EncodePair(p.A, p.B, p.Most)
				if !slices.Equal(ids, p.IDs) || !slices.Equal(types, p.Types) {
					t.Errorf("EncodePair(%q, %q, %d)\n got %v %v\nwant %v %v", p.A, p.B, p.Most, ids, types, p.IDs, p.Types)
				}
			}
		})
	}
}
