package homeassistant_test

import (
	"strings"
	"testing"

	"frontdesk/knowledge/importer/homeassistant"
)

// FuzzRead holds that no file brings the reader down, and that what is read
// can be written and loaded.
func FuzzRead(f *testing.F) {
	for _, file := range readDir(f, "_common.yaml", "flat.yaml", "house.yaml") {
		f.Add(string(file.Data))
	}
	f.Add("intents: {A: {data: [{sentences: [\"{x:y} <r>\"], lists: {x: {range: {from: 1, to: 2}}}}]}}\nexpansion_rules: {r: \"a|<r>\"}")
	f.Add("intents: {A: {data: [{sentences: [on], requires_context: {area: {slot: true}}}]}}\nareas: [{name: '[a]'}]")
	f.Fuzz(func(t *testing.T, text string) {
		files := []homeassistant.File{{Name: "f.yaml", Data: []byte(text)}}
		im, err := homeassistant.Read(t.Context(), files, nil)
		if err != nil {
			return
		}
		var first, second strings.Builder
		if err := im.WriteYAML(&first, ""); err != nil {
			t.Fatal(err)
		}
		if again, err := homeassistant.Read(t.Context(), files, nil); err != nil || again.WriteYAML(&second, "") != nil || first.String() != second.String() {
			t.Errorf("read twice, it is not the same: %v", err)
		}
	})
}
