package template

import "testing"

func TestExtract(t *testing.T) {
	const fromTo = "move [the light] from {area:from} to {area:to}"
	tests := []struct{ template, text, want string }{
		{"<turn> on {area} <light>", "could it be brighter in the Living Room?", "area=living_room(Living Room)"},
		{"<turn> on {area} <light>", "lights kitchn", "area=kitchen(kitchn)"},
		{"<turn> on {area} <light>", "lights in the livingroom", "area=living_room(livingroom)"},
		{"<turn> on {area} <light>", "lights in the litchen now", "area=kitchen(litchen)"},
		{"<turn> on {area} <light>", "make it bright", ""},
		{"<turn> on {area} <light>", "kitchen or lounge lights", ""},
		{"<turn> on {area} <light>", "kitchen lights in the kitchen", "area=kitchen"},
		{fromTo, "kitchen to lounge please move it", "from=kitchen to=living_room(lounge)"},
		{fromTo, "move it to the lounge from the kitchen", "from=kitchen to=living_room(lounge)"},
		{fromTo, "it should go to the lounge", "to=living_room(lounge)"},
		{fromTo, "kitchen lounge bedroom", ""},
		{"dim {area} to {level}", "brightness in kitchen at 30 percent thanks", "area=kitchen level=30(30 percent)"},
		{"dim {area} to {level}", "the bedroom should be dimmed to half", "area=bedroom level=50(half)"},
		{"dim {area} to {level}", "half of the bedroom", "area=bedroom"},
		{"open {area} to {level}", "leave the kitchen open two thirds of the way", "area=kitchen level=67(two thirds of the way)"},
		{"open {area} to {level}", "the kitchen a quarter open", "area=kitchen level=25(a quarter)"},
		{"open {area} to {level}", "the kitchen a third of the way down", "area=kitchen"},
		{"open {area} to {level}", "the kitchen half closed", "area=kitchen"},
		{"open {area} to {level}", "the kitchen halfway down", "area=kitchen level=50(halfway)"},
		{"open {area} to {level}", "the kitchen, 20 % less", "area=kitchen level=20(20 %)"},
		{"open {area} to {level}", "full of dust, the kitchen", "area=kitchen"},
		{"set {count} alarms", "alarms at 5 percent", ""},
		{"set {count} alarms", "alarms below 5 degrees fahrenheit", ""},
		{"set {count} alarms", "alarms in 5 minutes", ""},
		{"set {count} alarms", "alarms at 12 °C", "count=12(12 °C)"},
		{"wake me at {time}", "tonight at seven", "time=19:00(seven)"},
		{"wake me at {time}", "this evening around half past eight", "time=20:30(half past eight)"},
		{"wake me at {time}", "tomorrow morning at seven", "time=07:00(seven)"},
		{"wake me at {time}", "in the evening at 19:15", "time=19:15"},
		{"set {count} alarms", "i want 3 alarms", "count=3"},
		{"set {count} alarms", "alarms, 3 of them at 7:30", "count=3"},
		{"set {count} alarms", "alarm at 7:30", ""},
		{"set {count} alarms", "the 3rd alarm", ""},
		{"set {count} alarms", "alarms on june 3", ""},
		{"set {count} alarms", "alarms 555 1234", ""},
		{"set {count} alarms", "set the other one as an alarm", ""},
		{"set {count} alarms", "one of my alarms", ""},
		{"set {count} alarms", "i want one alarm", "count=1(one)"},
		{"set {count} alarms", "2 alarms or 3 alarms", ""},
		{"set {count} alarms", "200 alarms", ""},
		{"remind me at {time} on {date}", "reminder for half past seven next friday", "date=2026-12-04(next friday) time=07:30(half past seven)"},
		{"remind me at {time} on {date}", "i need a reminder by seven tomorrow", "date=2026-11-24(tomorrow) time=07:00(seven)"},
		{"remind me at {time}", "remind me of my seven dogs", ""},
		{"timer {duration} {count}", "2 timers, five minutes each", "count=2 duration=300(five minutes)"},
		{"make {area} {colour}", "bedroom in dark grey", "area=bedroom colour=darkgray(dark grey)"},
		{"add {item} to {area}", "put milk in the kitchen", "area=kitchen"},
		{"switch {device} in {area}", "the kitchen light should go on", "device=kitchen light"},
		{"switch {device} in {area}", "kitchen fans", "area=kitchen device=fan(fans)"},
		{"hello", "kitchen", ""},
		{"{area} {count}", "", ""},
		{"{area} {count}", "?!", ""},
	}
	for _, test := range tests {
		g := desk(t, test.template)
		if got := show(g.Extract("x", test.text, now)); got != test.want {
			t.Errorf("%q in %q:\n got %s\nwant %s", test.text, test.template, got, test.want)
		}
	}
	if got := desk(t, "{area}").Extract("unknown", "kitchen", now); len(got) > 0 {
		t.Errorf("an unknown entry has %v", got)
	}
}

