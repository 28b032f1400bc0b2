package retrieval

import (
	"strings"
	"unicode"
)

// A Speller knows the words of a language. Some embedders are one besides; for
// the others [BuildOptions.Words] may stand in.
type Speller interface {
	// Known says whether a word, as [lexical.Words] gives it, is one of the
	// language: it is then not taken for a misspelling.
	Known(word string) bool
}

const (
	// ownLanguage is which share of a base's words a speller must know to be one
	// of the base's language.
	ownLanguage = 0.75
	// polyglot is which share of the translations an embedder must find to be one
	// of many languages.
	polyglot = 0.6
)

// translations are sentences in English and in another language, of which an
// embedder of many languages sees that they mean the same. No word is the same
// in both.
var translations = [][2]string{
	{"where can I leave my car overnight", "wo darf ich über Nacht parken"},
	{"the coffee has gone cold", "der Kaffee ist kalt geworden"},
	{"I forgot my umbrella at home", "ich habe meinen Schirm zu Hause vergessen"},
	{"how much is a ticket to the zoo", "was kostet der Eintritt in den Tierpark"},
	{"please close the window", "bitte mach das Fenster zu"},
	{"my bicycle was stolen yesterday", "gestern wurde mir mein Fahrrad geklaut"},
	{"when does the bakery open on sunday", "à quelle heure ouvre la boulangerie le dimanche"},
	{"the children are playing in the garden", "les enfants jouent dans le jardin"},
	{"I would like to cancel my order", "je voudrais annuler ma commande"},
	{"it has been raining for three days", "il pleut depuis trois jours"},
	{"she is learning to swim", "elle apprend à nager"},
	{"the elevator is out of order again", "l'ascenseur est encore en panne"},
	{"how do I change my password", "cómo cambio mi contraseña"},
	{"my neighbour has a new dog", "mi vecino tiene un perro nuevo"},
	{"we need more chairs for the meeting", "necesitamos más sillas para la reunión"},
	{"turn off the light in the kitchen", "apaga la luz de la cocina"},
	{"the train leaves at noon", "el tren sale al mediodía"},
	{"who is going to pay the bill", "chi paga il conto"},
	{"I have a headache", "mi fa male la testa"},
	{"the keys are lying on the table", "de sleutels liggen op tafel"},
	{"can you lend us some money", "kun je ons wat geld lenen"},
	{"my sister lives by the sea", "minha irmã mora perto do mar"},
	{"this soup needs more salt", "esta sopa precisa de mais sal"},
	{"I am looking for a cheap flat", "szukam taniego mieszkania"},
}

// knowsLanguages says whether an embedder is one of many languages, given its
// vectors of the translations, the two of a pair side by side: for most of the
// sentences in another language, the English one of its pair is the nearest.
func knowsLanguages(pairs [][]float32) bool {
	found := 0
	for i := 1; i < len(pairs); i += 2 {
		nearest := 0
		for j := 0; j < len(pairs); j += 2 {
			if dot(pairs[i], pairs[j]) > dot(pairs[i], pairs[nearest]) {
				nearest = j
			}
		}
		if nearest == i-1 && dot(pairs[i], pairs[i]) > 0 {
			found++
		}
	}
	return float64(found) > polyglot*float64(len(translations))
}

// learn finds out whose words are known when the index is asked. Words that
// an embedder has of its own are known for all purposes. Those of a stand-in
// are of use only for a base in its language, and what is of no language that it
// knows is gibberish only where the embedder does not know it either.
func (x *Index) learn(c corpus, pairs [][]float32, standIn Speller) {
	x.words, x.gibberish = nil, false
	if own, ok := x.embedder.(Speller); ok {
		x.words, x.gibberish = own, true
		return
	}
	if standIn == nil || !speaks(standIn, c) {
		return
	}
	x.words, x.gibberish = standIn, !knowsLanguages(pairs)
}

// speaks says whether a speller is of the language of a corpus.
func speaks(s Speller, c corpus) bool {
	seen := map[string]bool{}
	known, all := 0, 0
	for _, words := range c.words {
		for _, w := range words {
			if seen[w] || strings.IndexFunc(w, unicode.IsLetter) < 0 {
				continue
			}
			seen[w] = true
			all++
			if s.Known(w) {
				known++
			}
		}
	}
	return float64(known) >= ownLanguage*float64(all)
}
