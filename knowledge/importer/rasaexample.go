package importer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// rasaEntity is a marked part of an example: [words](entity), [words](entity:value),
// [words]{"entity": …, "role": …, "value": …} and, for several, [words][{…}, {…}].
var rasaEntity = regexp.MustCompile(`\[([^\]]+)\](?:\(([^:)]+)(?::([^)]+))?\)|(\{[^}]+\})|\[(\{.*?\})\])`)

// example reads an example's text with the entities that are marked in it.
// Their words are noted as values of the entity.
func (f *rasaFile) example(line rasaLine) botExample {
	if line.plain {
		return plainExample(line.text, line.pos)
	}
	x := botExample{pos: line.pos}
	text, at := line.text, 0
	for _, m := range rasaEntity.FindAllStringSubmatchIndex(text, -1) {
		sub := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		part := botPart{words: sub(1), list: strings.TrimSpace(sub(2)), value: sub(3)}
		var marks struct {
			Entity, Role, Value string
		}
		dict := sub(4)
		if dict == "" {
			more := false
			dict, _, more = strings.Cut(sub(5), "},") // The first of several.
			if dict != "" && !strings.HasSuffix(dict, "}") {
				dict += "}"
			}
			if more {
				f.leave(line.pos, fmt.Sprintf("the further entities of %q", shown(sub(1))), "words have one value")
			}
		}
		if dict != "" {
			if json.Unmarshal([]byte(dict), &marks) != nil || marks.Entity == "" {
				f.leave(line.pos, "the entity "+shown(dict), "it is no JSON object with an entity")
				marks.Entity = ""
			}
			part.list, part.value = marks.Entity, marks.Value
		}
		if at < m[0] {
			x.parts = append(x.parts, botPart{words: text[at:m[0]]})
		}
		at = m[1]
		if part.list == "" {
			x.parts = append(x.parts, botPart{words: part.words})
			continue
		}
		part.slot = rasaSlotName(part.list, marks.Role)
		x.parts = append(x.parts, part)
	}
	if at < len(text) {
		x.parts = append(x.parts, botPart{words: text[at:]})
	}
	return x
}

// rasaSlotName gives the name of the slot for an entity in a role.
func rasaSlotName(entity, role string) string {
	if role == "" {
		return entity
	}
	return entity + "_" + role
}
