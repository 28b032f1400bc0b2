package onnx

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/ort"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// bytesPerToken bounds how much of a text is read: no language needs more bytes
// for a token in the mean.
const bytesPerToken = 64

// leastRead is how many bytes of a text are read at least: a long word that the
// tokenizer does not know is one token.
const leastRead = 64 << 10

// manyBytes is from where on texts are cut into tokens by several processors.
const manyBytes = 64 << 10

// Embed gives the vectors of what is asked, one a text and in their order. Texts
// longer than [Settings].MaxTokens are cut; of a text in which the tokenizer finds
// nothing at all the vector is all zeros. Each vector depends on its text alone,
// see the package's own words. Errors are those of the runtime, of a model that
// gives what is no number, and of a ctx that has ended.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return m.embed(ctx, texts, m.query)
}

// EmbedPassages gives the vectors of what is looked for, as Embed does; the two
// differ for models that were trained with prefixes.
func (m *Model) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	return m.embed(ctx, texts, m.passage)
}

func (m *Model) embed(ctx context.Context, texts []string, p prefix) ([][]float32, error) {
	flat := make([]float32, len(texts)*m.dim)
	vectors := make([][]float32, len(texts))
	for i := range vectors {
		vectors[i] = flat[i*m.dim : (i+1)*m.dim : (i+1)*m.dim]
	}
	embed := m.embedMany
	if len(texts) == 1 {
		embed = m.embedOne
	}
	if err := embed(ctx, texts, p, vectors); err != nil {
		return nil, err
	}
	return vectors, nil
}

// embedOne is for a single text, as what is asked mostly is.
func (m *Model) embedOne(ctx context.Context, texts []string, p prefix, vectors [][]float32) error {
	ids := m.encode(texts[0], p)
	if len(ids) == 0 {
		return context.Cause(ctx)
	}
	return m.compute(ctx, []row{{ids: ids}}, p.tokens, func(int) []float32 { return vectors[0] })
}

func (m *Model) embedMany(ctx context.Context, texts []string, p prefix, vectors [][]float32) error {
	first := map[string]int{} // where a text stands first
	var distinct []int
	for i, text := range texts {
		if _, ok := first[text]; !ok {
			first[text] = i
			distinct = append(distinct, i)
		}
	}
	ids, err := m.encodeAll(ctx, texts, distinct, p)
	if err != nil {
		return err
	}
	var places, lengths []int // of the texts that have tokens
	for i := range ids {
		if n := len(ids[i]); n > 0 {
			places, lengths = append(places, i), append(lengths, n)
		}
	}
	var rows []row
	err = batches(lengths, m.run.most, func(batch []int) error {
		rows = rows[:0]
		for _, b := range batch {
			rows = append(rows, row{ids: ids[places[b]]})
		}
		return m.compute(ctx, rows, p.tokens, func(i int) []float32 { return vectors[distinct[places[batch[i]]]] })
	})
	if err != nil {
		return err
	}
	for i, text := range texts {
		if at := first[text]; at != i {
			copy(vectors[i], vectors[at])
		}
	}
	return context.Cause(ctx)
}

// encodeAll gives the ids of the texts at some places.
func (m *Model) encodeAll(ctx context.Context, texts []string, places []int, p prefix) ([][]int32, error) {
	ids := make([][]int32, len(places))
	size := 0
	for _, at := range places {
		size += len(texts[at])
	}
	workers := 1
	if size >= manyBytes {
		workers = min(runtime.GOMAXPROCS(0), len(places))
	}
	if workers == 1 {
		for i, at := range places {
			ids[i] = m.encode(texts[at], p)
		}
		return ids, nil
	}
	work, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		work.Go(func() error {
			for i := w; i < len(places); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				ids[i] = m.encode(texts[places[i]], p)
			}
			return nil
		})
	}
	return ids, work.Wait()
}

// encode gives the ids of a text.
func (m *Model) encode(text string, p prefix) []int32 {
	return m.tokens.Encode(m.prepare(p.text, text), m.maxTokens)
}

// prepare puts the prefix before a text and does what sentence-transformers does
// before it cuts into tokens: outer space goes, and some models want small
// letters.
func (f *folder) prepare(prefix, text string) string {
	if prefix == "" {
		text = strings.TrimFunc(text, isSpace)
	}
	if most := max(f.maxTokens*bytesPerToken, leastRead); len(text) > most {
		for most > 0 && !utf8.RuneStart(text[most]) {
			most--
		}
		text = text[:most]
	}
	if prefix != "" {
		text = prefix + text
	}
	text = strings.TrimFunc(text, isSpace)
	if f.lower {
		text = cases.Lower(language.Und).String(text) // A Caser may not be shared.
	}
	return text
}

// isSpace is what Python's str.strip removes.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// compute puts rows through the model and writes their vectors.
func (m *Model) compute(ctx context.Context, rows []row, skip int, vector func(i int) []float32) error {
	return m.run.run(ctx, rows, func(out ort.Tensor, width int) error {
		if m.pooling == poolDone {
			return m.takePooled(out, rows, vector)
		}
		return m.poolAll(out, width, rows, skip, vector)
	})
}

// takePooled takes the vectors from a model that pools itself.
func (m *Model) takePooled(out ort.Tensor, rows []row, vector func(i int) []float32) error {
	if !slices.Equal(out.Shape, []int64{int64(len(rows)), int64(m.full)}) {
		return m.run.misshapen(out, len(rows), m.full)
	}
	var buffer []float32
	all, err := numbers(out, &buffer)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := m.finish(vector(i), all[i*m.full:(i+1)*m.full]); err != nil {
			return err
		}
	}
	return nil
}

// poolAll makes the vectors of those of the tokens.
func (m *Model) poolAll(out ort.Tensor, width int, rows []row, skip int, vector func(i int) []float32) error {
	if !slices.Equal(out.Shape, []int64{int64(len(rows)), int64(width), int64(m.hidden)}) {
		return m.run.misshapen(out, len(rows), width, m.hidden)
	}
	s, _ := m.scratch.Get().(*scratch)
	if s == nil {
		s = &scratch{sum: make([]float32, m.full)}
	}
	defer m.scratch.Put(s)
	all, err := numbers(out, &s.converted)
	if err != nil {
		return err
	}
	for i, r := range rows {
		begin := i*width + m.run.begin(width, len(r.ids))
		clear(s.sum)
		m.pooling.pool(s.sum, all[begin*m.hidden:(begin+len(r.ids))*m.hidden], m.hidden, skip)
		if err := m.finish(vector(i), s.sum); err != nil {
			return err
		}
	}
	return nil
}

// scratch is what pooling needs; it is used again.
type scratch struct{ sum, converted []float32 }

var errNotFinite = errors.New("it gave what is no number, or infinite")

// finish cuts a vector and scales it to length 1.
func (m *Model) finish(into, from []float32) error {
	n := length(from)
	if !(n <= maxLength) {
		return errNotFinite
	}
	copy(into, from)
	if !m.normalize {
		return nil
	}
	if len(into) < len(from) {
		n = length(into)
	}
	if n > 0 {
		scale(into, n)
	}
	return nil
}

// maxLength bounds the length of what a model gives. Greater ones come of a
// broken model only, and float32 does not hold their squares.
const maxLength = 1e18

// misshapen is the error of an output that is not of the shape it was.
func (r *runner) misshapen(out ort.Tensor, want ...int) error {
	return fmt.Errorf("its output %q has the shape %v, not %v", out.Name, out.Shape, want)
}
