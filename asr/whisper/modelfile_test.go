package whisper

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tiny is the smallest model that is one: it hears, and makes no sense.
func tiny() numbers {
	return numbers{Vocabulary: englishOnly, AudioContext: 500, AudioState: 32, AudioHeads: 2, AudioLayers: 1,
		TextContext: 64, TextState: 32, TextHeads: 2, TextLayers: 1, Mels: 80, Type: 1}
}

// sections are where the parts of a file begin.
type sections struct{ filters, vocabulary, tensors, end int }

// made are models that were made. Nobody changes them.
var made = struct {
	sync.Mutex
	models map[numbers][]byte
	at     map[numbers]sections
}{models: map[numbers][]byte{}, at: map[numbers]sections{}}

// modelOf gives a model of random weights, the same each time. It must not be changed.
func modelOf(n numbers) ([]byte, sections) {
	made.Lock()
	defer made.Unlock()
	if made.models[n] == nil {
		made.models[n], made.at[n] = makeModel(n)
	}
	return made.models[n], made.at[n]
}

func makeModel(n numbers) ([]byte, sections) {
	r := rand.New(rand.NewPCG(1, 2))
	var b []byte
	put := func(values ...int32) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
	}
	var at sections
	put(magic)
	b, _ = binary.Append(b, binary.LittleEndian, n) // numbers have a size
	at.filters = len(b)
	put(n.Mels, frequencies)
	for mel := range n.Mels {
		for f := range frequencies {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(max(0, 1-math.Abs(float64(f)-float64(mel)*2)))*0.02))
		}
	}
	at.vocabulary = len(b)
	const tokens = 50256
	put(tokens)
	for i := range tokens {
		token := word(i)
		put(int32(len(token)))
		b = append(b, token...)
	}
	at.tensors = len(b)
	all := n.tensors()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
		put(3, int32(len(name)), t.weights.id, t.shape[0], t.shape[1], t.shape[2])
		b = appendWeights(append(b, name...), r, name, t)
	}
	at.end = len(b)
	return b, at
}

// word is a token of a vocabulary: a byte, or a word of letters.
func word(i int) string {
	if i < 256 {
		return string([]byte{byte(i)})
	}
	return " " + string([]byte{byte('a' + i/17576), byte('a' + i/676%26), byte('a' + i/26%26), byte('a' + i%26)})
}

func appendWeights(b []byte, r *rand.Rand, name string, t tensor) []byte {
	weight := func() float32 { return r.Float32()*0.6 - 0.3 }
	if strings.Contains(name, "ln") && strings.HasSuffix(name, "weight") {
		weight = func() float32 { return 1 }
	}
	b = slices.Grow(b, int(t.bytes()))
	for range t.bytes() / t.weights.bytes {
		switch t.weights.name {
		case "f32":
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(weight()))
		case "f16":
			b = binary.LittleEndian.AppendUint16(b, half(weight()))
		default: // a scale, and for some a least value, and small numbers
			block := make([]byte, t.weights.bytes)
			for i := range block {
				block[i] = byte(r.Uint32())
			}
			binary.LittleEndian.PutUint16(block, half(0.002))
			if strings.HasSuffix(t.weights.name, "_1") {
				binary.LittleEndian.PutUint16(block[2:], half(-0.03))
			}
			b = append(b, block...)
		}
	}
	return b
}

// half gives a number as IEEE 754 binary16, cut off; its size is below 1.
func half(x float32) uint16 {
	bits := math.Float32bits(x)
	sign, exponent, fraction := uint16(bits>>16)&0x8000, int(bits>>23&0xff)-127+15, uint16(bits>>13)&0x3ff
	if exponent <= 0 {
		return sign
	}
	return sign | uint16(exponent)<<10 | fraction
}

// modelFile writes a model and gives its path.
func modelFile(t testing.TB, n numbers) string {
	t.Helper()
	model, _ := modelOf(n)
	return writeFile(t, model)
}

