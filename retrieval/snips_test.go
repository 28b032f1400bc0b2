package retrieval

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval/static"
)

var (
	snipsOut = flag.String("snips-out", "", "write the base of TestSnips, and what it says to the queries, into this folder")
	snipsDev = flag.Bool("snips-dev", false, "have TestSnips ask every other line of the validation set, without its values, in place of the queries")
)

// snipsMarks say which words of the five phrasings of an intent are values, as
// an owner would mark them: the first and the last word of each, counted from 0.
var snipsMarks = map[string][5]string{
	"AddToPlaylist": {
		"entity_name 1 2 playlist 5 7", "music_item 2 2 playlist 5 10", "music_item 1 1 playlist 3 5",
		"entity_name 1 4 playlist_owner 6 6 playlist 7 9", "artist 1 2 playlist 5 6",
	},
	"BookRestaurant": {
		"party_size_description 4 7 restaurant_type 10 10 facility 12 12", "restaurant_type 2 3 timeRange 5 5",
		"party_size_number 4 4 city 6 7 state 8 8", "party_size_number 4 4 restaurant_name 6 8",
		"restaurant_name 2 5 timeRange 7 9 state 11 11",
	},
	"GetWeather": {
		"condition_description 2 2 current_location 3 3 timeRange 5 5", "condition_description 3 3 timeRange 4 4 city 6 8 state 9 9",
		"condition_temperature 4 4 timeRange 5 8 city 10 11 country 12 12", "condition_description 2 2 country 4 4",
		"condition_temperature 5 5 geographic_poi 7 10",
	},
	"PlayMusic": {
		"sort 2 2 music_item 3 3 artist 5 6 service 8 8", "music_item 2 2 artist 4 5", "year 2 2 music_item 3 3",
		"music_item 1 1 track 2 3", "music_item 4 4 year 8 8",
	},
	"RateBook": {
		"object_name 1 6 rating_value 7 7 rating_unit 8 8", "object_name 1 2 rating_value 4 4", "object_name 2 6 rating_value 8 8",
		"object_name 0 2 rating_value 7 7 rating_unit 8 8", "object_select 1 1 object_type 2 2 rating_value 6 6 best_rating 9 9 rating_unit 10 10",
	},
	"SearchCreativeWork": {
		"object_type 2 2 object_name 4 6", "object_type 2 2 object_name 4 8", "object_type 5 6 object_name 7 9",
		"object_type 3 4 object_name 6 7", "object_type 5 6 object_name 7 14",
	},
	"SearchScreeningEvent": {
		"movie_name 3 7", "movie_name 5 6 location_name 8 9", "spatial_relation 3 3 object_location_type 4 5 movie_name 7 9",
		"movie_name 2 3 location_name 6 7", "location_name 1 2 object_type 4 5",
	},
}

// snipsOpen are the slots of which no list can be complete.
var snipsOpen = []string{
	"album", "artist", "city", "entity_name", "geographic_poi", "location_name", "movie_name", "object_name",
	"party_size_description", "playlist", "poi", "restaurant_name", "served_dish", "timeRange", "track",
}

// What must hold of the queries: a little less than was reached when this was
// written, which is 94.6 % of the intents and an F1 of the slots of 62.0 %.
// nlp.js 4.27 reaches 81.1 % and 51.3 % with the same phrasings and lists.
const leastSnipsIntents, leastSnipsF1 = 0.94, 0.6

