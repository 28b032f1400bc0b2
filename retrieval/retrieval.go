// Package retrieval finds the entries of a base that a text may mean, and says
// with which probability each of them is the right one.
//
// [Build] makes an [Index] of a base. For a text, [Index.Search] goes this way:
//
//   - Words that nobody knows are corrected (retrieval/lexical), and the text is
//     embedded ([Embedder]). What all vectors of an embedder have in common is taken
//     off, and its cosines are read on the scale of the built-in one, which is
//     measured on the strange sentences.
//   - Every entry gets signals: the cosine of its nearest phrasing (an exact
//     scan) and of the mean of its phrasings, the share that a linear classifier
//     over the embedding, words, pairs of words and characters gives it, BM25, and
//     the likeness of its spelling. Their weighted sum ranks the entries, and its
//     softmax is what an entry has over the others. The weights were learnt on
//     pseudo-bases (TestDerive), by the number of phrasings an entry.
//   - A calibrator turns the lead of the best entry, its closeness, the share of
//     words that the base knows and the likeness to sentences that no base answers
//     into the probability that it is right and the base answers the question at
//     all. It is fitted by cross-validation on the base's own phrasings, on entries
//     left out as a whole, and on the strange sentences; where these say little,
//     on a prior from the pseudo-bases.
//   - Where there is a [Reranker] and it has proved itself on the base's own
//     phrasings, it is asked about the best entries of what is not certain.
//   - What was heard and not typed is also read by its sounds.
//   - A text that is word for word an entry's own sentence, or matches a template
//     of a command, is certain.
//   - A text that was heard is read in several ways: as it stands, and with words
//     of the base in place of others that sound alike. The reading for which
//     most speaks is taken; what speaks against it is taken off its probability.
//
// [Index.OperatingPoint] says from which probability on an answer keeps the
// precision that the owner asked for. An index can be saved and loaded, and what
// has not changed is not computed again. [Rehearse] asks a base its own phrasings,
// and a [Trial] says how good that was.
package retrieval

import (
	"context"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// An Embedder turns texts into vectors of meaning. It must be safe for
// concurrent use.
type Embedder interface {
	// Fingerprint identifies the weights and the code that reads them: two
	// embedders with one fingerprint give the same vectors.
	Fingerprint() string
	// Dim is the length of every vector.
	Dim() int
	// Embed gives one vector a text, of length 1, or all zeros for a text in
	// which the model knows nothing.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// A Question is what an index is asked.
type Question struct {
	Text string
	// Heard says that the text was recognised from speech: some of its words may
	// be others that sound like those that were said.
	Heard bool
	// Expected is, of a heard question, what was heard by a recogniser that
	// expects the sentences of the base alone. Its zero value says nothing.
	Expected Expected
}

// An Expected reading is the likeliest of the sentences that were expected, however
// likely any of them was: a recogniser that knows no others hears one in everything.
type Expected struct {
	Text string // empty where no sentence was expected, or none was heard
	// Margin is the mean natural log-probability of a token of it minus that of the
	// free reading; only of meaning where Measured.
	Margin   float64
	Measured bool
}

// A Hit is an entry found.
type Hit struct {
	Entry *knowledge.Entry
	// Probability, in [0, 1], that this entry is the right one. Over the hits
	// of one result it sums to 1 at most; what is missing is the probability
	// that the base has nothing right.
	Probability float64
	// Phrasing is the phrasing nearest to the text.
	Phrasing string
	// Slots are those of an exact match of a command's template.
	Slots map[string]template.Value
	// Exact says that the text is one of the entry's own sentences.
	Exact bool
	// Parts explain the probability.
	Parts []Part
}

// A Part is one signal of a hit.
type Part struct {
	// Certain parts add up to the log-odds of the best entry's being right; the
	// others rank the entries.
	Certain bool
	Name    string  // "nearest phrasing", "words", "classifier", …
	Value   float64 // as measured
	Weight  float64 // what a unit of it adds
	Note    string  // what it was measured on; may be empty
}

// A Result is what a search found.
type Result struct {
	Hits []Hit // best first; ties by id
	// Corrected are the words that were read as others: "qestion" → "question".
	Corrected map[string]string
	// Read is the text of a heard question with those words in it that were
	// taken to have been said; empty where it was taken as it stands.
	Read string
	// Expected says that Read is the sentence that was expected, taken to have been
	// said although something else was heard freely.
	Expected bool
	// Point is the operating point of the index that found them: the probabilities
	// are to be held against no other.
	Point OperatingPoint
	// Model names the embedding model, where whoever holds the index says so.
	Model string
}

// An OperatingPoint says from which probability on something may be done.
type OperatingPoint struct {
	Answer  float64 // answer a question
	Run     float64 // run a command
	Spoken  float64 // run a command that was heard
	Suggest float64 // offer as a choice
}
