package onnx

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"frontdesk/internal/ort"
)

// A runner puts batches of ids through a model.
type runner struct {
	name    string // the model's file, for errors
	session *ort.Session
	feeds   []feed
	output  ort.Port // the one that is used
	tail    []int64  // its dimensions after that of the texts, -1 for that of the tokens; nil before it was tried
	most    int      // texts at once; 1 where they would change each other

	fixedRows, fixedWidth int // 0: free
	masked                bool
	padLeft               bool
	padID                 int32
	firstPlace            int32 // the place of the first token

	buffers sync.Pool // of *buffers
}

// A feed is one input of the model and what goes into it.
type feed struct {
	name  string
	what  int
	small bool // int32, not int64
}

// What goes into the inputs, by their names.
const (
	feedIDs = iota
	feedMask
	feedTypes
	feedPlaces
)

var feedNames = []string{"input_ids", "attention_mask", "token_type_ids", "position_ids"}

// buffers are what a run needs; they are used again by later ones.
type buffers struct {
	wide  [4][]int64
	small [4][]int32
	in    []ort.Tensor
	out   []ort.Tensor
	shape [2]int64
	full  []float32
	half  []ort.Float16
}

// maxKept is how many numbers of output are kept for later runs.
const maxKept = 4 << 20

// A row is one text as ids; types is nil where all are 0.
type row struct{ ids, types []int32 }

// newRunner finds the inputs of a session. Which output is used is set
// afterwards.
func newRunner(name string, s *ort.Session, f *folder) (*runner, error) {
	r := &runner{name: name, session: s, padLeft: f.padLeft, padID: f.padID, firstPlace: int32(f.place)}
	var wrong []string
	for _, p := range s.Inputs() {
		what := slices.Index(feedNames, p.Name)
		switch {
		case what < 0:
			wrong = append(wrong, fmt.Sprintf("it needs the input %q, which frontdesk has nothing for%s", p.Name, inputHint(p.Name)))
		case p.Type != ort.Int64Type && p.Type != ort.Int32Type:
			wrong = append(wrong, fmt.Sprintf("its input %q is %v, not int64 or int32", p.Name, p.Type))
		case len(p.Shape) != 2 && len(p.Shape) != 0:
			wrong = append(wrong, fmt.Sprintf("its input %q has %d dimensions, not those of texts and tokens", p.Name, len(p.Shape)))
		default:
			r.feeds = append(r.feeds, feed{p.Name, what, p.Type == ort.Int32Type})
			r.masked = r.masked || what == feedMask
			r.fix(p, &wrong)
		}
	}
	if !slices.ContainsFunc(r.feeds, func(f feed) bool { return f.what == feedIDs }) {
		wrong = append(wrong, `it has no input "input_ids"`)
	}
	if r.fixedWidth > 0 && !r.masked {
		wrong = append(wrong, fmt.Sprintf(`every text must have %d tokens, and there is no input "attention_mask" for shorter ones`, r.fixedWidth))
	}
	if out := s.Outputs(); len(floats(out)) != 1 {
		wrong = append(wrong, "it has no output of float32 or float16")
	} else if r.output = out[0]; !r.guess(f) {
		wrong = append(wrong, fmt.Sprintf("the length of its output %q is not declared, which is needed for float16", r.output.Name))
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("the model %s cannot be used: %s; export it for feature extraction", name, strings.Join(wrong, "; "))
	}
	return r, nil
}

// guess takes the shape of a float16 output from what is declared, as the
// runtime makes no room for these itself.
func (r *runner) guess(f *folder) bool {
	if r.output.Type != ort.Float16Type {
		return true
	}
	if len(r.output.Shape) == 0 {
		return false
	}
	r.tail = slices.Clone(r.output.Shape[1:])
	for i, d := range r.tail {
		switch {
		case i < len(r.tail)-1:
			r.tail[i] = -1
		case d < 1 && len(r.tail) == 2 && f.hidden > 0:
			r.tail[i] = int64(f.hidden)
		case d < 1:
			return false
		}
	}
	return true
}

// know takes the shape of the output of a run with one text.
func (r *runner) know(shape []int64) {
	r.tail = slices.Clone(shape[1:])
	if len(r.tail) == 2 {
		r.tail[0] = -1
	}
}

// fix takes the dimensions of an input that are not free.
func (r *runner) fix(p ort.Port, wrong *[]string) {
	if len(p.Shape) != 2 {
		return
	}
	for i, into := range []*int{&r.fixedRows, &r.fixedWidth} {
		d := int(p.Shape[i])
		if d <= 0 {
			continue
		}
		if *into > 0 && *into != d || i == 0 && d > 1 || d > maxTokensBound {
			*wrong = append(*wrong, fmt.Sprintf("its input %q has the shape %v, and texts cannot be brought into it", p.Name, p.Shape))
			return
		}
		*into = d
	}
}