func writeFile(t testing.TB, model []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "model.bin")
	if err := os.WriteFile(file, model, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func checkBytes(model []byte) (Info, error) {
	return checkModelReader(bytes.NewReader(model), int64(len(model)))
}

func TestModelFile(t *testing.T) {
	n := tiny()
	for kind, w := range weightTypes {
		n.Type = kind + 2*versions // the quantiser's version is counted in
		if w.block > 32 {
			continue // such a file is eight times as large
		}
		if testing.Short() && kind > 7 {
			continue
		}
		model, _ := makeModel(n)
		info, err := checkBytes(model)
		want := Info{Type: "unknown", Quantisation: w.name, Size: int64(len(model)), Weights: true, languages: 99}
		if err != nil || info != want {
			t.Errorf("%s: %+v, %v, not %+v", w.name, info, err, want)
		}
	}
}

// TestModelNumbers: what the library would take and then end the program over, or
// ask for too much memory, is refused.
func TestModelNumbers(t *testing.T) {
	good := numbers{Vocabulary: multilingual, AudioContext: 1500, AudioState: 512, AudioHeads: 8, AudioLayers: 6,
		TextContext: 448, TextState: 512, TextHeads: 8, TextLayers: 6, Mels: 80, Type: 1}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(n *numbers){
		"vocabulary of another program": func(n *numbers) { n.Vocabulary = 32000 },
		"vocabulary too large":          func(n *numbers) { n.Vocabulary = 60000 },
		"negative":                      func(n *numbers) { n.AudioContext = -1 },
		"context":                       func(n *numbers) { n.AudioContext = 1 << 30 },
		"text context":                  func(n *numbers) { n.TextContext = 2 },
		"layers":                        func(n *numbers) { n.AudioLayers = 1000 },
		"no layers":                     func(n *numbers) { n.TextLayers = 0 },
		"width":                         func(n *numbers) { n.AudioState, n.TextState = 1<<20, 1<<20 },
		"two widths":                    func(n *numbers) { n.TextState = 384 },
		"heads that do not divide":      func(n *numbers) { n.TextHeads = 7 },
		"no heads":                      func(n *numbers) { n.AudioHeads = 0 },
		"mels":                          func(n *numbers) { n.Mels = 81 },
		"type":                          func(n *numbers) { n.Type = 4 },
		"negative type":                 func(n *numbers) { n.Type = -1 },
		"width of less than a block":    func(n *numbers) { n.AudioState, n.TextState, n.Type = 384, 384, 12 },
	} {
		n := good
		change(&n)
		if err := n.check(); err == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

// TestCutModels: a file that is cut off anywhere is an error.
func TestCutModels(t *testing.T) {
	model, at := modelOf(tiny())
	ends := []int{1, 3, 4, 5, 47, at.filters, at.filters + 8, at.vocabulary - 1, at.vocabulary, at.vocabulary + 4,
		at.vocabulary + 7, at.tensors - 1, at.tensors + maxTrailing + 1, at.tensors + 30, at.end - 1}
	some := 40
	if testing.Short() {
		some = 5
	}
	for i := range some {
		ends = append(ends, 1+i*at.end/some)
	}
	for _, end := range ends {
		if end >= at.tensors && end <= at.tensors+maxTrailing {
			continue // a file for tests
		}
		if _, err := checkBytes(model[:end]); err == nil {
			t.Errorf("cut at %d of %d: no error", end, at.end)
		} else if strings.Contains(err.Error(), "EOF") {
			t.Errorf("cut at %d: %v says nothing to an owner", end, err)
		}
	}
	if info, err := checkBytes(model[:at.tensors]); err != nil || info.Weights {
		t.Errorf("a file for tests, without weights: %+v, %v", info, err)
	}
	if _, err := checkBytes(append(slices.Clone(model), make([]byte, 12)...)); err == nil {
		t.Error("a file with more behind it: no error")
	}
	if _, err := checkBytes(append(slices.Clone(model), model[at.tensors:]...)); err == nil {
		t.Error("a file with all tensors twice: no error")
	}
}

// TestOtherFiles: what is no model is named.
func TestOtherFiles(t *testing.T) {
	large := tiny()
	large.AudioState, large.TextState, large.AudioHeads, large.TextHeads = 1280, 1280, 20, 20
	empty, at := makeModel(numbers{Vocabulary: englishOnly, Mels: 80})
	if _, err := binary.Encode(empty[4:], binary.LittleEndian, large); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"pointer":               {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "Git LFS"},
		"gguf":                  {[]byte("GGUF\x03\x00\x00\x00" + strings.Repeat("\x00", 100)), "GGUF"},
		"torch":                 {[]byte("PK\x03\x04" + strings.Repeat("\x00", 100)), "PyTorch"},
		"page":                  {[]byte("<!DOCTYPE html><title>404</title>"), "does not begin"},
		"short":                 {[]byte("ab"), "damaged"},
		"large without weights": {empty[:at.tensors], "damaged"},
		"detector":              {append([]byte("lmgg\x0a\x00\x00\x00silero-16k"), make([]byte, 100)...), "tokens"},
	} {
		if _, err := checkBytes(c.file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", name, err, c.says)
		}
	}
	for name, says := range map[string]string{t.TempDir(): "no file", writeFile(t, nil): "empty"} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := checkModel(f); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
		f.Close()
	}
}

// FuzzModel: no file makes the check fail but with an error, and none passes that
// lacks weights which the library reads.
func FuzzModel(f *testing.F) {
	model, at := modelOf(tiny())
	f.Add(model[:at.filters+200], uint32(0), byte(0), uint32(0))
	f.Add([]byte("GGUF"), uint32(1), byte(2), uint32(at.end-1))
	f.Fuzz(func(t *testing.T, begin []byte, where uint32, with byte, cut uint32) {
		_, _ = checkBytes(begin)
		// The beginning of a true file, changed.
		changed := slices.Clone(model)
		copy(changed, begin)
		changed[int(where)%len(changed)] = with
		left := len(changed) - int(cut)%len(changed)
		if info, err := checkBytes(changed[:left]); err == nil && info.Weights && left < at.end {
			t.Errorf("%d bytes of %d pass", left, at.end)
		}
	})
}