// TestSpellingBounds looks at what may be a misspelling and what may not.
func TestSpellingBounds(t *testing.T) {
	slots := &Slot{Name: "room", Values: values(t, "kitchen", "garage", "hall", "attic", "room 1", "locked", "bathroom", "backroom", "den")}
	tests := []struct{ text, want string }{
		{"kitchn", "kitchen"}, {"kithcen", "kitchen"}, {"itchen", "kitchen"}, {"kitchens", "kitchen"}, {"kit chen", "kitchen"}, {"ktchn", ""},
		{"garge", "garage"}, {"hal", ""}, {"ball", "hall"}, {"atic", "attic"}, {"room 2", ""}, {"rom 1", "room 1"}, {"unlocked", ""},
		{"dem", ""}, {"d en", "den"}, {"bathrom", "bathroom"}, {"bachroom", ""}, {"", ""},
		{"the kitchen", "kitchen"}, {"in the kitchen please", "kitchen"}, {"in my kitchn, please!", "kitchen"}, {"kitchen or garage", ""},
		{"how do I get into the kitchen", ""},
	}
	for _, test := range tests {
		got, ok := slots.Parse(test.text, now)
		if ok != (test.want != "") || got.Canonical != test.want {
			t.Errorf("Parse(%q) = %q, %v, want %q", test.text, got.Canonical, ok, test.want)
		}
	}
}

func TestSlotParse(t *testing.T) {
	bounded := &Slot{Name: "n", Type: Number, Bounded: true, From: 5, To: 30, Step: 0.5}
	tests := []struct {
		slot       *Slot
		text, want string
	}{
		{bounded, "make it 20 degrees, please", "n=20"},
		{bounded, "Twenty point five", "n=20.5(Twenty point five)"},
		{bounded, "20.3", ""},
		{bounded, "31", ""},
		{bounded, "how do I do 20 of them", ""},
		{&Slot{Name: "at", Type: Time}, "at 7 pm", "at=19:00(7 pm)"},
		{&Slot{Name: "on", Type: Date}, "on the 3rd of June", "on=2027-06-03(the 3rd of June)"},
		{&Slot{Name: "for", Type: Duration}, "for half an hour", "for=1800(half an hour)"},
		{&Slot{Name: "c", Type: Colour}, "the Light Blue one", "c=lightblue(Light Blue)"},
		{&Slot{Name: "room", Type: List, Values: values(t, "den=room_7")}, "room_7", "room=room_7"},
		{&Slot{Name: "room", Type: List, Values: values(t, "den=room_7")}, "room_8", ""},
		{&Slot{Name: "t", Type: Text}, "  the Beatles! ", "t=the Beatles!"},
		{&Slot{Name: "bad"}, "anything", ""},
	}
	for _, test := range tests {
		v, ok := test.slot.Parse(test.text, now)
		got := ""
		if ok {
			got = show(map[string]Value{v.Slot: v})
		}
		if got != test.want {
			t.Errorf("Parse(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}
