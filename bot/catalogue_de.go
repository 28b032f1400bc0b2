package bot

// german leaves open whether people say du or Sie: it names what is to be done,
// not who does it.
var german = &sentences{
	unknown:   "Das weiß ich nicht.",
	suggest:   "War eines davon gemeint?",
	noMore:    "Dann weiß ich es nicht.",
	followups: "Vielleicht auch interessant:",
	done:      "Erledigt.",
	failed:    "Das hat nicht geklappt: %s",
	confirm:   "Soll ich das tun: **%s**?",
	ask:       "Welcher Wert für „%s“?",
	askAgain:  "Das habe ich nicht verstanden.",
	cancelled: "In Ordnung, ich lasse es.",
	expired:   "Das hat zu lange gedauert, deshalb habe ich nichts getan. Bitte noch einmal sagen, was ich tun soll.",
	gone:      "Das ist nicht mehr da. Bitte noch einmal fragen.",
	notYours:  "Das zu entscheiden ist Sache von %s.",

	askPerson:    "Einen Menschen fragen",
	unhelpful:    "Schade, dass das nicht geholfen hat. Soll ich einen Menschen fragen?",
	handedOn:     "Ich habe einen Menschen gefragt. Die Antwort kommt hierher.",
	asks:         "**%s** fragt:",
	showQuestion: "Zur Frage",
	answersYours: "**%s** antwortet auf die Frage:",
	broughtBack:  "Danke. Die Antwort ist weitergegeben.",

	tooLong:    "Das ist zu lang für eine Frage. Bitte in wenigen Sätzen sagen.",
	deaf:       "Ich kann noch nicht zuhören: Es ist keine Spracherkennung eingerichtet. Bitte tippen.",
	silence:    "Ich habe nichts gehört.",
	unrecorded: "dieser Austausch steht nicht im Journal: %s",

	approve:          "**%s** wartet auf Freigabe; nötige Zustimmungen: %d. Einen Knopf drücken oder `freigeben %s` schreiben.",
	approveElsewhere: "%s möchte das: **%s**. Nötige Zustimmungen: %d. Einen Knopf drücken oder `freigeben %s` schreiben.",
	moreApprovers:    "Notiert. Noch fehlende Zustimmungen: %d.",
	noApprover:       "Darüber entscheiden andere.",
	refused:          "%s hat es abgelehnt, deshalb geschieht nichts.",
	untold:           "wer darum gebeten hat, war nicht zu erreichen: %s",
	pin:              "Wie lautet die PIN?",
	pinAgain:         "Diese PIN stimmt nicht. Wie lautet die PIN?",
	pinLocked:        "Zu viele falsche PINs. Bitte in fünf Minuten noch einmal versuchen.",
	forbidden:        "Das ist hier nicht erlaubt.",
	paused:           "Alles ist angehalten, deshalb habe ich nichts getan.",
	pausedBecause:    "Alles ist angehalten, deshalb habe ich nichts getan: %s",
	tooOften:         "Das wurde zu oft verlangt. Bitte in %s noch einmal versuchen.",
	uncertain:        "Das hatte ich schon begonnen und wurde unterbrochen. Ob es getan ist, weiß ich nicht, deshalb habe ich es nicht noch einmal getan. Bitte nachsehen.",
	noRecord:         "Das ließ sich nicht festhalten, deshalb habe ich es nicht getan.",
	preview:          "Das würde ich tun:",

	approveLabel: "Freigeben",
	refuseLabel:  "Ablehnen",
	approveWords: []string{"freigeben", "freigegeben", "genehmigen", "genehmigt", "zustimmen"},
	refuseWords:  []string{"ablehnen", "abgelehnt", "verweigern"},
	digits:       germanDigits(),
	corrections: []string{"nein", "nein ich meinte", "nein ich meine", "ich meinte", "ich meine", "entschuldigung", "sorry", "nicht das",
		"lieber", "doch", "doch lieber", "eigentlich", "besser", "stattdessen", "und", "und in", "und im", "auch", "auch in", "auch im",
		"dasselbe in", "dasselbe im", "dasselbe für", "das gleiche in", "das gleiche im", "das gleiche für", "genauso in", "genauso im"},
	additions: []string{"auch", "ebenfalls", "stattdessen", "bitte", "lieber"},
	articles:  []string{"der", "die", "das", "den", "dem", "ein", "eine", "einen", "einem", "einer", "in", "im", "an", "am", "auf", "mein", "meine", "meinen"},
	// "die", "das" and "sie" would stand for too much.
	pronouns: []string{"es", "ihn", "dort", "wieder", "nochmal", "nochmals", "diese", "diesen", "dieser", "dieses", "jene", "jenen"},
	more:     []string{"mehr", "höher", "rauf", "hoch", "herauf"},
	less:     []string{"weniger", "niedriger", "tiefer", "runter", "herunter"},
	joints:   joints("und|dann|danach|anschließend", "und|dann|auch|bitte"),
	much:     []string{"viel", "deutlich", "wesentlich", "weit"},
	fillers: []string{"ein", "eine", "einen", "bisschen", "wenig", "etwas", "noch", "bitte", "mach", "mache", "stell", "stelle", "dreh",
		"drehe", "es", "um", "grad", "prozent", "mehr", "weniger", "auch", "und", "jetzt", "nun", "wieder", "nochmal", "leicht", "das", "den", "die"},

	yes: []string{"ja", "j", "jo", "jap", "jep", "jawohl", "ja bitte", "ja gern", "ja gerne", "gern", "gerne", "klar", "na klar", "sicher", "natürlich",
		"genau", "ok", "okay", "einverstanden", "mach das", "mach es", "machs", "tu es", "tu das", "bestätigen", "bestätigt"},
	spokenYes: []string{"ja bitte", "ja", "ja mach das", "ja mach es", "mach das", "mach es", "tu es", "ja tu es", "bestätigen", "ja bestätigen"},
	no: []string{"nein", "n", "nee", "nö", "nein danke", "keine", "keines", "keins", "keine davon", "keines davon", "keins davon", "keiner davon",
		"nichts davon", "weder noch", "nicht", "bitte nicht", "lieber nicht", "tu es nicht", "mach das nicht", "mach es nicht"},
	cancel: []string{"abbrechen", "abbruch", "brich ab", "stopp", "stop", "halt", "hör auf", "vergiss es", "schon gut", "egal", "lass es", "lass gut sein",
		"nein schon gut", "nein lass es", "doch nicht", "nein doch nicht", "nicht mehr nötig"},
	ordinals: [][]string{
		{"erste", "erster", "erstes", "der erste", "die erste", "das erste", "den ersten", "eins", "nummer eins", "nummer 1", "die eins"},
		{"zweite", "zweiter", "zweites", "der zweite", "die zweite", "das zweite", "den zweiten", "zwei", "nummer zwei", "nummer 2", "die zwei"},
		{"dritte", "dritter", "drittes", "der dritte", "die dritte", "das dritte", "den dritten", "drei", "nummer drei", "nummer 3", "die drei"},
	},
	yesLabel: "Ja",
	noLabel:  "Nein",

	labels: Labels{
		Helpful: "👍", Unhelpful: "👎",
		Pick: "Auswählen…", Type: "Eintippen…", Send: "Senden", Cancel: "Abbrechen",
		Heard: "Gehört: %s", Chosen: "Gewählt: %s", Working: "sieht nach…",
		TooMuchSound: "Diese Aufnahme ist zu lang für mich. Bitte kürzer aufnehmen oder tippen.",
		NoSound:      "In dieser Datei finde ich keinen Ton.",
		NeedsFFmpeg:  "Diese Art von Aufnahme kann ich hier nicht lesen. Bitte tippen.",
		NoFile:       "Diese Datei konnte ich nicht holen. Bitte noch einmal senden oder tippen.",
		OnlyPart:     "(Die Antwort ist länger, als ich hier zeigen kann.)",
		OnlyYou:      "Die Antwort sieht sonst niemand", NoWords: "In dieser Nachricht stehen keine Worte, nach denen ich fragen könnte.",
		Ask: "Auskunft fragen", AskAbout: "Auskunft dazu fragen", Question: "Die Frage",
		Home: "Was die Auskunft weiß", Knows: "%d Einträge der Basis %s.", Open: "Offene Fragen", NoneOpen: "Keine offenen Fragen.",
		Broken: "Hier ist etwas schiefgegangen. Bitte noch einmal fragen.", NotHere: "In diesem Kanal antworte ich nicht.",
		Proposed: "Als neuer Eintrag vorgeschlagen.", NotProposed: "Das ließ sich nicht vorschlagen: %s",
	},
}

func germanDigits() map[string]string {
	return numbers([]string{"null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
		"dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"},
		[]string{"zwanzig", "dreissig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"},
		func(ten, one string) string {
			if one == "eins" {
				one = "ein"
			}
			return one + "und" + ten
		},
		map[string]string{"ein": "1", "zwo": "2"})
}
