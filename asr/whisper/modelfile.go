package whisper

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// The format of whisper.cpp's models, as its models/convert-pt-to-ggml.py writes it:
// a magic number, eleven numbers of 32 bits, the mel filters, the vocabulary, and
// tensors to the end of the file. The library trusts what stands there: a damaged
// file ends the program, or makes it ask for any amount of memory. So it is gone
// through before, without the weights.
const (
	magic       = 0x67676d6c // "ggml"
	frequencies = 201        // of the spectrum of 400 samples, which is all the library computes
	maxToken    = 1 << 10    // bytes
	maxName     = 1 << 7
	maxTrailing = 11 // the library stops where no whole header of a tensor follows
)

var errDamaged = errors.New("it is no model of whisper.cpp, or it is cut off or damaged; fetch it again")

// numbers are the model's hyper-parameters, in the order of the file.
type numbers struct {
	Vocabulary, AudioContext, AudioState, AudioHeads, AudioLayers int32
	TextContext, TextState, TextHeads, TextLayers                 int32
	Mels, Type                                                    int32
}

// checkModel says whether the library can be given a file, and what is in it.
func checkModel(f *os.File) (Info, error) {
	stat, err := f.Stat()
	switch {
	case err != nil:
		return Info{}, brief(err)
	case !stat.Mode().IsRegular():
		return Info{}, errors.New("it is no file")
	case stat.Size() == 0:
		return Info{}, errors.New("the file is empty; fetch it again")
	}
	info, err := checkModelReader(f, stat.Size())
	info.File = f.Name()
	return info, err
}

// checkModelReader does so for a file of that many bytes.
func checkModelReader(r io.ReaderAt, size int64) (Info, error) {
	m := newFileReader(r, size)
	if err := m.magic(); err != nil {
		return Info{}, err
	}
	var n numbers
	if err := m.read(&n.Vocabulary, &n.AudioContext, &n.AudioState, &n.AudioHeads, &n.AudioLayers,
		&n.TextContext, &n.TextState, &n.TextHeads, &n.TextLayers, &n.Mels, &n.Type); err != nil {
		return Info{}, err
	}
	if err := n.check(); err != nil {
		return Info{}, err
	}
	var mels, bins int32
	if err := m.read(&mels, &bins); err != nil {
		return Info{}, err
	}
	if mels != n.Mels || bins != frequencies {
		return Info{}, errDamaged
	}
	if err := m.skip(int64(mels) * frequencies * 4); err != nil {
		return Info{}, err
	}
	if err := m.vocabulary(n.Vocabulary); err != nil {
		return Info{}, err
	}
	tensors, err := m.tensors(n.tensors())
	if err != nil {
		return Info{}, err
	}
	if tensors == 0 && n.AudioState > maxStateForTests {
		return Info{}, errDamaged // the library would make room for weights that the file lacks
	}
	info := Info{Type: n.name(), Multilingual: n.Vocabulary > englishOnly, Quantisation: weightTypes[n.Type%versions].name,
		Size: size, Weights: tensors > 0, languages: 99}
	if n.Vocabulary == withYue {
		info.languages = 100 // Cantonese came last
	}
	return info, nil
}

// A fileReader goes through a file whose size is known.
type fileReader struct {
	r    *bufio.Reader
	at   io.ReaderAt
	left int64
	size int64
}

func newFileReader(r io.ReaderAt, size int64) *fileReader {
	return &fileReader{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10), at: r, left: size, size: size}
}

// read fills numbers of 32 bits.
func (m *fileReader) read(into ...*int32) error {
	for _, n := range into {
		if m.left < 4 {
			return errDamaged
		}
		m.left -= 4
		four, err := m.r.Peek(4)
		if err != nil {
			return brief(err)
		}
		*n = int32(binary.LittleEndian.Uint32(four))
		if _, err := m.r.Discard(4); err != nil {
			return brief(err)
		}
	}
	return nil
}

