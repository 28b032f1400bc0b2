package homeassistant_test

import (
	"slices"
	"testing"

	"frontdesk/bot/dispatch/dispatchtest"
	"frontdesk/bot/dispatch/homeassistant/hatest"
)

// TestHostileValues holds that whatever a slot is given, Home Assistant gets the
// same request but for the value, which arrives as it is, in one place, or is
// refused.
func TestHostileValues(t *testing.T) {
	s := hatest.New(token)
	defer s.Close()
	c := client(t, config(s.URL))
	arrived, refused, through := 0, 0, 0
	for _, place := range []struct {
		name, settings, path string
		// value gives the value out of the body; the rest must be as it is written.
		value func(map[string]any) (any, bool)
		free  bool // any text may stand there
	}{
		{"a target", `{service: light.turn_on, target: {entity_id: "{x}"}, data: {effect: none}}`, "/api/services/light/turn_on",
			func(b map[string]any) (any, bool) { return b["entity_id"], len(b) == 2 && b["effect"] == "none" }, false},
		{"a list of targets", `{service: light.turn_on, target: {area_id: ["{x}", study]}}`, "/api/services/light/turn_on",
			func(b map[string]any) (any, bool) {
				list, _ := b["area_id"].([]any)
				if len(b) != 1 || len(list) != 2 || list[1] != "study" {
					return nil, false
				}
				return list[0], true
			}, false},
		{"data", `{service: light.turn_on, target: {area_id: study}, data: {effect: "{x}", deep: [{a: "{x}"}]}}`, "/api/services/light/turn_on",
			func(b map[string]any) (any, bool) { return b["effect"], len(b) == 3 && b["area_id"] == "study" }, true},
		{"a slot of an intent", `{intent: HassTurnOn, slots: {name: "{x}", domain: light}}`, "/api/intent/handle",
			func(b map[string]any) (any, bool) {
				data, _ := b["data"].(map[string]any)
				return data["name"], len(b) == 2 && b["name"] == "HassTurnOn" && len(data) == 2 && data["domain"] == "light"
			}, true},
		{"a number", `{intent: HassLightSet, slots: {brightness: "{n}"}, multiply: {brightness: 2}}`, "", nil, false},
		{"a state", `{state: "{x}"}`, "", nil, false},
		{"what is handed over", `{conversation: "{x}", agent_id: conversation.house}`, "/api/conversation/process",
			func(b map[string]any) (any, bool) {
				return b["text"], len(b) == 2 && b["agent_id"] == "conversation.house"
			}, true},
	} {
		r := runner(t, c, place.settings)
		for _, value := range dispatchtest.Hostile() {
			before := len(s.Requests())
			values := map[string]string{"x": value, "n": value}
			ofOne := call(values)
			ofOne.Conversation = "" // nothing is remembered
			result, err := r.Run(t.Context(), ofOne)
			if err != nil {
				t.Fatal(err)
			}
			sent := s.Requests()[before:]
			if len(sent) == 0 {
				refused++
				if !result.Failed || result.Problem == "" {
					t.Errorf("%s: %.80q is refused without a word", place.name, value)
				}
				continue
			}
			arrived++
			if place.value == nil {
				t.Errorf("%s: %.80q led to %s %v", place.name, value, sent[0].Path, sent[0].Body)
				through++
				continue
			}
			got, ok := place.value(sent[0].Body)
			isPlain := !slices.ContainsFunc([]rune(value), func(r rune) bool {
				return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
			})
			if len(sent) != 1 || sent[0].Path != place.path || !ok || got != value || !place.free && !isPlain {
				t.Errorf("%s: %.80q got through: %s %v", place.name, value, sent[0].Path, sent[0].Body)
				through++
			}
		}
	}
	t.Logf("%d values in seven places: %d arrived as they are, %d refused, %d got through", dispatchtest.Count, arrived, refused, through)
	if arrived < 3*350 {
		t.Errorf("only %d arrived", arrived)
	}
}
