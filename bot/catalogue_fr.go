package bot

// french leaves open whether people say tu or vous: it names what is to be done,
// not who does it.
var french = &sentences{
	unknown:   "Je ne connais pas la réponse.",
	suggest:   "S'agit-il d'une de ces propositions ?",
	noMore:    "Alors je ne sais pas.",
	followups: "À voir aussi :",
	done:      "C'est fait.",
	failed:    "Cela n'a pas marché : %s",
	confirm:   "Faut-il faire ceci : **%s** ?",
	ask:       "Quelle valeur pour « %s » ?",
	askAgain:  "Je n'ai pas compris.",
	cancelled: "D'accord, je laisse tomber.",
	expired:   "Cela a pris trop de temps, je n'ai donc rien fait. Merci de redire ce que je dois faire.",
	gone:      "Ce n'est plus disponible. Merci de reposer la question.",
	notYours:  "C'est à %s d'en décider.",

	askPerson:    "Demander à quelqu'un",
	unhelpful:    "Désolé que cela n'ait pas aidé. Faut-il demander à quelqu'un ?",
	handedOn:     "J'ai demandé à quelqu'un. La réponse arrivera ici.",
	asks:         "**%s** demande :",
	showQuestion: "Voir la question",
	answersYours: "**%s** répond à la question :",
	broughtBack:  "Merci. La réponse a été transmise.",

	tooLong:    "C'est trop long pour une question. Merci de la poser en quelques phrases.",
	deaf:       "Je ne peux pas encore écouter : aucune reconnaissance vocale n'est installée. Merci d'écrire.",
	silence:    "Je n'ai rien entendu.",
	unrecorded: "cet échange n'est pas dans le journal : %s",

	approve:          "**%s** attend d'être approuvé ; accords nécessaires : %d. Appuyer sur un bouton ou écrire `approuver %s`.",
	approveElsewhere: "%s demande ceci : **%s**. Accords nécessaires : %d. Appuyer sur un bouton ou écrire `approuver %s`.",
	moreApprovers:    "C'est noté. Accords encore nécessaires : %d.",
	noApprover:       "La décision revient à d'autres.",
	refused:          "%s a refusé, ce n'est donc pas fait.",
	untold:           "la personne qui l'a demandé n'a pas pu être prévenue : %s",
	pin:              "Quel est le code PIN ?",
	pinAgain:         "Ce code PIN n'est pas le bon. Quel est le code PIN ?",
	pinLocked:        "Trop de codes PIN erronés. Réessayer dans cinq minutes.",
	forbidden:        "Ce n'est pas permis ici.",
	paused:           "Tout est en pause, je n'ai donc rien fait.",
	pausedBecause:    "Tout est en pause, je n'ai donc rien fait : %s",
	tooOften:         "Cela a été demandé trop souvent. Réessayer dans %s.",
	uncertain:        "J'avais commencé et j'ai été interrompu. Je ne sais pas si c'est fait, je ne l'ai donc pas refait. Merci de vérifier.",
	noRecord:         "Je n'ai pas pu en garder la trace, je ne l'ai donc pas fait.",
	preview:          "Je ferais ceci :",

	approveLabel: "Approuver",
	refuseLabel:  "Refuser",
	approveWords: []string{"approuver", "approuve", "approuvé", "valider", "validé"},
	refuseWords:  []string{"refuser", "refusé", "rejeter", "rejeté"},
	digits:       frenchDigits(),
	corrections: []string{"non", "non je voulais dire", "non je veux dire", "je voulais dire", "je veux dire", "pardon", "désolé", "désolée", "pas ça", "pas ca",
		"plutôt", "plutot", "non plutôt", "non plutot", "en fait", "et", "et dans", "et pour", "aussi", "aussi dans", "aussi pour",
		"pareil dans", "pareil pour", "la même chose dans", "la même chose pour", "même chose dans", "même chose pour"},
	additions: []string{"aussi", "également", "egalement", "plutôt", "plutot", "à la place", "sil te plaît", "sil vous plaît", "sil te plait", "sil vous plait", "stp", "svp"},
	articles:  []string{"le", "la", "les", "un", "une", "du", "des", "au", "aux", "dans", "sur", "à", "mon", "ma", "mes"},
	// "le", "la" and "les" would stand for too much.
	pronouns: []string{"ça", "ca", "cela", "ceci", "celui", "celle", "ceux", "celles", "y", "encore", "nouveau"},
	more:     []string{"plus", "davantage", "plus haut", "augmente", "monte"},
	less:     []string{"moins", "plus bas", "baisse", "diminue"},
	joints:   joints("et|puis|ensuite|après cela|après", "et|puis|ensuite|aussi"),
	much:     []string{"beaucoup", "nettement", "bien"},
	fillers: []string{"un", "une", "peu", "petit", "le", "la", "les", "de", "encore", "sil", "te", "vous", "plaît", "plait", "stp", "svp", "mets", "mettez", "fais",
		"ça", "ca", "degré", "degrés", "degre", "degres", "pour", "cent", "plus", "moins", "aussi", "et", "maintenant", "légèrement", "toujours"},

	yes: []string{"oui", "o", "ouais", "ouaip", "oui merci", "oui sil te plaît", "oui sil vous plaît", "oui sil te plait", "oui sil vous plait", "bien sûr", "bien sur",
		"daccord", "entendu", "ok", "okay", "volontiers", "vas y", "allez y", "fais le", "faites le", "confirmer", "je confirme"},
	spokenYes: []string{"oui", "oui sil te plaît", "oui sil vous plaît", "fais le", "faites le", "oui fais le", "oui faites le", "vas y", "oui vas y", "je confirme", "confirmer"},
	no: []string{"non", "n", "nan", "non merci", "aucun", "aucune", "aucun des deux", "aucune des deux", "aucun dentre eux", "aucune dentre elles",
		"ni lun ni lautre", "rien de tout ça", "pas du tout", "surtout pas", "ne fais pas ça", "ne le fais pas", "ne le faites pas"},
	cancel: []string{"annuler", "annule", "annulez", "stop", "arrête", "arrete", "arrêter", "arrêtez", "laisse tomber", "laissez tomber", "non laisse tomber",
		"oublie", "oublie ça", "oubliez", "peu importe", "tant pis", "abandonner", "abandonne"},
	ordinals: [][]string{
		{"premier", "première", "premiere", "le premier", "la première", "la premiere", "un", "une", "numéro un", "numero un", "numéro 1", "numero 1", "le un"},
		{"deuxième", "deuxieme", "second", "seconde", "le deuxième", "la deuxième", "le second", "la seconde", "deux", "numéro deux", "numero deux", "numéro 2", "numero 2", "le deux"},
		{"troisième", "troisieme", "le troisième", "la troisième", "trois", "numéro trois", "numero trois", "numéro 3", "numero 3", "le trois"},
	},
	yesLabel: "Oui",
	noLabel:  "Non",

	labels: Labels{
		Helpful: "👍", Unhelpful: "👎",
		Pick: "Choisir…", Type: "Écrire…", Send: "Envoyer", Cancel: "Annuler",
		Heard: "Entendu : %s", Chosen: "Choisi : %s", Working: "cherche…",
		TooMuchSound: "Cet enregistrement est trop long pour moi. Merci de le raccourcir ou d'écrire.",
		NoSound:      "Je ne trouve pas de son dans ce fichier.",
		NeedsFFmpeg:  "Je ne peux pas lire ce genre d'enregistrement ici. Merci d'écrire.",
		NoFile:       "Je n'ai pas pu récupérer ce fichier. Merci de le renvoyer ou d'écrire.",
		OnlyPart:     "(La réponse est plus longue que ce que je peux montrer ici.)",
		OnlyYou:      "Personne d'autre ne voit la réponse", NoWords: "Ce message ne contient aucun mot sur lequel je pourrais me renseigner.",
		Ask: "Interroger l'accueil", AskAbout: "En parler à l'accueil", Question: "La question",
		Home: "Ce que sait l'accueil", Knows: "%d entrées de la base %s.", Open: "Questions ouvertes", NoneOpen: "Aucune question ouverte.",
		Broken: "Quelque chose s'est mal passé ici. Merci de reposer la question.", NotHere: "Je ne réponds pas dans ce canal.",
		Proposed: "Proposé comme nouvelle entrée.", NotProposed: "Impossible de le proposer : %s",
	},
}

func frenchDigits() map[string]string {
	small := []string{"zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
		"treize", "quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf"}
	both := func(ten, one string) string {
		if one == "un" {
			one = "et un"
		}
		return ten + " " + one
	}
	// 70 and 90 are said as 60 and 10, 80 and 10; the rest is Belgian and Swiss.
	all := numbers(small, []string{"vingt", "trente", "quarante", "cinquante", "soixante", "septante", "quatre vingts", "nonante"}, both,
		map[string]string{"zero": "0", "une": "1", "quatre vingt": "80", "soixante et onze": "71"})
	for i, said := range small[1:] {
		all["quatre vingt "+said] = "8" + all[said]
		if i+1 >= 10 {
			all["soixante "+said] = "7" + all[said][1:]
			all["quatre vingt "+said] = "9" + all[said][1:]
		}
	}
	return all
}
