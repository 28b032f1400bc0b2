// Package importer brings knowledge in from other formats, and takes it out.
//
// A [Source] is tried with [Readers] one after the other; the one that knows
// it gives what is [Found], and tells what it leaves out. A [Writer] is the way
// back. Each format begins in the file that has its name, with the constructor
// of its Reader, and what only it needs stands in files with its name in front:
//
//	found.go, formats.go      the types, and the tables of readers and writers
//	bounds.go, decode.go,     how files, archives and texts are opened, and
//	unzip.go                  within which bounds
//	collect.go, taking.go,    how items are gathered: of tables and pages, and
//	name.go, digest.go        of bots and chats; their ids, and sums that tell an edit
//	edit.go, edititems.go     how knowledge files are changed, with their comments kept
//
//	yaml, jsonl               our own forms; importer.go and the rest of this text
//	csv, excel, qnabot,       tables and exports of questions; table.go, grid.go,
//	azure                     cell.go and columns.go tell what is in which column
//	markdown                  with markdowntext.go for what plain text is in it
//
//	faqpage, html, website,   pages (web.go): webpage.go reads one, pagetake.go takes
//	word                      it in, by jsonld.go (on sloppyjson.go), marked.go
//	                          (microdata, RDFa), asked.go (any of these), unmarked.go
//	                          (what is only shown) and texts.go (headings, guides; on
//	                          mdcut.go); html.go and htmlclean.go make Markdown.
//	                          Documents: docx.go. Sites: site.go, fetch.go, robots.go,
//	                          sitemap.go; sitemapfile.go for those on disk
//
//	rasa, dialogflow, luis,   exports of bots: project.go opens one, botintent.go and
//	botpress, nlpjs           answertext.go are what they share
//	slack, discord            archives of chats, on chat.go and chatmarkdown.go
//	jsontree.go, jsonlist.go, JSON read whole, as a list and as a stream
//	jsonstream.go
//
// They are one package, since most of it is shared: the bounds, the gathering,
// and the Markdown. The form of Home Assistant has a package of its own below.
//
// JSON Lines holds one entry a line, an object with these keys:
//
//	{"id":"reset-password","kind":"faq","question":"How do I reset my password?",
//	 "alternatives":["I forgot my password"],"answer":"Open **Settings**."}
//
// The kind is "faq" (where it is not given), "command" or "passage". The keys
// "alternatives", "tags", "followups" and "formerly" hold lists of texts and
// may be left out, as may "headings" and "link" of a passage. The key "v" is
// the number of the format, 1; a line with a larger one is refused.
//
// The form has no place for what a command runs. A command that comes in is
// one that replies with its answer, so that it can be found, ranked and
// carried out like any other; one that goes out keeps its phrasings and has
// its reply as the answer.
package importer
