package bot

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge/template"
)

// fields calls f with every field of the sentences of a language, those of its
// labels as well, by name.
func fields(s *sentences, f func(name string, v reflect.Value)) {
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			name := prefix + v.Type().Field(i).Name
			if v.Field(i).Kind() == reflect.Struct {
				walk(name+".", v.Field(i))
				continue
			}
			f(name, v.Field(i))
		}
	}
	walk("", reflect.ValueOf(s).Elem())
}

// text gives what a field of the catalogue says, in a form that can be compared.
func text(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		return v.Elem().Field(0).String() // of a regular expression, its source
	}
	return fmt.Sprint(v)
}

var verbs = regexp.MustCompile(`%.`)

// TestCatalogueIsWhole: every language says everything, with the values of the
// English in their order.
func TestCatalogueIsWhole(t *testing.T) {
	want := map[string][]string{}
	fields(english, func(name string, v reflect.Value) { want[name] = verbs.FindAllString(text(v), -1) })
	if len(want) < 80 {
		t.Fatalf("only %d fields are looked at", len(want))
	}
	for language, s := range catalogue {
		fields(s, func(name string, v reflect.Value) {
			switch v.Kind() {
			case reflect.String, reflect.Slice, reflect.Map:
				if v.Len() == 0 {
					t.Errorf("%s has no %s", language, name)
				}
			case reflect.Pointer:
				if v.IsNil() {
					t.Errorf("%s has no %s", language, name)
				}
			default:
				t.Errorf("%s is a %s, which this test does not know", name, v.Kind())
			}
			if v.Kind() != reflect.String {
				return
			}
			if got := verbs.FindAllString(v.String(), -1); !slices.Equal(got, want[name]) {
				t.Errorf("%s, %s: %q has the values %v, the English %v", language, name, v, got, want[name])
			}
			if trimmed := strings.TrimSpace(v.String()); trimmed != v.String() {
				t.Errorf("%s, %s: %q has blanks at its ends", language, name, v)
			}
		})
		if len(s.ordinals) != len(english.ordinals) {
			t.Errorf("%s has %d ordinals", language, len(s.ordinals))
		}
		// What people are told to write is understood.
		for sentence, words := range map[string][]string{s.approve: s.approveWords, s.approveElsewhere: s.approveWords} {
			if word := regexp.MustCompile("`(\\S+) %s`").FindStringSubmatch(sentence); word == nil || !slices.Contains(words, word[1]) {
				t.Errorf("%s: %q names no word of %q", language, sentence, words)
			}
		}
	}
}

// TestLanguagesDiffer: nothing was left untranslated.
func TestLanguagesDiffer(t *testing.T) {
	alike := []string{"labels.Helpful", "labels.Unhelpful", "noLabel"} // in English and Spanish it is "No"
	said := map[string]string{}
	for _, language := range slices.Sorted(maps.Keys(catalogue)) {
		fields(catalogue[language], func(name string, v reflect.Value) {
			key := name + "\x00" + text(v)
			if other, ok := said[key]; ok && !slices.Contains(alike, name) {
				t.Errorf("%s: %s and %s both say %q", name, other, language, text(v))
			}
			said[key] = language
		})
	}
}

// TestWordsDoNotOverlap: no language has a word that means both, and all words
// are in the form in which they are compared.
func TestWordsDoNotOverlap(t *testing.T) {
	meaning := map[string]string{} // of a word that approves or refuses, in any language
	for language, s := range catalogue {
		is := map[string]string{}
		for _, group := range []struct {
			name  string
			words []string
		}{{"yes", s.yes}, {"yes", s.spokenYes}, {"no", s.no}, {"cancel", s.cancel}} {
			for _, w := range group.words {
				if other, ok := is[w]; ok && other != group.name {
					t.Errorf("%s: %q means %s and %s", language, w, other, group.name)
				}
				is[w] = group.name
			}
		}
		for name, words := range map[string][]string{"approve": s.approveWords, "refuse": s.refuseWords} {
			for _, w := range words {
				if other, ok := meaning[w]; ok && other != name || w != strings.ToLower(w) || strings.Contains(w, " ") {
					t.Errorf("%s: %q means %s and %s, or is no lower-case word", language, w, other, name)
				}
				meaning[w] = name
			}
		}
		lists := slices.Concat(s.ordinals, [][]string{s.yes, s.spokenYes, s.no, s.cancel, s.corrections, s.additions, s.articles, s.pronouns,
			s.more, s.less, s.much, s.fillers, slices.Collect(maps.Keys(s.digits))})
		for _, words := range lists {
			for _, w := range words {
				if n := template.Normalize(w); n != w {
					t.Errorf("%s: %q is never found; its normal form is %q", language, w, n)
				}
			}
			if sorted := slices.Sorted(slices.Values(words)); len(slices.Compact(sorted)) != len(words) {
				t.Errorf("%s: something is there twice in %q", language, words)
			}
		}
		for place, ways := range s.ordinals {
			for other := range place {
				for _, w := range ways {
					if slices.Contains(s.ordinals[other], w) {
						t.Errorf("%s: %q is both %d and %d", language, w, other, place)
					}
				}
			}
		}
	}
}

func TestSentencesFor(t *testing.T) {
	for locale, want := range map[string]*sentences{
		"": english, "en-GB": english, "nl": english, "x": english, "-": english,
		"de": german, "DE": german, "de-AT": german, "de_DE": german, "de_CH.UTF-8": german, "fr-CA": french, "es-419": spanish, "ES": spanish,
	} {
		if sentencesFor(locale) != want || LabelsFor(locale) != &want.labels {
			t.Errorf("%q gives the wrong language: %q", locale, sentencesFor(locale).unknown)
		}
	}
}

// TestLabelsFit: Slack cuts the names of shortcuts and commands.
func TestLabelsFit(t *testing.T) {
	for language, s := range catalogue {
		for _, l := range []string{s.labels.Ask, s.labels.AskAbout} {
			if n := len([]rune(l)); n > 24 { // https://api.slack.com/interactivity/shortcuts
				t.Errorf("%s: %q has %d characters", language, l, n)
			}
		}
	}
}