// TestSnips builds a base of seven commands, of five phrasings each, from the
// snips corpus (https://github.com/sonos/nlu-benchmark, CC0) and measures the
// intents and the slots of its test queries. The values of the lists are those of
// the phrasings and of the validation set: the corpus itself marks none. Of
// the queries none is used.
func TestSnips(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	base := snipsBase(t)
	index, err := Build(t.Context(), base, static.Default(), DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	queries := readSnips(t, "snips/queries.jsonl")
	if *snipsDev {
		queries = everyOther(readSnips(t, "snips/val.jsonl"), 1)
	}
	tally := snipsTally{}
	var out []string
	for _, q := range queries {
		r, err := index.Search(t.Context(), Question{Text: q.Text}, len(base.Entries))
		if err != nil {
			t.Fatal(err)
		}
		hit := r.Hits[0]
		slots := hit.Slots
		if slots == nil {
			slots = base.Grammar.Extract(hit.Entry.ID, q.Text, time.Now())
		}
		tally.add(q, hit.Entry.ID, slots)
		out = append(out, snipsPrediction(t, q, r.Hits, slots))
	}
	t.Log(tally)
	if *snipsOut != "" {
		writeSnips(t, "predictions.jsonl", out)
	}
	if right := float64(tally.intents) / float64(tally.asked); right < leastSnipsIntents {
		t.Errorf("%.1f %% of the intents are right, want %.0f %%", 100*right, 100*leastSnipsIntents)
	}
	if f1 := tally.f1(); f1 < leastSnipsF1 {
		t.Errorf("the F1 of the slots is %.1f %%, want %.0f %%", 100*f1, 100*leastSnipsF1)
	}
}

type snipsQuery struct {
	Text   string         `json:"text"`
	Expect string         `json:"expect"`
	Slots  map[string]any `json:"slots"`
}

func readSnips(t *testing.T, name string) []snipsQuery {
	t.Helper()
	var all []snipsQuery
	for lines := bufio.NewScanner(benchFile(t, name)); lines.Scan(); {
		var q snipsQuery
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		all = append(all, q)
	}
	return all
}

func everyOther(all []snipsQuery, from int) []snipsQuery {
	var some []snipsQuery
	for i := from; i < len(all); i += 2 {
		some = append(some, all[i])
	}
	return some
}

// values gives the values of the slots, of which one may have several.
func (q snipsQuery) values() map[[2]string]bool {
	all := map[[2]string]bool{}
	for slot, v := range q.Slots {
		list, several := v.([]any)
		if !several {
			list = []any{v}
		}
		for _, one := range list {
			all[[2]string{slot, template.Normalize(fmt.Sprint(one))}] = true
		}
	}
	return all
}

// A snipsTally counts what is right.
type snipsTally struct {
	asked, intents, whole  int
	right, wrong, missed   int
	slotRight, slotPresent map[string]int
}

func (s *snipsTally) add(q snipsQuery, intent string, slots map[string]template.Value) {
	if s.slotRight == nil {
		s.slotRight, s.slotPresent = map[string]int{}, map[string]int{}
	}
	s.asked++
	want, good := q.values(), 0
	for name, v := range slots {
		if want[[2]string{name, template.Normalize(v.Said)}] {
			good++
			s.slotRight[name]++
		}
	}
	for v := range want {
		s.slotPresent[v[0]]++
	}
	s.right, s.wrong, s.missed = s.right+good, s.wrong+len(slots)-good, s.missed+len(want)-good
	if intent == q.Expect {
		s.intents++
		if good == len(want) && good == len(slots) {
			s.whole++
		}
	}
}

// f1 is the F1 of all slots together.
func (s snipsTally) f1() float64 {
	return 2 * float64(s.right) / float64(max(1, 2*s.right+s.wrong+s.missed))
}

func (s snipsTally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d queries: intents right %.1f %%, slots precision %.1f %%, recall %.1f %%, F1 %.1f %%, intent and all slots %.1f %%",
		s.asked, 100*float64(s.intents)/float64(s.asked), 100*float64(s.right)/float64(max(1, s.right+s.wrong)),
		100*float64(s.right)/float64(max(1, s.right+s.missed)), 100*s.f1(),
		100*float64(s.whole)/float64(s.asked))
	for _, name := range slices.Sorted(maps.Keys(s.slotPresent)) {
		fmt.Fprintf(&b, "\n  %-28s %4d of %4d", name, s.slotRight[name], s.slotPresent[name])
	}
	return b.String()
}

