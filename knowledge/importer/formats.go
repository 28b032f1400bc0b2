package importer

import "context"

// Readers gives all readers in the order in which a source is tried with them:
// those first that know their format for certain.
func Readers() []Reader {
	return []Reader{
		Dialogflow(),
		LUIS(),
		Botpress(),
		NLPJS(),
		Slack(),
		Discord(),
		Rasa(),
		QnABot(),
		Azure(),
		FAQPage(),
		Word(),
		HTML(),
		Website(),
		JSONL(),
		Excel(),
		CSV(),
		Markdown(),
	}
}

// Writers gives all writers, in the order in which they are listed.
func Writers() []Writer {
	return []Writer{
		YAMLWriter(),
		CSVWriter(),
		ExcelWriter(),
		JSONLWriter(),
		MarkdownWriter(),
		FAQPageWriter(),
		FAQPageScriptWriter(),
		RasaWriter(),
	}
}

// Recognise gives the first reader that knows the format of a source.
func Recognise(s Source) (Reader, bool) {
	for _, r := range Readers() {
		if r.Recognise(s) {
			return r, true
		}
	}
	return Reader{}, false
}

// CheckArchive gives what is wrong with a source that is an archive, as a [fault.List]:
// no reader recognises one that it cannot open.
func CheckArchive(ctx context.Context, s Source) error {
	_, done, err := openProject(ctx, s)
	if err != nil {
		return err
	}
	return done()
}