// bytes gives so many, until more is read.
func (m *fileReader) bytes(n int32) ([]byte, error) {
	if n < 0 || int64(n) > m.left || n > maxToken {
		return nil, errDamaged
	}
	m.left -= int64(n)
	text, err := m.r.Peek(int(n))
	if err != nil {
		return nil, brief(err)
	}
	_, err = m.r.Discard(int(n)) // which moves nothing
	return text, err
}

// skip leaves bytes out; those of weights are never read.
func (m *fileReader) skip(n int64) error {
	if n < 0 || n > m.left {
		return errDamaged
	}
	m.left -= n
	if n <= int64(m.r.Buffered()) {
		_, err := m.r.Discard(int(n))
		return err
	}
	m.r.Reset(io.NewSectionReader(m.at, m.size-m.left, m.left))
	return nil
}

// magic checks how the file begins, and names what else it may be.
func (m *fileReader) magic() error {
	begin, err := m.r.Peek(int(min(64, m.left)))
	if err != nil {
		return brief(err)
	}
	switch {
	case bytes.HasPrefix(begin, []byte("version https://git-lfs")):
		return errors.New("it is a pointer of Git LFS, not the model; fetch the model itself")
	case bytes.HasPrefix(begin, []byte("GGUF")):
		return errors.New("it is a GGUF file; whisper.cpp takes models in the ggml format, such as ggml-base.en.bin")
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")), bytes.HasPrefix(begin, []byte("\x80\x02")):
		return errors.New("it is a model of PyTorch; whisper.cpp takes models in the ggml format, such as ggml-base.en.bin")
	}
	var found int32
	if err := m.read(&found); err != nil {
		return err
	}
	if found != magic {
		return errors.New("it is no model of whisper.cpp: it does not begin with the mark of the ggml format")
	}
	return nil
}

// vocabulary goes through the tokens. The model may have more than the file names;
// the library names the rest itself.
func (m *fileReader) vocabulary(most int32) error {
	var n int32
	if err := m.read(&n); err != nil {
		return err
	}
	if n < 1 || n > most {
		return errDamaged
	}
	space := false
	for range n {
		var length int32
		if err := m.read(&length); err != nil {
			return err
		}
		token, err := m.bytes(length)
		if err != nil {
			return err
		}
		space = space || string(token) == " "
	}
	if !space { // the library looks it up before every text, and takes for granted that it is there
		return errDamaged
	}
	return nil
}

// tensors goes through them to the end of the file and gives their number: all that
// are expected, or none in a file for tests.
func (m *fileReader) tensors(expected map[string]tensor) (int, error) {
	seen := make(map[string]bool, len(expected))
	for m.left > maxTrailing {
		var dimensions, length, weights int32
		if err := m.read(&dimensions, &length, &weights); err != nil {
			return 0, err
		}
		if dimensions < 0 || dimensions > 3 || length < 1 || length > maxName {
			return 0, errDamaged
		}
		shape := [3]int32{1, 1, 1}
		for i := range dimensions {
			if err := m.read(&shape[i]); err != nil {
				return 0, err
			}
		}
		text, err := m.bytes(length)
		if err != nil {
			return 0, err
		}
		name := string(text)
		t, known := expected[name]
		switch {
		case !known:
			return 0, fmt.Errorf("it has weights %q that no model of Whisper has; is it of another program?", name)
		case seen[name], shape != t.shape, weights != t.weights.id:
			return 0, errDamaged
		}
		seen[name] = true
		if err := m.skip(t.bytes()); err != nil {
			return 0, err
		}
	}
	if len(seen) != 0 && len(seen) != len(expected) {
		return 0, errDamaged
	}
	return len(seen), nil
}

// brief leaves the operation and the path out, which the caller names.
func brief(err error) error {
	var p *fs.PathError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errDamaged
	case errors.As(err, &p):
		return errors.New(strings.TrimSpace(p.Err.Error()))
	}
	return err
}
