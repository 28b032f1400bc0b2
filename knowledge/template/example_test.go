package template_test

import (
	"fmt"
	"time"

	"frontdesk/knowledge/template"
)

// parse stands for reading templates from a file, where errors are reported.
func parse(text string) *template.Template {
	t, err := template.Parse(text)
	if err != nil {
		panic(err)
	}
	return t
}

func Example() {
	room := func(say, canonical string) template.ListValue {
		return template.ListValue{Canonical: canonical, Say: []*template.Template{parse(say)}}
	}
	grammar, err := template.Compile(
		[]template.Sentence{
			{ID: "lights", Template: parse("<turn> on [the] {room} light[s] [for {how_long}]")},
			{ID: "note", Template: parse("(note|remember) {what:@text} [on {when:@date}]")},
		},
		map[string]*template.Template{"turn": parse("turn|switch")},
		map[string]*template.Slot{
			"room":     {Type: template.List, Values: []template.ListValue{room("kitchen", "kitchen"), room("(living room|lounge)", "living_room")}},
			"how_long": {Type: template.Duration},
		},
	)
	if err != nil {
		fmt.Println(err)
		return
	}

	now := time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"Could you switch on the lounge lights for an hour and a half, please?",
		"Remember: dinner with Zoë on next Friday",
		"close the door",
	} {
		fmt.Println(text)
		for _, m := range grammar.Match(text, now) {
			fmt.Println("  ", m.ID)
			for _, name := range []string{"room", "how_long", "what", "when"} {
				if v, ok := m.Slots[name]; ok {
					fmt.Printf("     %s: %q, said %q\n", name, v.Canonical, v.Said)
				}
			}
		}
	}
	// In other words, by a text that is known to mean the lights:
	fmt.Println(grammar.Extract("lights", "it is dark in the kitchn", now)["room"].Canonical)
	fmt.Println(grammar.Sample("lights", 2))
	// Output:
	// Could you switch on the lounge lights for an hour and a half, please?
	//    lights
	//      room: "living_room", said "lounge"
	//      how_long: "5400", said "an hour and a half"
	// Remember: dinner with Zoë on next Friday
	//    note
	//      what: "dinner with Zoë", said "dinner with Zoë"
	//      when: "2026-12-04", said "next Friday"
	// close the door
	// kitchen
	// [turn on kitchen light switch on the living room lights for 10 minutes]
}

func ExampleParse_fault() {
	_, err := template.Parse("turn (on|off the light")
	fmt.Println(err)
	// Output: ( is never closed; add ) or write \( for the character itself
}

func ExampleSlot_Parse() {
	slot := template.Slot{Name: "time", Type: template.Time}
	v, ok := slot.Parse("at quarter to nine in the evening, please", time.Now())
	fmt.Println(v.Canonical, ok)
	// Output: 20:45 true
}