// snipsBase makes commands of the phrasings, with the lists of their slots.
func snipsBase(t *testing.T) *knowledge.Base {
	t.Helper()
	entries, err := importer.ReadJSONL(benchFile(t, "snips/corpus.k5.jsonl"), "corpus.k5.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]map[string][]string{} // by intent and slot
	note := func(intent, slot, value string) {
		if lists[intent] == nil {
			lists[intent] = map[string][]string{}
		}
		if value = template.Normalize(value); !slices.Contains(lists[intent][slot], value) {
			lists[intent][slot] = append(lists[intent][slot], value)
		}
	}
	says := map[string][]string{}
	for _, e := range entries {
		for i, p := range e.Phrasings() {
			say := snipsTemplate(t, p, snipsMarks[e.ID][i], func(slot, value string) { note(e.ID, slot, value) })
			says[e.ID] = append(says[e.ID], say)
		}
	}
	known := readSnips(t, "snips/val.jsonl")
	if *snipsDev {
		known = everyOther(known, 0)
	}
	for _, q := range known {
		for v := range q.values() {
			note(q.Expect, v[0], v[1])
		}
	}
	if *snipsOut != "" {
		snipsShare(t, entries, says, lists)
	}
	for _, e := range entries {
		e.Command = &knowledge.Command{Slots: map[string]*knowledge.Slot{}, Action: knowledge.Action{Kind: "reply"}}
		e.Kind = knowledge.Do
		for slot, values := range lists[e.ID] {
			slices.Sort(values)
			s := &knowledge.Slot{Slot: template.Slot{Name: slot, Type: template.List, Open: slices.Contains(snipsOpen, slot)}}
			for _, v := range values {
				s.Values = append(s.Values, template.ListValue{Canonical: v, Say: []*template.Template{parseSnips(t, escapeSnips(v))}})
			}
			e.Command.Slots[slot] = s
		}
		// The slots that no phrasing has are an addition to the first one.
		var more []string
		for _, slot := range slices.Sorted(maps.Keys(lists[e.ID])) {
			if !slices.ContainsFunc(says[e.ID], func(say string) bool { return strings.Contains(say, "{"+slot+"}") }) {
				more = append(more, "{"+slot+"}")
			}
		}
		if len(more) > 0 {
			says[e.ID][0] += " [" + strings.Join(more, "|") + "]"
		}
		for _, say := range says[e.ID] {
			e.Command.Say = append(e.Command.Say, parseSnips(t, say))
		}
	}
	base, err := knowledge.New(entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func parseSnips(t *testing.T, text string) *template.Template {
	t.Helper()
	parsed, err := template.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

var escapeSnips = strings.NewReplacer("(", `\(`, ")", `\)`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`, "<", `\<`, ">", `\>`, "|", `\|`, ";", `\;`).Replace

// snipsTemplate puts slots in place of the values of a phrasing.
func snipsTemplate(t *testing.T, phrasing, marks string, note func(slot, value string)) string {
	t.Helper()
	words, fields := strings.Fields(phrasing), strings.Fields(marks)
	for len(fields) > 0 {
		from, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		to, err := strconv.Atoi(fields[2])
		if err != nil || from > to || to >= len(words) {
			t.Fatalf("no words %s to %s in %q", fields[1], fields[2], phrasing)
		}
		note(fields[0], strings.Join(words[from:to+1], " "))
		words[from] = "{" + fields[0] + "}"
		for i := from + 1; i <= to; i++ {
			words[i] = ""
		}
		fields = fields[3:]
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// snipsShare writes what the base is made of, for other programs to be compared.
func snipsShare(t *testing.T, entries []*knowledge.Entry, says map[string][]string, lists map[string]map[string][]string) {
	t.Helper()
	var lines []string
	for _, e := range entries {
		data, err := json.Marshal(map[string]any{"id": e.ID, "phrasings": e.Phrasings(), "say": says[e.ID], "lists": lists[e.ID], "open": snipsOpen})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(data))
	}
	writeSnips(t, "base.jsonl", lines)
}

func snipsPrediction(t *testing.T, q snipsQuery, hits []Hit, slots map[string]template.Value) string {
	t.Helper()
	p := map[string]any{"text": q.Text}
	var ranked []string
	var scores []float64
	for _, h := range hits {
		ranked, scores = append(ranked, h.Entry.ID), append(scores, h.Probability)
	}
	said := map[string]string{}
	for name, v := range slots {
		said[name] = v.Said
	}
	p["ranked"], p["scores"], p["slots"] = ranked, scores, said
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeSnips(t *testing.T, name string, lines []string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*snipsOut, name), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
