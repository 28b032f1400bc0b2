package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"frontdesk/knowledge"
)

// metadataCell gives what the cell Metadata of a table holds as JSON: it is
// JSON, or "name:value | name:value".
func metadataCell(s string) json.RawMessage {
	if s = strings.TrimSpace(s); s == "" || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{") {
		return json.RawMessage(s)
	}
	var list []map[string]string
	for part := range strings.SplitSeq(s, "|") {
		name, value, _ := strings.Cut(part, ":")
		list = append(list, map[string]string{"name": strings.TrimSpace(name), "value": strings.TrimSpace(value)})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return nil // Texts alone always become JSON.
	}
	return raw
}

// azureColumns gives the places of the columns if these are the names of an
// export's.
func azureColumns(names []string) map[string]int {
	is := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := is[name]; !twice {
			is[name] = i
		}
	}
	for _, name := range []string{"question", "answer", "source", "metadata"} {
		if _, ok := is[name]; !ok {
			return nil
		}
	}
	return is
}

// readAzureTable takes in the rows of an export; is says where its columns are.
func readAzureTable(ctx context.Context, found *Found, g *grid, sample []row, is map[string]int) error {
	a := newAzureReader(found)
	found.Notes = append(found.Notes, g.name+": its columns are those of an export of Azure Custom Question Answering or QnA Maker")
	literal := strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", `\\`, `\`)
	cell := func(r row, name string) string {
		if i, ok := is[name]; ok {
			return unquoteCell(r.cell(i))
		}
		return ""
	}
	sources := 0
	taken := map[int]bool{}
	for _, name := range []string{"question", "answer", "source", "metadata", "suggestedquestions", "iscontextonly", "prompts", "qnaid", "sourcedisplayname"} {
		if i, ok := is[name]; ok {
			taken[i] = true
		}
	}
	names := columns{header: true, names: sample[0].cells}
	if err := leaveColumns(found, sample[0], sample[1:], taken, names.name, "no export has it"); err != nil {
		return err
	}
	err := g.each(ctx, sample[1:], func(r row) error {
		item := azureItem{
			Answer: literal.Replace(cell(r, "answer")), Questions: []string{literal.Replace(cell(r, "question"))},
			Metadata: metadataCell(cell(r, "metadata")), Dialog: &azureDialog{IsContextOnly: strings.EqualFold(cell(r, "iscontextonly"), "true")},
			at: r.pos(is["question"]),
		}
		if s := strings.TrimSpace(cell(r, "source")); s != "" && !strings.EqualFold(s, "Editorial") {
			sources++
		}
		if id := strings.TrimSpace(cell(r, "qnaid")); id != "" {
			item.ID = json.RawMessage(id)
		}
		if s := strings.TrimSpace(cell(r, "suggestedquestions")); s != "" {
			item.ActiveLearningSuggestions = json.RawMessage(s)
		}
		if prompts := strings.TrimSpace(cell(r, "prompts")); prompts != "" {
			if err := json.Unmarshal([]byte(prompts), &item.Dialog.Prompts); err != nil {
				if err := found.leave(r.pos(is["prompts"]), fmt.Sprintf("the follow-ups of the pair %q", shown(item.Questions[0])), "their JSON is broken: "+err.Error()); err != nil {
					return err
				}
			}
		}
		return a.take(item)
	})
	if err != nil {
		return err
	}
	if sources > 0 {
		if err := found.leave(knowledge.Pos{File: g.name}, "the source of "+counted(sources, "row", "rows"), "an answer has no place for where it was read; the source stays the export"); err != nil {
			return err
		}
	}
	return a.end()
}