func inputHint(name string) string {
	if strings.HasPrefix(name, "past_key_values") {
		return " (a model that generates text)"
	}
	return ""
}

// run puts rows through the model, which are not empty, and calls use with the
// output, that holds only until use returns, and with its width in tokens.
func (r *runner) run(ctx context.Context, rows []row, use func(out ort.Tensor, width int) error) error {
	width := r.fixedWidth
	for _, row := range rows {
		width = max(width, len(row.ids))
	}
	b, _ := r.buffers.Get().(*buffers)
	if b == nil {
		b = new(buffers)
	}
	defer r.keep(b)
	b.shape = [2]int64{int64(len(rows)), int64(width)}
	b.in = b.in[:0]
	for _, f := range r.feeds {
		t := ort.Tensor{Name: f.name, Shape: b.shape[:]}
		if f.small {
			t.Data = fill(r, &b.small[f.what], f.what, rows, width)
		} else {
			t.Data = fill(r, &b.wide[f.what], f.what, rows, width)
		}
		b.in = append(b.in, t)
	}
	var err error
	if r.tail == nil {
		err = r.session.Run(ctx, b.in, []string{r.output.Name}, func(out []ort.Tensor) error { return use(out[0], width) })
	} else {
		r.makeRoom(b)
		if err = r.session.RunInto(ctx, b.in, b.out); err == nil {
			err = use(b.out[0], width)
		}
	}
	if err != nil {
		return fmt.Errorf("running the model %s: %w", r.name, err)
	}
	return nil
}

// makeRoom makes room for the output.
func (r *runner) makeRoom(b *buffers) {
	if b.out == nil {
		b.out = []ort.Tensor{{Name: r.output.Name}}
	}
	shape := append(b.out[0].Shape[:0], b.shape[0])
	n := int(b.shape[0])
	for _, d := range r.tail {
		if d < 0 {
			d = b.shape[1]
		}
		shape = append(shape, d)
		n *= int(d)
	}
	b.out[0].Shape = shape
	if r.output.Type == ort.Float16Type {
		b.half = slices.Grow(b.half[:0], n)[:n]
		b.out[0].Data = b.half
	} else {
		b.full = slices.Grow(b.full[:0], n)[:n]
		b.out[0].Data = b.full
	}
}

func (r *runner) keep(b *buffers) {
	if cap(b.full)+cap(b.half) <= maxKept {
		r.buffers.Put(b)
	}
}

// fill writes one input for rows of a width.
func fill[T int32 | int64](r *runner, buffer *[]T, what int, rows []row, width int) []T {
	n := len(rows) * width
	if cap(*buffer) < n {
		*buffer = make([]T, n)
	}
	all := (*buffer)[:n]
	for i, row := range rows {
		line := all[i*width : (i+1)*width]
		from := r.begin(width, len(row.ids))
		part := line[from : from+len(row.ids)]
		pad := T(0)
		switch what {
		case feedIDs:
			pad = T(r.padID)
			for j, id := range row.ids {
				part[j] = T(id)
			}
		case feedMask:
			for j := range part {
				part[j] = 1
			}
		case feedTypes:
			clear(part)
			for j, t := range row.types {
				part[j] = T(t)
			}
		case feedPlaces:
			for j := range part {
				part[j] = T(r.firstPlace) + T(j)
			}
		}
		for j := range from {
			line[j] = pad
		}
		for j := from + len(part); j < width; j++ {
			line[j] = pad
		}
	}
	return all
}

// begin says at which token of its line a text begins.
func (r *runner) begin(width, tokens int) int {
	if r.padLeft {
		return width - tokens
	}
	return 0
}

// close gives the model back.
func (r *runner) close() error { return r.session.Close() }

// numbers gives the numbers of an output, in buffer where they must be
// converted.
func numbers(t ort.Tensor, buffer *[]float32) ([]float32, error) {
	switch d := t.Data.(type) {
	case []float32:
		return d, nil
	case []ort.Float16:
		if cap(*buffer) < len(d) {
			*buffer = make([]float32, len(d))
		}
		out := (*buffer)[:len(d)]
		for i, x := range d {
			out[i] = x.Float32()
		}
		return out, nil
	}
	return nil, fmt.Errorf("the output %q is not float32 or float16", t.Name)
}
