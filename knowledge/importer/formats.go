package importer

// Readers gives all readers in the order in which a source is tried with them:
// those first that know their format for certain.
func Readers() []Reader {
	return []Reader{Dialogflow(), LUIS(), Botpress(), NLPJS(), Slack(), Discord(), Rasa(), QnABot(), Azure(), JSONL(), Excel(), CSV(), Markdown()}
}

// Writers gives all writers, in the order in which they are listed.
func Writers() []Writer {
	return []Writer{CSVWriter(), ExcelWriter(), JSONLWriter(), MarkdownWriter(), RasaWriter()}
}
