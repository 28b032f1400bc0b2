package bot_test

import (
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

const languagesYAML = `format: 1
faq:
  - {id: password, question: How do I reset my password?, answer: Settings., followups: [email]}
  - {id: email, question: How do I change my email?, answer: Write to us.}
commands:
  - id: unlock
    title: unlock
    say: "unlock the {door} door"
    slots: {door: {values: [front, {say: [back, Küche, cuisine, cocina], value: back}]}}
    reply: "{door}"
    dangerous: true
  - id: heating
    say: ["heat the {room} to {degrees}", "chauffe {room} à {degrees}"]
    slots:
      room: {values: [{say: [office, Büro, bureau, oficina], value: office}, {say: [kitchen, Küche, cuisine, cocina], value: kitchen}]}
      degrees: {type: number, from: 5, to: 30, adjust: {by: 1, up: [wärmer, plus chaud, más calor], down: [kälter, plus froid, menos calor]}}
    reply: "{degrees}"
`

// TestLanguages reads as conversations in the languages of the catalogue: what
// is said, and the decision with what it says.
func TestLanguages(t *testing.T) {
	for locale, talk := range map[string][]string{
		"de-AT": {
			"unlock the front door", "confirm: Soll ich das tun: **unlock \\(door: front\\)**?", "Ja, gerne!", "run: front",
			"unlock the front door", "confirm: …", "nein danke", "cancel: In Ordnung, ich lasse es.",
			"unlock the front door", "confirm: …", "nein, die Küche", "confirm: …küche\\)**?", "vergiss es", "cancel: …",
			"which", "suggest: War eines davon gemeint?", "das zweite", "answer: Write to us.",
			"which", "suggest: …", "keins davon", "abstain: Dann weiß ich es nicht.",
			"heat the office to 20", "run: 20", "ein bisschen wärmer", "run: 21", "viel kälter bitte", "run: 19", "5 mehr", "run: 24", "die Küche auch", "run: 24",
			"heat the office to 19 und heat the kitchen to 20", "run: 19…20",
			"yes", "abstain: Das weiß ich nicht.",
		},
		"fr": {
			"unlock the front door", "confirm: Faut-il faire ceci : **unlock \\(door: front\\)** ?", "Oui, s'il te plaît", "run: front",
			"unlock the front door", "confirm: …", "non merci", "cancel: D'accord, je laisse tomber.",
			"unlock the front door", "confirm: …", "non, la cuisine", "confirm: …cuisine\\)** ?", "laisse tomber", "cancel: …",
			"which", "suggest: …", "la deuxième", "answer: Write to us.",
			"which", "suggest: …", "aucune des deux", "abstain: Alors je ne sais pas.",
			"heat the office to 20", "run: 20", "un peu plus chaud", "run: 21", "beaucoup plus froid", "run: 19", "5 de plus", "run: 24", "un peu plus bas", "run: 23",
			"heat the office to 19 puis heat the kitchen to 20", "run: 19…20",
		},
		"es_MX": {
			"unlock the front door", "confirm: ¿Hago esto: **unlock \\(door: front\\)**?", "¡Sí, por favor!", "run: front",
			"unlock the front door", "confirm: …", "no, gracias", "cancel: De acuerdo, lo dejo.",
			"unlock the front door", "confirm: …", "no, mejor la cocina", "confirm: …cocina\\)**?", "da igual", "cancel: …",
			"which", "suggest: …", "la segunda", "answer: Write to us.",
			"which", "suggest: …", "ninguna de estas", "abstain: Entonces no lo sé.",
			"heat the office to 20", "run: 20", "un poco más calor", "run: 21", "bastante menos calor", "run: 19", "5 más", "run: 24", "un poco más bajo", "run: 23",
			"heat the office to 19 y heat the kitchen to 20", "run: 19…20",
		},
	} {
		d := house(t, languagesYAML)
		d.search.Finds["which"] = []bottest.Found{{ID: "password", Probability: 0.4}, {ID: "email", Probability: 0.35}}
		for i := 0; i+1 < len(talk); i += 2 {
			m := d.message(talk[i])
			m.Locale = locale
			r := d.handle(m)
			got := string(r.Decision) + ": " + strings.ReplaceAll(r.Text, "\u00a0", " ")
			if !like(talk[i+1], strings.ReplaceAll(got, "\n", "")) {
				t.Fatalf("%s: %q\n got %s\nwant %s", locale, talk[i], got, talk[i+1])
			}
		}
	}
}

// like says whether a text is a pattern in which … stands for any text.
func like(pattern, text string) bool {
	before, after, cut := strings.Cut(pattern, "…")
	if !cut {
		return text == pattern
	}
	return strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// TestApprovalInAnotherLanguage: who approves need not speak as who asked did.
func TestApprovalInAnotherLanguage(t *testing.T) {
	g := newGuarded(t)
	asked := g.by("ann: open the vault")
	g.by("bob: freigeben " + asked.Approval.ID)
	if r := g.by("cyd: approuver " + asked.Approval.ID); r.Decision != bot.Run {
		t.Errorf("%s %q", r.Decision, r.Text)
	}
}
